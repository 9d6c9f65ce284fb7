"""`keyfob client`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, cast

from keyfob_core.cli.client_import import import_servers
from keyfob_core.cli.client_places import environ_of
from keyfob_core.cli.engines import Door
from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows, yes_option
from keyfob_core.cli.text import moment, table
from keyfob_core.words.plain import visible

_FORMS = {"socket": "Keyfob's socket", "http": "HTTP", "stdio": "the bridge"}
_STANDING = {
    "none": "not connected",
    "stands": "stands",
    "changed": "was changed",
    "gone": "is gone",
    "unreadable": "cannot be read",
    "outdated": "leads where Keyfob was before",
    "revoked": "its token was revoked",
}
_BROKEN = ("changed", "gone", "outdated", "revoked")


if TYPE_CHECKING:
    from argparse import _SubParsersAction  # pyright: ignore[reportPrivateUsage]

    SubParsers = _SubParsersAction[ArgumentParser]


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="add|list|undo|import|token|revoke")
    _add_setups(verbs)
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
    listed = verbs.add_parser(
        "list", help="list the clients, and those found on this computer", allow_abbrev=False
    )
    listed.add_argument(
        "--all", action="store_true", help="every client that `keyfob client add` knows"
    )
    json_option(listed)
    listed.set_defaults(act=_list)
    revoke = verbs.add_parser("revoke", help="end a client's tokens at once", allow_abbrev=False)
    revoke.add_argument("name", metavar="NAME")
    json_option(revoke)
    revoke.set_defaults(act=_revoke)


def _add_setups(verbs: SubParsers) -> None:
    add = verbs.add_parser(
        "add", help="write Keyfob's entry into a client's configuration", allow_abbrev=False
    )
    add.add_argument("name", metavar="NAME", help="from `keyfob client list --all`")
    add.add_argument("--dry-run", action="store_true", help="show what would be written")
    yes_option(add)
    json_option(add)
    add.set_defaults(act=_add)
    moved = verbs.add_parser(
        "import",
        help="move the servers and secrets in a client's configuration into Keyfob",
        allow_abbrev=False,
    )
    moved.add_argument("name", metavar="NAME")
    moved.add_argument("--dry-run", action="store_true", help="show what was found, secrets masked")
    moved.add_argument(
        "--shred",
        action="store_true",
        help="erase the tokens that mcp-remote and fastmcp keep in files as well",
    )
    yes_option(moved)
    json_option(moved)
    moved.set_defaults(act=import_servers)
    undo = verbs.add_parser(
        "undo", help="take the entry out again, and revoke its token", allow_abbrev=False
    )
    undo.add_argument("name", metavar="NAME")
    undo.add_argument(
        "--restore",
        action="store_true",
        help="put what `import` moved back first, with its secrets in plain text",
    )
    yes_option(undo)
    json_option(undo)
    undo.set_defaults(act=_undo)


def show_plan(plan: Fields, shell: Shell) -> None:
    """What would be written, for a person."""
    for file in rows(plan["files"]):
        shell.say(visible(str(file["diff"]), lines=True) or f"{visible(str(file['path']))} has it.")
    for note in cast("list[str]", plan["notes"]):
        shell.say(f"Note: {visible(note)}")


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


def _add(args: Namespace, shell: Shell) -> int:
    wanted: dict[str, object] = {"name": args.name, **environ_of(shell)}

    async def work(door: Door) -> object:
        plan = fields(await door.ask("client.add", {**wanted, "dry_run": True}))
        if args.dry_run or args.yes:
            show_plan(plan, shell)
        if args.dry_run:
            return plan
        seen = {**wanted, "seen": plan["digest"]}
        return await shell.answered(door, "client.add", seen, args.yes, shell.tell)

    done = fields(shell.with_engine(work))
    shell.data(done)
    if args.dry_run:
        shell.say("Nothing was changed.")
        return 0
    for path in cast("list[str]", done["paths"]):
        shell.say(f"Wrote {visible(path)}")
    shell.say(f"Restart {visible(str(done['label']))}, so that it reads its configuration.")
    return 0


def _undo(args: Namespace, shell: Shell) -> int:
    async def work(door: Door) -> object:
        wanted: dict[str, object] = {"name": args.name}
        if not args.restore:
            return await door.ask("client.undo", wanted)
        asked = {**wanted, "undo": True}
        return await shell.answered(door, "client.restore", asked, args.yes, shell.tell)

    undone = rows(shell.with_engine(work))
    shell.data(undone)
    for one in undone:
        shell.say(f"{visible(str(one['path']))}: {visible(str(one['text']))}")
    return 0


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
    if args.all:
        known = rows(shell.call("client.known"))
        shell.data(known)
        lines = ((one["id"], one["label"], _FORMS[str(one["form"])]) for one in known)
        shell.say(table(("NAME", "CLIENT", "REACHES KEYFOB BY"), lines))
        return 0
    listed = rows(shell.call("client.list", environ_of(shell)))
    shell.data(listed)
    clients = [one for one in listed if one["known_by"] is not None]
    setups = [setup for one in listed for setup in rows(one.get("setups", []))]
    # A client with two tokens has two rows, and its files stand in both.
    setups = [setup for at, setup in enumerate(setups) if setup not in setups[:at]]
    no_clients = "No clients yet. Point one at Keyfob: keyfob client add NAME"
    shell.say(client_table(clients) if clients else no_clients)
    if setups:
        shell.say(f"\nOn this computer\n{_setup_table(setups)}")
    for name in dict.fromkeys(str(one["client"]) for one in setups if one["standing"] in _BROKEN):
        shell.say(f"Repair it: keyfob client add {visible(name)}")
    return 0


def _setup_table(setups: list[Fields]) -> str:
    return table(
        ("CLIENT", "ENTRY", "LAST SEEN", "FILE"),
        (
            (
                one["client"],
                one["problem"] or _STANDING[str(one["standing"])],
                _moment(one["last_used_at"]),
                one["path"],
            )
            for one in setups
        ),
    )


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
