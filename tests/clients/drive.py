"""Says each step that it is told on a line to the client for Python, and answers on a line what came of it."""

import json
import pathlib
import sys
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients/python"))
from tidegate_budget import Budget, Hold, Outcome, WrongUse, bearer  # noqa: E402

budgets: dict[tuple, Budget] = {}
holds: dict[str, Hold] = {}


class Failed(Exception):
    pass


def text(money: Decimal | None) -> str | None:
    return None if money is None else f"{money.normalize():f}"


def told(came: Hold | Outcome) -> dict:
    if isinstance(came, Hold):
        shown = {name: getattr(came, name) for name in ("state", "may_call", "until", "why", "next")}
        return shown | {"amount": text(came.amount)}
    return {"state": came.state, "why": came.why} | {name: text(getattr(came, name)) for name in ("cost", "held", "over")}


def during(hold: Hold, step: dict) -> dict:
    came = None
    try:
        with hold:
            if not hold.may_call:
                return {"state": "not made"}
            if step.get("fails"):
                raise Failed
            if "cost" in step:
                cost = step["cost"]
                came = hold.settle(Decimal(cost) if isinstance(cost, str) else cost)
    except (Failed, WrongUse):
        return {"state": "failed"}
    return told(came) if came else {"state": "silent"}


def act(step: dict) -> dict:
    which = (step["at"], step["rollout"], step["budget"], step["token"])
    if which not in budgets:
        budgets[which] = Budget(*which[:3], bearer(step["token"]), timeout=0.5)
    budget, hold = budgets[which], holds.get(step.get("hold"))
    match step["do"]:
        case "reserve":
            holds[step.get("as")] = hold = budget.reserve(step["amount"], step.get("key"), on_unreachable=step["then"])
            return told(hold)
        case "settle":
            return told(hold.settle(step["cost"]))
        case "release":
            return told(hold.release())
        case "during":
            return during(hold, step)
        case "outcome":
            return told(hold.outcome)
        case "late":
            return {"states": [came.state for came in budget.report_late()], "left": len(budget.late)}


for line in sys.stdin:
    try:
        came = act(json.loads(line))
    except WrongUse as wrong:
        came = {"wrong": str(wrong)}
    print(json.dumps(came), flush=True)
