"""`keyfob explain`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.words.plain import visible

_MEANS = {"allow": "may call", "ask": "asks before it calls", "deny": "may not call"}


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument("--client", required=True, metavar="C", help="from `keyfob client list`")
    parser.add_argument("--server", required=True, metavar="S", help="from `keyfob server list`")
    parser.add_argument("--tool", metavar="T", help="without it, the server as such")
    json_option(parser)
    parser.set_defaults(act=_explain)


def _explain(args: Namespace, shell: Shell) -> int:
    wanted = {"client": args.client, "server": args.server, "tool": args.tool}
    found = fields(shell.call("explain", wanted))
    shell.data(found)
    access, account = fields(found["access"]), found["account"]
    what = f"{visible(args.tool)} of {visible(args.server)}" if args.tool else visible(args.server)
    means = _MEANS[str(access["value"])] if args.tool else _AT_ALL[str(access["value"])]
    shell.say(f"{visible(args.client)} {means} {what}: {_by(access)}.")
    _say_lost(shell, rows(found["access_lost"]))
    if account is None:
        shell.say("No account: requests go without a credential.")
        return 0
    chosen = fields(account)
    shell.say(f"Account {visible(str(chosen['value']))}: {_by(chosen)}.")
    _say_lost(shell, rows(found["account_lost"]))
    return 0


_AT_ALL = {"allow": "may use", "ask": "asks before it uses", "deny": "may not use"}


def _by(said: Fields) -> str:
    return f"{visible(str(said['by']))} decides"


def _say_lost(shell: Shell, lost: list[Fields]) -> None:
    for said in lost:
        shell.say(f"  outweighed: {visible(str(said['value']))} by {visible(str(said['by']))}")
