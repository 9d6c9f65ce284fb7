"""A server that is a program and does what its calls say; standard library only, so it starts fast.

Run by its path. Calls are `tools/call` with one of the tools below; whoever is in the middle can be
seen through them: `seen` answers every line that came in, byte for byte.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.close(int(sys.argv[1]))
while True:
    signal.pause()
"""


def stubborn(*, apart: bool = True) -> subprocess.Popen[bytes]:
    """A process that ends neither at the end of its input nor when it is asked to; it runs now."""
    reading, writing = os.pipe()
    command = [sys.executable, "-c", STUBBORN, str(writing)]
    process = subprocess.Popen(command, start_new_session=apart, pass_fds=(writing,))
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        told.read()
    return process


class Program:
    """Reads a line, does what it says, and reads the next."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._seen: list[bytes] = []
        self._held: list[dict[str, Any]] = []
        self._asked: dict[Any, Any] = {}
        self._listening: list[Any] = []
        self._tasks: dict[str, dict[str, Any]] = {}
        self._calls: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
            name.removeprefix("_do_"): getattr(self, name)
            for name in dir(self)
            if name.startswith("_do_")
        }

    def run(self) -> None:
        """Serve until the input ends, or for ever where it ignores that."""
        if self._options.ignore_term:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for line in sys.stdin.buffer:
            self._seen.append(line)
            message = json.loads(line)
            for one in message if isinstance(message, list) else [message]:
                self._take(one)
        if self._options.ignore_eof:
            signal.pause()

    def _take(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method is None:
            call = self._asked.pop(message["id"], None)
            if call is not None:
                self._answer(call, message.get("result", message.get("error")))
        elif method == "initialize":
            self._initialize(message, params)
        elif method == "server/discover":
            self._discover(message)
        elif method == "subscriptions/listen":
            self._listening.append(message["id"])
            self._notify("notifications/subscriptions/acknowledged", tag=message["id"])
        elif method == "tools/list":
            schema = {"type": "object"}
            tools = [{"name": name, "inputSchema": schema} for name in sorted(self._calls)]
            self._result(message, {"tools": tools})
        elif method == "tools/call":
            self._calls[params["name"]](message, params.get("arguments") or {})
        elif method.startswith("tasks/") and params.get("taskId") in self._tasks:
            self._of_task(message, params["taskId"])
        elif "id" in message:
            self._result(message, {"method": method})

    def _initialize(self, message: dict[str, Any], params: dict[str, Any]) -> None:
        if self._options.era == "modern" or self._options.refuse:
            self._error(message, -32603, "not by handshake")
            return
        version = self._options.version or params.get("protocolVersion", "2025-11-25")
        info = {"name": "program", "version": "1"}
        self._result(message, {"protocolVersion": version, "capabilities": {}, "serverInfo": info})

    def _discover(self, message: dict[str, Any]) -> None:
        if self._options.era == "legacy":
            self._error(message, -32601, "Method not found")
            return
        self._result(message, {"resultType": "complete", "supportedVersions": ["2026-07-28"]})

    def _do_echo(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, arguments)

    def _do_seen(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, [base64.b64encode(line).decode() for line in self._seen])

    def _do_env(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, dict(os.environ))

    def _do_limits(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        import resource

        with open("/proc/self/coredump_filter") as file:
            dumped = int(file.read(), 16)
        core = resource.getrlimit(resource.RLIMIT_CORE)
        self._answer(message, {"core": core, "dumped": dumped})

    def _do_where(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        descriptors = sorted(int(name) for name in os.listdir("/proc/self/fd"))
        where = {"pid": os.getpid(), "group": os.getpgid(0), "session": os.getsid(0)}
        self._answer(
            message, {**where, "cwd": os.getcwd(), "argv": sys.argv, "descriptors": descriptors}
        )

    def _do_secret(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        with os.fdopen(int(os.environ["KEYFOB_SECRET_FD"])) as file:
            self._answer(message, file.read().splitlines())

    def _do_task(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Begins a task, in the form of either revision."""
        made = f"t{len(self._tasks) + 1}"
        task = self._tasks[made] = {"taskId": made, "status": "working", **arguments}
        modern = "ttlMs" in arguments
        self._result(message, {"resultType": "task", **task} if modern else {"task": task})

    def _do_finish(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Ends every task, and tells it."""
        for task in self._tasks.values():
            task["status"] = "completed"
            self._notify("notifications/tasks/status", **task)
        self._answer(message, "done")

    def _of_task(self, message: dict[str, Any], asked: str) -> None:
        task = self._tasks[asked]
        ends = {"tasks/cancel": "cancelled", "tasks/update": "completed"}
        task["status"] = ends.get(message["method"], task["status"])
        if message["method"] == "tasks/result":
            related = {"io.modelcontextprotocol/related-task": {"taskId": asked}}
            self._result(message, {"content": [], "_meta": related})
        elif "ttlMs" in task and task["status"] == "completed":
            self._result(message, {"resultType": "complete", **task, "result": {"content": []}})
        else:
            self._result(message, task)

    def _do_hold(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._held.append(message)

    def _do_held(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, len(self._held))

    def _do_release(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Answers what was held, the last first."""
        while self._held:
            self._answer(self._held.pop(), "released")
        self._answer(message, "done")

    def _do_progress(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Tells the progress of every call that is held, then of this one."""
        for call in [*self._held, message]:
            token = call["params"].get("_meta", {}).get("progressToken")
            self._notify("notifications/progress", progressToken=token, progress=1)
        self._answer(message, "done")

    def _do_burst(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        filling = "x" * arguments.get("size", 0)
        for number in range(arguments["count"]):
            self._notify("notifications/message", level="info", data=f"{number}{filling}")
        self._answer(message, "done")

    def _do_change(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        for request_id in self._listening or [None]:
            self._notify("notifications/tools/list_changed", tag=request_id)
        self._answer(message, "done")

    def _do_unlisten(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        while self._listening:
            self._notify("notifications/cancelled", requestId=self._listening.pop())
        self._answer(message, "done")

    def _do_ask(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Asks the client something, and answers what that answers."""
        self._asked["s1"] = message
        self._write({"jsonrpc": "2.0", "id": "s1", "method": "roots/list"})

    def _do_raw(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Writes bytes as they are, then answers."""
        sys.stdout.buffer.write(base64.b64decode(arguments["data"]))
        sys.stdout.buffer.flush()
        self._answer(message, "done")

    def _do_long(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, "x" * arguments["size"])

    def _do_complain(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        sys.stderr.buffer.write(base64.b64decode(arguments["data"]))
        sys.stderr.flush()
        self._answer(message, "done")

    def _do_leak(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Complains with everything it was given, in several shapes."""
        secret = os.environ["TOKEN"]
        for shape in (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()):
            sys.stderr.write(f"Authorization: Bearer {shape}\n")
        sys.stdout.write(f"not a message: {secret}\n")
        sys.stderr.write(f"the token is {secret}")
        sys.stderr.flush()
        self._answer(message, "done")

    def _do_die(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        sys.stderr.write("I cannot go on\n")
        sys.stderr.flush()
        os._exit(arguments.get("code", 3))

    def _do_close(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Closes its output, and lives on."""
        os.close(1)
        signal.pause()

    def _do_child(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        self._answer(message, stubborn(apart=bool(arguments.get("apart"))).pid)

    def _do_hang(self, message: dict[str, Any], arguments: dict[str, Any]) -> None:
        pass

    def _answer(self, message: dict[str, Any], value: Any) -> None:
        text = json.dumps(value)
        self._result(message, {"content": [{"type": "text", "text": text}]})

    def _result(self, message: dict[str, Any], result: Any) -> None:
        self._write({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _error(self, message: dict[str, Any], code: int, text: str) -> None:
        error = {"code": code, "message": text}
        self._write({"jsonrpc": "2.0", "id": message["id"], "error": error})

    def _notify(self, method: str, *, tag: Any = None, **params: Any) -> None:
        meta = {} if tag is None else {"_meta": {SUBSCRIPTION: tag}}
        self._write({"jsonrpc": "2.0", "method": method, "params": {**params, **meta}})

    def _write(self, message: object) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--era", choices=("legacy", "modern", "both"), default="both")
    parser.add_argument("--version")
    parser.add_argument("--refuse", action="store_true")
    parser.add_argument("--ignore-eof", action="store_true")
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--fail", action="store_true")
    parser.add_argument("--only-once", metavar="FILE")
    options = parser.parse_args()
    if options.fail:
        sys.exit("cannot start today")
    if options.only_once:
        # Fails at every start but the first.
        try:
            os.close(os.open(options.only_once, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            sys.exit("not again")
    Program(options).run()


if __name__ == "__main__":
    main()
