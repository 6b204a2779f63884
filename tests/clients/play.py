"""Plays cases.json with each client against a local mode, with weather between them, and looks at what was counted.

    play.py TIDEGATE STATE NAME=COMMAND... -- [WORD...]
"""

import datetime
import http.server
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
ROLLOUT = "purses-1"
START_WITHIN = 30  # seconds
SLOW = 0.7  # longer than the clients of this test wait
DRIP = 0.05  # for each of 22 bytes: no byte is late, and the whole is


class Local:
    """A local mode that can be ended as the machine ends one, and started again."""

    def __init__(self, binary: str, state: pathlib.Path):
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        self.state = state / "state"
        self.plan = state / "plan.yaml"
        # A zone of which the name says the hours with the other sign.
        hours = datetime.datetime.now(datetime.timezone.utc).hour - 12
        zone = f"Etc/GMT{hours:+d}" if hours else "UTC"
        self.plan.write_text((HERE / "plan.yaml").read_text().replace("TIMEZONE", zone))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.command = [binary, "local", self.plan, "--speed", "1", "--story", "by-hand", "--stay", "--plain"]
        self.command += ["--port", str(self.port), "--state", self.state]
        self.said = state / "said.txt"
        self.start()

    def start(self):
        with self.said.open("a") as said:
            self.process = subprocess.Popen(self.command, stdout=said, stderr=said)
        until = time.monotonic() + START_WITHIN
        while True:
            try:
                people = json.loads((self.state / "tokens").read_text())["people"]
                self.tokens = {person["name"]: person["token"] for person in people}
                return self.ask("GET", f"/v1/rollouts/{ROLLOUT}/budgets")
            except OSError as why:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"local mode does not answer: {why}\n{self.said.read_text()}") from why
                time.sleep(0.05)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def rollback(self):
        self.ask("POST", f"/v1/rollouts/{ROLLOUT}/rollback", b"{}")

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict:
        headers = {"authorization": f"Bearer {self.tokens['admin']}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def account(self, budget: str) -> dict:
        budgets = self.ask("GET", f"/v1/rollouts/{ROLLOUT}/budgets")["budgets"]
        return next(one for one in budgets if one["name"] == budget)


class Weather(http.server.ThreadingHTTPServer):
    """What lies between a client and local mode. Each request meets the next of `comes`, and fair weather after the last."""

    def __init__(self, upstream: int):
        super().__init__(("127.0.0.1", 0), Way)
        self.upstream, self.comes, self.strayed = upstream, [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):  # a client that waits no longer
        pass


class Way(http.server.BaseHTTPRequestHandler):
    ANSWERS = {
        "busy": (503, '{"title": "try again in a moment", "detail": "the table"}'),
        "often": (429, '{"message": "Too Many Requests"}'),
        "denied": (403, '{"message": "Forbidden"}'),
        "nowhere": (404, '{"message": "Not Found"}'),
        "too late": (408, '{"message": "Request Timeout"}'),
        "page": (200, "<html>sign in to this network</html>"),
        "empty": (200, "{}"),
        "elsewhere": (302, '{"id": "2026-01-01-a"}'),
        "slow": (201, '{"id": "2026-01-01-a", "until": "2026-01-01T00:00:00Z"}'),
        "drips": (201, '{"id": "2026-01-01-a"}'),
    }

    def meet(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/elsewhere":
            self.server.strayed.append(self.headers.get("authorization"))
        comes = self.server.comes.pop(0) if self.server.comes else "fair"
        if comes == "slow":
            time.sleep(SLOW)
        status, text = self.ANSWERS.get(comes) or self.forward(body)
        if comes == "lost":
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("content-length", str(len(text.encode())))
        if comes == "elsewhere":
            self.send_header("location", "/elsewhere")
        self.end_headers()
        for part in text if comes == "drips" else [text]:
            self.wfile.write(part.encode())
            if comes == "drips":
                time.sleep(DRIP)

    def forward(self, body: bytes) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.server.upstream}{self.path}"
        headers = {name: self.headers[name] for name in ("authorization", "idempotency-key") if name in self.headers}
        request = urllib.request.Request(url, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    do_GET = do_POST = meet

    def log_message(self, *_):
        pass


class Client:
    def __init__(self, name: str, command: str):
        self.name = name
        self.process = subprocess.Popen(command.split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def act(self, step: dict) -> dict:
        self.process.stdin.write(json.dumps(step) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the client for {self.name} ended at {step}")
        return json.loads(line)


def differs(wanted: dict, came: dict, following: str) -> bool:
    def is_met(want, got) -> bool:
        if want == "NEXT":
            return got == following
        if want == "*":
            return isinstance(got, str) and got != ""
        if isinstance(want, str) and want.startswith("~"):
            return isinstance(got, str) and want[1:] in got
        return type(want) is type(got) and want == got

    return not all(is_met(want, came.get(name)) for name, want in wanted.items())


def each(step: dict):
    """A list in the place of what a client is told means each of them."""
    for name in ("amount", "cost", "then", "key"):
        if isinstance(step.get(name), list):
            for value in step[name]:
                yield {**step, name: value}
            return
    yield step


def play(case: dict, client: Client, local: Local, weather: Weather, following: dict) -> list[str]:
    wrong = []
    for step in (one for step in case["steps"] if client.name not in step.get("not", {}) for one in each(step)):
        step = {**step}
        wanted, comes = step.pop("is"), step.pop("weather", None)
        if step["do"] == "account":
            came = local.account(client.name)
        else:
            weather.comes = list(comes or [])
            port = local.port if comes is None else weather.server_port
            usual = {"at": f"http://127.0.0.1:{port}", "rollout": ROLLOUT, "budget": client.name, "then": "closed"}
            if "key" in step:
                step["key"] = step["key"] and f"{client.name}-{step['key']}"
            came = client.act({**usual, "token": local.tokens["machine"], **step})
            if weather.comes:
                wrong.append(f"{step}\n      did not meet {weather.comes}")
        if differs(wanted, came, following[client.name]):
            wrong.append(f"{step}\n      wanted {wanted}\n      came   {came}")
    return wrong


def main():
    arguments = sys.argv[3:]
    end = arguments.index("--")
    words = arguments[end + 1 :]
    commands = dict(argument.split("=", 1) for argument in arguments[:end])
    local = Local(sys.argv[1], pathlib.Path(sys.argv[2]))
    try:
        weather = Weather(local.port)
        clients = [
            Client(name, command)
            for name, command in commands.items()
            if not words or any(word in name for word in words)
        ]
        following = {client.name: local.account(client.name)["next"] for client in clients}
        cases, failed, began = json.loads((HERE / "cases.json").read_text()), 0, time.monotonic()
        for case in cases:
            if "before" in case:
                getattr(local, case["before"])()
            for client in clients:
                if client.name in case.get("not", {}):
                    continue
                for wrong in play(case, client, local, weather, following):
                    failed += 1
                    print(f"{client.name}: {case['case']}\n  at {wrong}")
        if weather.strayed:
            failed += 1
            print(f"who asks was told elsewhere: {len(weather.strayed)} times")
        names = ", ".join(client.name for client in clients)
        print(f"{len(cases)} cases for {names}: {failed} failed, {time.monotonic() - began:.1f} s")
    finally:
        local.kill()
    sys.exit(1 if failed or not clients else 0)


main()
