"""`keyfob account`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import cast

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.cli.text import moment, table
from keyfob_core.words.plain import visible

_DETAILS = {
    "issuer": "issuer",
    "scopes": "scopes",
    "client_id": "client ID",
    "servers": "used by",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="list|show|disconnect|refresh")
    listed = verbs.add_parser("list", help="list the accounts", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    for word, text, act in (
        ("show", "show an account, and how its sign-in server differs", _show),
        ("disconnect", "erase an account's secret, and end it at its issuer", _disconnect),
        ("refresh", "get a new access token now", _refresh),
    ):
        verb = verbs.add_parser(word, help=text, allow_abbrev=False)
        verb.add_argument("name", metavar="NAME")
        json_option(verb)
        verb.set_defaults(act=act)


def account_table(accounts: object) -> str:
    """The accounts as people read them."""
    return table(
        ("ACCOUNT", "WHO", "PROVIDER", "METHOD", "STATE", "UNTIL"),
        (
            (
                account["name"],
                account.get("label"),
                account.get("provider"),
                account["method"],
                _state(account),
                _until(account),
            )
            for account in rows(accounts)
        ),
    )


def _list(args: Namespace, shell: Shell) -> int:
    accounts = rows(shell.call("account.list"))
    shell.data(accounts)
    shell.say(
        account_table(accounts) if accounts else "No accounts yet. Make one: keyfob connect SERVER"
    )
    return 0


def _show(args: Namespace, shell: Shell) -> int:
    account = fields(shell.call("account.show", {"name": args.name}))
    shell.data(account)
    shell.say(account_table([account]))
    for name, label in _DETAILS.items():
        if value := account[name]:
            shell.say(f"{label:<10}{visible(_words(value))}")
    for key, value in fields(account["profile"]).items():
        shell.say(f"{'differs':<10}{visible(f'{key} = {_words(value)}')}")
    return 0


def _words(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("Mapping[str, object]", value).items()
        return ", ".join(f"{name}={text}" for name, text in pairs)
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value)))
    return str(value)


def _disconnect(args: Namespace, shell: Shell) -> int:
    ended = shell.call("account.disconnect", {"name": args.name})
    shell.data(ended)
    shell.say(f"Disconnected {visible(args.name)}; its secret is erased.")
    note = fields(ended).get("note") if ended else None
    if note:
        shell.say(visible(str(note)))
    return 0


def _refresh(args: Namespace, shell: Shell) -> int:
    state = fields(shell.call("account.refresh", {"name": args.name}))
    shell.data(state)
    shell.say(f"Refreshed {visible(args.name)}: {visible(_state(state))}.")
    return 0


def _state(account: Fields) -> str:
    return " - ".join(str(part) for part in (account["condition"], account["reason"]) if part)


def _until(account: Fields) -> str:
    expires = account["expires_at"]
    return moment(expires if isinstance(expires, int | float) else None)
