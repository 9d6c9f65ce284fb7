"""`keyfob client import`."""

from __future__ import annotations

from argparse import Namespace
from typing import cast

from keyfob_core.cli.client_places import environ_of
from keyfob_core.cli.engines import Door
from keyfob_core.cli.shell import Fields, Shell, fields, rows
from keyfob_core.words.plain import visible


def import_servers(args: Namespace, shell: Shell) -> int:
    """Show what was found, and move it after the person's yes; 1 where something stayed."""
    wanted: dict[str, object] = {"name": args.name, **environ_of(shell)}

    async def work(door: Door) -> object:
        plan = fields(await door.ask("client.import", {**wanted, "dry_run": True}))
        _show(plan, shell)
        movable = any(one["server"] for one in rows(plan["servers"]))
        shredding = args.shred and bool(plan["leftovers"])
        if args.dry_run or not (movable or shredding):
            return plan
        asked = {**wanted, "seen": plan["digest"], "shred": args.shred}
        return await shell.answered(door, "client.import", asked, args.yes, shell.tell)

    done = fields(shell.with_engine(work))
    shell.data(done)
    if "moved" not in done:
        shell.say("Nothing was changed.")
        return 0
    for name in cast("list[str]", done["moved"]):
        shell.say(f"Moved {visible(name)}: its secrets lie in your keychain.")
    for path in cast("list[str]", done["erased"]):
        shell.say(f"Erased {visible(path)}")
    failed = cast("list[list[str]]", done["failed"])
    for name, reason in failed:
        shell.say(f"{visible(name)} is left as it was: {visible(reason)}")
    if done["moved"]:
        name = visible(args.name)
        shell.say(f"To have them back in its file: keyfob client undo {name} --restore")
        shell.say(f"Restart {visible(str(done['label']))}, so that it reads its configuration.")
        shell.say(
            "What was in the file may be in its backups too: make new keys where that counts."
        )
    return 1 if failed else 0


def _show(plan: Fields, shell: Shell) -> None:
    servers = rows(plan["servers"])
    if not servers:
        shell.say(f"{visible(str(plan['label']))} has no servers of its own.")
    for one in servers:
        becomes = (
            f"becomes {one['server']} in Keyfob" if one["server"] else f"stays: {one['stays']}"
        )
        shell.say(f"{visible(str(one['name']))} {visible(becomes)}")
        if one["address"]:
            shell.say(f"  {visible(str(one['address']))}")
        for secret in rows(one["secrets"]):
            line = f"{secret['place']}: {secret['shown']}, {secret['reason']}"
            shell.say(f"  {visible(line)}")
    for left in rows(plan["leftovers"]):
        line = f"{left['program']} keeps tokens in {left['path']}: --shred erases it"
        shell.say(visible(line))
