"""A program of its own that forks for each order, so that a hundred deaths take a minute.

Each order is a line of JSON on stdin, done by a fresh process that shares nothing with the one
before but the files, the keychain and the servers. Answers are lines of JSON on stdout: `pid` when
the process begins, then what it said, or the signal that ended it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, cast

import httpx2
import secretstorage

from keyfob_core.accounts.credentials import decode
from keyfob_core.engine import COMMAND, Settings, compose
from keyfob_core.errors import Error
from keyfob_core.model import Token
from keyfob_core.prompts import Decision, PassphrasePrompt, Prompt, SignInPrompt
from keyfob_core.settings.config_file import ConfigFile, put_store
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.session_bus import connect as connect_to_bus
from keyfob_core.system.paths import paths
from support.encrypted_files import PASSPHRASE
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.prompter import RecordingPrompter
from support.token_owner import opened_store, token_owner
from support.user_agent import UserAgent

for _needed in (
    "anyio._backends._asyncio",
    "authlib.oauth2.auth",
    "authlib.oauth2.rfc6749.parameters",
    "encodings.idna",
    "httpcore2",
    "keyfob_core.stores.secret_service",
    "keyfob_core.transports.wire.listener",
    "keyfob_core.transports.wire.upstream",
):
    # Keyfob imports them where they are needed: here, that would be in each process anew.
    import_module(_needed)

Order = dict[str, Any]
CALLS = 3
TRACED = (
    "/keyfob_core/accounts/owner.py",
    "/keyfob_core/accounts/account_health.py",
    "/keyfob_core/audit/",
    "/keyfob_core/oauth/",
    "/keyfob_core/state/",
    "/keyfob_core/stores/",
    "/keyfob_core/system/lock.py",
    "/jeepney/io/blocking.py",
)
"""Everything between a token's answer and its place on the disk or in the keychain."""
LINE_BY_LINE = ("/keyfob_core/stores/private_file.py", "/keyfob_core/state/database.py")
"""Where one function takes several steps on the disk."""
PLUMBING = ("<genexpr>", "<lambda>", "deadline", "unwrap_read", "_some_data", "_cut", "_literal")


