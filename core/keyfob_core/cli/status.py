"""`keyfob status`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from keyfob_core.cli.account import account_table
from keyfob_core.cli.client import client_table
from keyfob_core.cli.engines import Door
from keyfob_core.cli.latch import latch_words
from keyfob_core.cli.server import server_table
from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.cli.store import store_line
from keyfob_core.cli.text import moment, table
from keyfob_core.conditions import AccountCondition, LatchCondition
from keyfob_core.words.plain import visible

_KINDS = {"tray": "the tray app", "serve": "keyfob serve", "background": "in the background"}
_REMIND_SECONDS = 7 * 86400.0
_SETTLED = (AccountCondition.HEALTHY, AccountCondition.REFRESHING, AccountCondition.UNREAD)
"""No connecting helps, nor is it needed."""


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    json_option(parser)
    parser.set_defaults(act=_status)


def next_steps(status: Fields, *, running: bool, now: float) -> Iterator[str]:
    """What the person can do now, most urgent first; `now` is in seconds since the epoch."""
    store = fields(status["store"])
    is_open = store["condition"] == "ready"
    if not is_open and store["hint"]:
        yield str(store["hint"])
    if not running:
        yield "Start Keyfob:            keyfob   (or, without a window: keyfob serve)"
    elif status["problem"]:
        yield f"Solve this:              {status['problem']}"
    if running:
        yield from _opening_steps(status)
    if rows(status["waiting"]):
        yield "Answer what waits, in Keyfob's window or its terminal."
    servers = rows(status["servers"])
    if not servers:
        yield "Add a server:            keyfob server add NAME URL"
    yield from _server_steps(servers, is_open=is_open)
    if is_open:
        yield from _account_steps(status, now)
    if not rows(status["clients"]):
        yield "Let a client in:         keyfob client token NAME"


def _opening_steps(status: Fields) -> Iterator[str]:
    """What lets calls pass again, or puts in force what waits."""
    latch = fields(status.get("latch") or {})
    if latch.get("condition") == LatchCondition.LOCKED:
        yield "Unlock Keyfob:           keyfob unlock"
    elif latch.get("condition") == LatchCondition.PAUSED:
        yield "Let calls pass again:    keyfob resume"
    if status.get("unaccepted"):
        yield "Look at your edits:      keyfob config check"


def _server_steps(servers: list[Fields], *, is_open: bool) -> Iterator[str]:
    for server in servers:
        if server["account"] and not is_open:
            # It may well be connected: its secret cannot be read.
            continue
        if server["account_condition"] not in (*_SETTLED, None):
            way = " --secret-stdin" if server["command"] and not server["account"] else ""
            yield f"Connect {server['name']}:".ljust(25) + f"keyfob connect {server['name']}{way}"


def _account_steps(status: Fields, now: float) -> Iterator[str]:
    served = {server["account"] for server in rows(status["servers"])}
    for account in rows(status["accounts"]):
        if account["name"] not in served and account["condition"] not in _SETTLED:
            yield f"Connect {account['name']}:".ljust(25) + _connecting(account)
        yield from _reminder(account, now)


def _connecting(account: Fields) -> str:
    provider = f"--provider {account['provider']} " if account.get("provider") else "SERVER "
    return f"keyfob connect {provider}--account {account['name']} --method {account['method']}"


def _reminder(account: Fields, now: float) -> Iterator[str]:
    """What ends soon, or has ended, and does not renew itself."""
    name, ends = account["name"], account["expires_at"]
    if account["renews"] or not isinstance(ends, int | float):
        return
    remind = account["remind_at"]
    if now < (remind if isinstance(remind, int | float) else ends - _REMIND_SECONDS):
        return
    when = f"{'ended' if ends <= now else 'ends'} on {moment(ends)}"
    if account["method"] == "api-key":
        yield f"The key of {name} {when}: make a new one, then connect it."
    else:
        yield f"The sign-in of {name} {when} and cannot be renewed: connect it again."


def _status(args: Namespace, shell: Shell) -> int:
    async def look(door: Door) -> tuple[str | None, Fields]:
        return door.kind, fields(await door.ask("status", {}))

    kind, status = shell.with_engine(look)
    shell.data({**status, "running": kind})
    shell.say(_head(kind, status))
    for title, key, shown in (
        ("Servers", "servers", server_table),
        ("Accounts", "accounts", account_table),
        ("Clients", "clients", client_table),
        ("Waiting for you", "waiting", _waiting_table),
    ):
        if status[key]:
            shell.say(f"\n{title}\n{_indented(shown(status[key]))}")
    if kind and status.get("sessions"):
        shell.say(f"\nSessions with servers: {status['sessions']}  (keyfob session list)")
    now = shell.surroundings.clock()
    todo = next_steps(status, running=kind is not None, now=now)
    steps = "\n".join(visible(step) for step in todo)
    if steps:
        shell.say(f"\nNext\n{_indented(steps)}")
    return 0


def _head(kind: str | None, status: Fields) -> str:
    store = fields(status["store"])
    where = visible(str(status["url"] or "nothing listens"))
    running = f"{where}  ({_KINDS.get(kind, kind)})" if kind else "not running"
    latch = fields(status.get("latch") or {})
    if kind and latch.get("condition") in (LatchCondition.LOCKED, LatchCondition.PAUSED):
        running += f", {latch_words(latch)}"
    socket = f"\nSocket: {visible(str(status['socket']))}" if status.get("socket") else ""
    return (
        f"Keyfob {visible(str(status['version']))}: {running}{socket}\nStore: {store_line(store)}"
    )


def _waiting_table(waiting: object) -> str:
    return table(
        ("QUESTION",), ((_question(fields(pending["prompt"])),) for pending in rows(waiting))
    )


def _question(prompt: Fields) -> str:
    """A prompt in one line; the kinds are told apart by what they have."""
    if "tools" in prompt:
        count = len(rows(prompt["tools"]))
        return f"{prompt['server']} has {count} tools that you have not seen yet"
    if "changes" in prompt:
        count = len(rows(prompt["changes"]))
        return f"{prompt['server']} has {count} tools that are new or have changed"
    if "tool" in prompt:
        client = fields(prompt["client"])
        return f"{client['name']} asks to use {prompt['server']}/{prompt['tool']}"
    if "suggested_name" in prompt:
        return f"{fields(prompt['peer'])['executable']} asks to be named"
    if "reason" in prompt:
        return f"{prompt['server']} needs a sign-in for {prompt['account']}"
    return str(prompt.get("title") or prompt["text"])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
