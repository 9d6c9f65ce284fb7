"""`keyfob client`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows, yes_option
from keyfob_core.cli.text import moment, table
from keyfob_core.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="token|list|revoke")
    token = verbs.add_parser("token", help="make a token for a client", allow_abbrev=False)
    token.add_argument("name", metavar="NAME", help="the client, like cursor")
    token.add_argument(
        "--in-url",
        metavar="SERVER",
        help="for a client that can send no header: an address that holds a token of its own, "
        "good for this server only",
    )
    yes_option(token)
    json_option(token)
    token.set_defaults(act=_token)
    listed = verbs.add_parser("list", help="list the clients", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    revoke = verbs.add_parser("revoke", help="end a client's tokens at once", allow_abbrev=False)
    revoke.add_argument("name", metavar="NAME")
    json_option(revoke)
    revoke.set_defaults(act=_revoke)


def client_table(clients: object) -> str:
    """The clients as people read them."""
    return table(
        ("CLIENT", "KNOWN BY", "SERVER", "SINCE", "LAST USED"),
        (
            (
                client["name"],
                _known_by(client),
                client["server"] or "all",
                _moment(client["created_at"]),
                _moment(client["last_used_at"]),
            )
            for client in rows(clients)
        ),
    )


def _token(args: Namespace, shell: Shell) -> int:
    wanted: dict[str, object] = {"name": args.name, "server": args.in_url}
    made = fields(shell.call("client.token", wanted, yes=args.yes))
    shell.data(made)
    url = visible(str(made["url"]))
    if args.in_url is not None:
        shell.say(f"Address for {visible(args.name)}, shown once; it holds the token:\n\n  {url}")
        return 0
    shell.say(f"Token for {visible(args.name)}, shown once:\n\n  {visible(str(made['token']))}\n")
    shell.say(f"Address:  {url}\nHeader:   Authorization: Bearer TOKEN")
    return 0


def _list(args: Namespace, shell: Shell) -> int:
    clients = rows(shell.call("client.list"))
    shell.data(clients)
    shell.say(
        client_table(clients) if clients else "No clients yet. Make one: keyfob client token NAME"
    )
    return 0


def _revoke(args: Namespace, shell: Shell) -> int:
    shell.data(shell.call("client.revoke", {"name": args.name}))
    shell.say(f"Revoked {visible(args.name)}: its tokens are no longer good.")
    return 0


def _known_by(client: Fields) -> object:
    if client["executable"]:
        signer = client["signer"]
        return f"{client['executable']}, signed by {signer}" if signer else client["executable"]
    known = str(client["known_by"])
    return f"{known}, ends {_moment(client['ends_at'])}" if client["ends_at"] else known


def _moment(seconds: object) -> str:
    return moment(seconds if isinstance(seconds, int | float) else None)
