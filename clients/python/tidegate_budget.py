"""Money is held before it is spent: reserve, call, settle. One file for Python 3.10 or later; it needs nothing else.

    from tidegate_budget import Budget, bearer

    budget = Budget("https://abc.execute-api.eu-west-1.amazonaws.com", "valine-ux-agent-1", "llm_cost", bearer(token))

    with budget.reserve("0.02", on_unreachable="closed") as hold:  # the most that the call may cost, in dollars
        if hold.may_call:
            answer = ask_the_model(question)
            hold.settle(cost_of(answer))     # at once, before anything else can go wrong
        else:
            answer = without_the_model(question)   # hold.why says why, hold.next when there is money again

- `on_unreachable` is yours to choose. `closed`: where nobody answers the call is not made, as if it were refused. `open`:
  it is made without a hold. Its cost is still settled, and waits in `budget.late` until `budget.report_late()` brings it.
- What leaves the `with` by an exception before `settle` was no call: its money is given back. So catch what was paid for
  all the same (a time-out of the model), and settle it. What leaves it silently is settled with all that was held.
  What came of either stands in `hold.outcome`.
- A process that dies leaves its hold to lapse. Give a `key` where the call itself may be tried again by another process:
  the same key and amount are the same hold. Two calls need two keys: the second cost under one key is not counted.
- Money is a text or a `decimal.Decimal`, never a float; parts of a millionth are rounded up.
- A refusal is a value. `WrongUse` is raised for what never works: money that is none, an unknown budget, a wrong token.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import re
import threading
import urllib.request
import uuid
from collections import deque
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Callable, Literal

TIMEOUT = 2.0  # seconds that one try takes at most
LASTS = "5m"  # for so long a hold is kept for its call: at most 1h
TRIES = 2  # a lost answer is asked for once more, under the same key
LATE_MAX = 1_000  # costs that wait until somebody answers
_ANSWER_BYTES_MAX = 1 << 20
_MICRO = Decimal("0.000001")
_FOR_GOOD = (400, 409)  # so a cost is refused for good; after any other answer it is kept
_NOT_HEARD = (408, 425, 429)  # so whoever stands in between answers for tidegate

#: From method, address and body to what says who asks: the headers of a token, or of a signature. Where it raises nobody
#: can be asked, as if nobody had answered.
Headers = Callable[[str, str, bytes], "dict[str, str]"]


class WrongUse(ValueError):
    """It does not work this way, and will not when it is tried again."""


class _Nobody(Exception):
    """Nobody answered, or not as tidegate does: whether anything was done is not known."""


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """An answer is an answer, whatever its status; and no redirect is followed, since who asks is told to one host only."""

    def http_response(self, request, response):
        return response

    https_response = http_response


def bearer(token: str) -> Headers:
    """Who has a token: in local mode, or of an issuer."""
    return lambda method, url, body: {"authorization": f"Bearer {token}"}


@dataclass
class Outcome:
    """What came of a settle or a release. Nobody answered: a cost is `late`, kept for `report_late`, or `lost` where too
    many are; a hold `lapses`, and gives its money back by itself."""

    state: Literal["settled", "released", "refused", "late", "lost", "lapses"]
    cost: Decimal | None = None  #: what is counted: of a hold that was settled before, what it was settled with then
    held: Decimal | None = None
    over: Decimal | None = None  #: how much more it cost than was held
    why: str | None = None


class Hold:
    """What came of a reservation. It is a context manager, whatever came of it."""

    def __init__(self, budget: Budget, amount: Decimal):
        self.state: Literal["held", "refused", "unreachable"] = "held"
        self.amount, self.may_call = amount, True
        self.id: str | None = None
        self.until: str | None = None  #: RFC 3339; then its money is there for others, and a cost still counts
        self.why: str | None = None  #: of what is not held
        self.next: str | None = None  #: RFC 3339; when the next window begins, if money was what was missing
        self.outcome: Outcome | None = None  #: what came of the last settle or release, whoever made it
        self._budget, self._is_paid, self._is_told = budget, False, False

    def settle(self, cost: str | Decimal) -> Outcome:
        """Counts what the call did cost, once and in full. A cost of nothing releases."""
        self._is_paid = True
        money = _money(cost)
        if not money:
            return self.release()
        self._is_told = True
        self.outcome = self._budget._settle(self, money)
        return self.outcome

    def release(self) -> Outcome:
        """Gives back what is held: there was no call, or a log or a metric tells its cost."""
        self._is_told = True
        self.outcome = self._budget._release(self)
        return self.outcome

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, raised, *_) -> None:
        if self._is_told or not self.may_call:
            return
        if raised is None or self._is_paid:
            self.settle(self.amount)
        else:
            with contextlib.suppress(Exception):  # what was raised is what is heard of; the hold lapses by itself
                self.release()


class Budget:
    """One budget of one rollout. It may be shared by threads."""

    def __init__(
        self,
        endpoint: str,
        rollout: str,
        budget: str,
        headers: Headers,
        *,
        timeout: float = TIMEOUT,
        lasts: str = LASTS,
    ):
        if not re.fullmatch("https?://[!-~]+", endpoint) or "?" in endpoint:
            raise WrongUse(f"{endpoint!r} is no endpoint: it begins with http:// or https:// and has no query")
        for name in (rollout, budget):
            if not re.fullmatch("[A-Za-z0-9_-]+", name):
                raise WrongUse(f"{name!r} is the name of no rollout and no budget")
        self.late: deque[tuple[Hold, Decimal]] = deque()  #: costs that are not counted yet
        self._name, self._headers, self._timeout, self._lasts = budget, headers, timeout, lasts
        self._endpoint = endpoint.rstrip("/")
        self._purse = f"/v1/budgets/{rollout}/{budget}/reservations"
        self._budgets = f"/v1/rollouts/{rollout}/budgets"
        self._opener = urllib.request.build_opener(_AsItIs)

    def reserve(
        self, amount: str | Decimal, key: str | None = None, *, on_unreachable: Literal["open", "closed"]
    ) -> Hold:
        """Holds the most that a call may cost. The call is made only if the answer says `may_call`."""
        money = _money(amount)
        if not money:
            raise WrongUse("an amount is more than nothing")
        if on_unreachable not in ("open", "closed"):
            raise WrongUse(f"on_unreachable is 'open' or 'closed', and not {on_unreachable!r}")
        key = uuid.uuid4().hex if key is None else key
        if not re.fullmatch("[!-~]{1,128}", key):
            raise WrongUse("a key is 1 to 128 visible ASCII characters")
        hold = Hold(self, money)
        body = {"amount": _text(money), "lasts": self._lasts}
        try:
            status, said = self._ask("POST", self._purse, "id", body, key)
        except _Nobody as nobody:
            hold.state, hold.why, hold.may_call = "unreachable", str(nobody), on_unreachable == "open"
            return hold
        if status == 409:
            hold.state, hold.why, hold.next, hold.may_call = "refused", _why(said), said.get("next"), False
        elif status >= 400:
            raise WrongUse(f"{status}: {_why(said)}")
        else:
            hold.id, hold.until = said["id"], said.get("until")
        return hold

    def report_late(self) -> list[Outcome]:
        """Settles what could not be settled, until nobody answers again. What remains is in `late`."""
        outcomes: list[Outcome] = []
        for _ in range(len(self.late)):
            with contextlib.suppress(IndexError):  # somebody else reports, too
                hold, cost = self.late.popleft()
                hold.outcome = self._settle(hold, cost)
                outcomes.append(hold.outcome)
            if outcomes and outcomes[-1].state == "late":
                break
        return outcomes

    def _settle(self, hold: Hold, cost: Decimal) -> Outcome:
        try:
            if hold.id is None:
                name = self._own_name()
                hold.id = hold.id or name  # whoever settles it twice at once has it counted once
            status, said = self._ask("POST", f"{self._purse}/{hold.id}/settle", "cost", {"cost": _text(cost)})
            if status >= 400 and status not in _FOR_GOOD:
                raise _Nobody(f"{status}: {_why(said)}")
        except Exception as why:  # whatever it is: the money is spent, and is not forgotten
            if len(self.late) >= LATE_MAX:
                return Outcome("lost", cost, why=str(why))
            self.late.append((hold, cost))
            return Outcome("late", cost, why=str(why))
        if status >= 400:
            return Outcome("refused", cost, why=_why(said))
        return Outcome("settled", *(Decimal(said[field]) for field in ("cost", "held", "over")))

    def _release(self, hold: Hold) -> Outcome:
        if hold.id is None:
            return Outcome("released", held=Decimal(0))
        try:
            status, said = self._ask("POST", f"{self._purse}/{hold.id}/release", "held", {})
        except _Nobody as why:
            return Outcome("lapses", why=str(why))
        return Outcome("refused", why=_why(said)) if status >= 400 else Outcome("released", held=Decimal(said["held"]))

    def _own_name(self) -> str:
        """Under which a cost is settled for which nothing was held: it counts in the window that is now."""
        status, said = self._ask("GET", self._budgets, "budgets")
        window = [one["window"] for one in said.get("budgets", []) if one["name"] == self._name]
        if not window:
            raise _Nobody(f"{status}: {_why(said)}")
        return f"{window[0]}-{uuid.uuid4().hex}"

    def _ask(self, method: str, path: str, field: str, body: dict | None = None, key: str | None = None):
        """The status, and what is said: of a success it has this field."""
        url, why = self._endpoint + path, ""
        sent = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        for _ in range(TRIES):
            try:
                headers = {"content-type": "application/json", **self._headers(method, url, sent)}
            except Exception as error:  # of whoever wrote it
                raise _Nobody(f"who asks cannot be said: {error}") from error
            if key is not None:
                headers["idempotency-key"] = key
            request = urllib.request.Request(url, sent or None, headers, method=method)
            try:
                status, said = _within(self._timeout, lambda: self._send(request))
            except (OSError, http.client.HTTPException, ValueError) as error:
                why = f"no answer from {self._endpoint}: {error}"
                continue
            is_done, is_refused = 200 <= status < 300, 400 <= status < 500 and status not in _NOT_HEARD
            if isinstance(said, dict) and (is_refused or is_done and field in said):
                return status, said
            why = f"{self._endpoint} answered {status}: {_why(said)}"
        raise _Nobody(why)

    def _send(self, request: urllib.request.Request) -> tuple[int, object]:
        with self._opener.open(request, timeout=self._timeout) as answer:
            return answer.status, json.loads(answer.read(_ANSWER_BYTES_MAX))


def _within(seconds: float, work: Callable[[], tuple[int, object]]) -> tuple[int, object]:
    """A socket's own time-out begins anew with each byte: another thread reads, and is waited for no longer than this."""
    came: queue.SimpleQueue = queue.SimpleQueue()

    def run():
        try:
            came.put((work(), None))
        except Exception as error:
            came.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = came.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"it took more than {seconds} s") from None
    if error:
        raise error
    return answer


def _why(said: object) -> str:
    said = said if isinstance(said, dict) else {}
    return str(said.get("detail") or said.get("message") or "it does not say why")


def _money(amount: str | Decimal) -> Decimal:
    """Dollars, rounded up to the millionth."""
    if isinstance(amount, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,18})?", amount):
        amount = Decimal(amount)
    if not isinstance(amount, Decimal) or not amount.is_finite() or not 0 <= amount < 10**12:
        raise WrongUse(f"{amount!r} is no money: write dollars as a text such as '0.02', or as a Decimal")
    return amount.quantize(_MICRO, ROUND_CEILING, Context(prec=40))


def _text(money: Decimal) -> str:
    """Always the same for the same money: a key belongs to the very text that was sent."""
    return f"{money:f}".rstrip("0").rstrip(".")