class Steps:
    """Counts each beginning and end of a function in the traced modules, and dies at one."""

    def __init__(self, kill_at: int | None) -> None:
        self.places: list[str] = []
        self._kill_at = kill_at
        self._armed = False
        self._lock = threading.Lock()
        self._traced: dict[CodeType, bool] = {}

    def install(self) -> None:
        """Watch this thread and all that begin later."""
        threading.settrace(self._call)
        sys.settrace(self._call)

    def arm(self) -> None:
        self._armed = True

    def disarm(self) -> None:
        self._armed = False

    def _call(self, frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        traced = self._traced.get(code)
        if traced is None:
            traced = any(part in code.co_filename for part in TRACED)
            traced = traced and not any(part in code.co_qualname for part in PLUMBING)
            self._traced[code] = traced
        if not traced:
            return None
        self._step(frame, event)
        frame.f_trace_lines = any(part in code.co_filename for part in LINE_BY_LINE)
        return self._inside

    def _inside(self, frame: FrameType, event: str, argument: object) -> Any:
        if event in ("line", "return"):
            self._step(frame, event)
        return self._inside

    def _step(self, frame: FrameType, event: str) -> None:
        if not self._armed:
            return
        with self._lock:
            if len(self.places) == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.places.append(f"{frame.f_code.co_qualname} {event}")


def answer(prompt: Prompt) -> Decision:
    """What the person says: yes, and the passphrase where it is asked for."""
    return Decision(True, text=PASSPHRASE if isinstance(prompt, PassphrasePrompt) else None)


def home_of(order: Order) -> Home:
    environ: dict[str, str] = order["environ"]
    places = paths(environ, sys.platform)
    return Home(Path(environ["KEYFOB_HOME"]), places, environ, order["bus"])


def clock_of(order: Order) -> Callable[[], float]:
    return lambda: time.time() + order["ahead"]


async def connect(order: Order) -> object:
    """Make the installation: a server, a client, and an account by a real sign-in."""
    home = home_of(order)
    await _choose_store(home, order["store"])
    prompter = RecordingPrompter(*[answer] * 9)
    async with running_engine(home, prompter, browser=UserAgent(), clock=clock_of(order)) as keyfob:
        await keyfob.add("job", order["url"])
        await keyfob.do("connect", server="job")
        return (await keyfob.token("client")).token


async def refresh(order: Order) -> object:
    """Renew the account's token in an engine of a command, and perhaps be killed on the way."""
    home, steps = home_of(order), Steps(order["kill_at"])
    steps.install()
    settings = Settings(paths=home.paths, port=None, kind=COMMAND)
    async with compose(
        settings,
        RecordingPrompter(*[answer] * 9),
        backend=native_backend(sys.platform, home.bus),
        clock=clock_of(order),
    ) as engine:
        steps.arm()
        try:
            await engine.dispatch("account.refresh", {"name": "job"}, True, lambda _: None)
        finally:
            steps.disarm()
    return steps.places


async def use(order: Order) -> object:
    """Call the server through the relay, at once and again, with a person who signs in if asked."""
    prompter, browser = RecordingPrompter(*[answer] * 9), UserAgent()
    async with running_engine(
        home_of(order), prompter, browser=browser, clock=clock_of(order)
    ) as keyfob:
        first = await asyncio.gather(*(_call(keyfob, order["token"]) for _ in range(CALLS)))
        second = await _call(keyfob, order["token"])
        [state] = await keyfob.do("account.list")
        verified = await keyfob.do("audit.verify")
        return {
            "answers": [*first, second],
            "prompts": sum(isinstance(asked, SignInPrompt) for asked in prompter.asked),
            "browser": len(browser.urls),
            "condition": state.condition,
            "audit": verified.ok,
        }


async def look(order: Order) -> object:
    """The refresh token that lies in the store, or why there is none."""
    async with opened_store(home_of(order), order["store"]) as store:
        text = await store.get("account/job")
    if text is None:
        return "absent"
    token = decode(text)
    return token.refresh_token if isinstance(token, Token) else "garbage"


async def count(order: Order) -> object:
    """How many items the index knows, and how many this installation has in the keychain."""
    home = home_of(order)
    database = open_database(home.paths.database)
    name = f"keyfob:{database.installation_id}:"
    index = StoreItems(database)
    known = len(index.keys()) + len(index.stale())
    database.close()
    connection = cast("Any", connect_to_bus(home.bus))
    items = secretstorage.get_default_collection(connection).get_all_items()
    there = sum(item.get_attributes().get("service", "").startswith(name) for item in items)
    connection.close()
    left = home.paths.secrets_file.with_name("secrets.keyfob.new").exists()
    return {"known": known, "there": there, "left": left}


async def share(order: Order) -> object:
    """Ten tasks that meet the account's expired token, round by round, beside another process."""
    home, ahead = home_of(order), float(order["ahead"])
    found: list[list[int]] = []
    async with token_owner(
        home, clock=lambda: time.time() + ahead, store=order["store"]
    ) as accounts:
        for number in range(order["rounds"]):
            ahead += 4000.0
            await _meet(Path(order["meeting"]), number)
            asks = (accounts.credential("job", order["origin"]) for _ in range(10))
            found.append([one.generation for one in await asyncio.gather(*asks)])
    return found


async def _meet(folder: Path, number: int) -> None:
    """Go on when both processes are here."""
    (folder / f"{number}-{os.getpid()}").touch()
    await eventually(lambda: len(list(folder.glob(f"{number}-*"))) == 2, within=20)


async def _call(keyfob: RunningEngine, token: str) -> str:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as http:
        answered = await http.post(
            f"{keyfob.url}/s/job/mcp", json=message, headers={"Authorization": f"Bearer {token}"}
        )
    document = answered.json()
    return "ok" if "result" in document else str(document)


async def _choose_store(home: Home, kind: str) -> None:
    ConfigFile(home.paths.config_file).edit(put_store(kind))
    if kind == "encrypted-file":
        async with opened_store(home, kind) as store:
            await store.put("cheap", "made here, since its passphrase costs nothing then")


ACTS: dict[str, Callable[[Order], Awaitable[object]]] = {
    "connect": connect,
    "refresh": refresh,
    "use": use,
    "look": look,
    "count": count,
    "share": share,
}


def _do(order: Order, out: int) -> None:
    """In the forked process: do the order and end without the parent's clearing up."""
    try:
        act = partial(ACTS[order["act"]], order)
        said: Order = {"said": asyncio.run(_awaited(act))}
    except Error as error:
        said = {"error": error.code}
    except BaseException as error:  # noqa: BLE001 - told to the test
        said = {"failed": repr(error)}
    os.write(out, json.dumps(said).encode())
    os._exit(0)


async def _awaited(act: Callable[[], Awaitable[object]]) -> object:
    return await act()


def _tell(line: Order) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


def _keep(order: Order) -> None:
    """In a process between: run the order in one of its own and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _do(order, write)
    os.close(write)
    _tell({"number": order["number"], "pid": pid})
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    ended: Order = json.loads(said) if said else {"signal": os.WTERMSIG(status)}
    _tell({"number": order["number"], **ended})
    os._exit(0)


def main() -> None:
    """Serve orders until stdin ends; several may be under way at once."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order: Order = json.loads(line)
        if os.fork() == 0:
            _keep(order)


if __name__ == "__main__":
    main()
