"""`keyfob tool`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import cast

from keyfob_core.cli.shell import Fields, Shell, WrongUsage, fields, json_option, rows, yes_option
from keyfob_core.cli.text import moment
from keyfob_core.words.plain import visible

_STATES = {
    "new": "new",
    "changed": "changed since you approved it",
    "rejected": "refused by you",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="pending|approve|reject")
    pending = verbs.add_parser("pending", help="show what waits for you", allow_abbrev=False)
    json_option(pending)
    pending.set_defaults(act=_pending)
    approve = verbs.add_parser("approve", help="let clients use tools", allow_abbrev=False)
    _which(approve)
    yes_option(approve)
    json_option(approve)
    approve.set_defaults(act=_approve)
    reject = verbs.add_parser("reject", help="hide tools, and ask no more", allow_abbrev=False)
    _which(reject)
    json_option(reject)
    reject.set_defaults(act=_reject)


def _which(parser: ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="from `keyfob tool pending`")
    parser.add_argument("--server", metavar="NAME", help="every tool that waits of this server")


def _pending(args: Namespace, shell: Shell) -> int:
    tools = rows(shell.call("tool.pending"))
    shell.data(tools)
    if not tools:
        shell.say("No tool waits for you.")
    for tool in tools:
        _say(shell, tool)
    return 0


def _approve(args: Namespace, shell: Shell) -> int:
    found = shell.call("tool.approve", _wanted(args), yes=args.yes)
    shell.data(found)
    shell.say(f"Approved {_names(found)}.")
    return 0


def _reject(args: Namespace, shell: Shell) -> int:
    found = shell.call("tool.reject", _wanted(args))
    shell.data(found)
    shell.say(f"Refused {_names(found)}.")
    return 0


def _wanted(args: Namespace) -> dict[str, object]:
    if not args.ids and not args.server:
        raise WrongUsage("ID", "is missing.", "Name tools by theirs, or a server by --server.")
    return {"ids": args.ids, "server": args.server}


def _names(found: object) -> str:
    return ", ".join(visible(name) for name in cast("list[str]", found))


def _say(shell: Shell, tool: Fields) -> None:
    change = fields(tool["change"])
    what = f"{visible(str(tool['tool']))} of {visible(str(tool['server']))}"
    state = _STATES[str(tool["state"])]
    since = moment(tool["seen_at"]) if isinstance(tool["seen_at"], int | float) else ""
    shell.say(f"{tool['id']}  {what}: {state} ({since})")
    for one in rows(change["findings"]):
        said = f"{one['rule']} ({one['field']}): {one['excerpt']}"
        shell.say(f"  ! {visible(said)}")
    for line in cast("list[str]", tool["diff"]):
        shell.say(f"    {visible(line)}")
