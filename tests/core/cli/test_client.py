"""`keyfob client add`, `list`, `undo` and `import` at a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyfob_core.control.client_setups import Added
from keyfob_core.errors import ConfirmationNeeded
from keyfob_core.ports import Progress
from keyfob_core.setups.client_imports import (
    Imported,
    ImportPlan,
    Leftover,
    SecretShown,
    ServerPlan,
)
from keyfob_core.setups.client_setups import (
    FilePlan,
    Form,
    KnownName,
    SetupPlan,
    SetupState,
    Standing,
    Undone,
)
from support.commands import Commands, MadeUpEngine
from support.terminal import ScriptedTerminal

ESCAPES = "\x1b[2Jevil\u202e"
PATH = f"/home/ada/.cursor/mcp.json{ESCAPES}"
PLAN = SetupPlan(
    client="cursor",
    label=f"Cursor{ESCAPES}",
    form=Form.HTTP,
    files=(FilePlan(path=PATH, exists=True, diff=f'+++ {PATH}\n+  "keyfob": {{'),),
    digest="d1",
    notes=(f"A note{ESCAPES}",),
)
ADDED = Added(client="cursor", label=f"Cursor{ESCAPES}", form=Form.HTTP, paths=(PATH,))
STATE = SetupState(
    client="cursor",
    label="Cursor",
    path=PATH,
    installed=True,
    form=Form.HTTP,
    written_at=1.0,
    standing=Standing.CHANGED,
)
SERVER = ServerPlan(
    name=f"GitHub{ESCAPES}",
    server="github",
    address=f"https://a.example/mcp{ESCAPES}",
    secrets=(
        SecretShown(place=f"header{ESCAPES}", reason="named like a secret", shown="•••• (40)"),
    ),
    stays=None,
)
FOUND = ImportPlan(
    client="cursor",
    label="Cursor",
    servers=(SERVER,),
    leftovers=(Leftover("mcp-remote", f"/home/ada/.mcp-auth/x{ESCAPES}", 9),),
    setup=PLAN,
    digest="i1",
)
IMPORTED = Imported(
    client="cursor",
    label=f"Cursor{ESCAPES}",
    moved=("github",),
    failed=((f"b{ESCAPES}", f"It said no{ESCAPES}"),),
    erased=(f"/x{ESCAPES}",),
)


def row(name: str, *setups: SetupState, known_by: str | None = None) -> dict[str, object]:
    state = {"name": name, "known_by": known_by, "executable": None, "server": None}
    return {**state, "created_at": 1.0, "last_used_at": None, "ends_at": None, "setups": setups}


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    made = Commands(tmp_path / "home", MadeUpEngine())
    verbs = made.engine.verbs
    verbs["client.add"] = lambda args, *_: PLAN if args.get("dry_run") else ADDED
    verbs["client.undo"] = lambda *_: (Undone(path=PATH, restored=True, text=f"Done{ESCAPES}"),)
    verbs["client.list"] = lambda *_: (row("cursor", STATE, known_by="token"), row("zed"))
    verbs["client.known"] = lambda *_: (KnownName(id="zed", label="Zed", form=Form.STDIO),)
    verbs["client.import"] = lambda args, *_: FOUND if args.get("dry_run") else IMPORTED
    return made


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            ("add", "cursor", "--dry-run"),
            ('+  "keyfob": {', "Nothing was changed.", "Note: A note"),
        ),
        (("add", "cursor", "--yes"), ("Wrote /home/ada", "Restart Cursor")),
        (("undo", "cursor"), ("Done",)),
        (("list",), ("was changed", "Repair it: keyfob client add cursor")),
        (("list", "--all"), ("zed", "the bridge")),
        (("import", "cursor", "--dry-run"), ("becomes github in Keyfob", "••••", "--shred")),
    ],
)
def test_what_is_shown_is_made_visible(
    commands: Commands, words: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    code, out, err = commands.run("client", *words)
    assert (code, err) == (0, "")
    assert all(one in out for one in shown), out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_what_was_seen_is_what_is_asked_for(commands: Commands) -> None:
    commands.run("client", "add", "cursor", "--yes")
    assert commands.engine.asked == [
        ("client.add", {"name": "cursor", "dry_run": True}, False),
        ("client.add", {"name": "cursor", "seen": "d1"}, True),
    ]


def test_the_terminal_is_asked_with_the_change(commands: Commands) -> None:
    def work(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if args.get("dry_run"):
            return PLAN
        if not confirmed:
            raise ConfirmationNeeded("Write it?", f"Change: {PLAN.files[0].diff}")
        return ADDED

    commands.engine.verbs["client.add"] = work
    terminal = ScriptedTerminal("y")
    code, _, _ = commands.run("client", "add", "cursor", terminal=terminal)
    assert code == 0
    assert '"keyfob": {' in terminal.shown
    assert "\x1b" not in terminal.shown


def test_an_import_that_left_something_says_so_by_its_exit(commands: Commands) -> None:
    code, out, _ = commands.run("client", "import", "cursor", "--yes", "--shred")
    assert code == 1
    assert "Moved github" in out
    assert "It said no" in out
    assert "Erased /x" in out
    assert commands.engine.asked[-1] == (
        "client.import",
        {"name": "cursor", "seen": "i1", "shred": True},
        True,
    )


def test_what_was_moved_is_put_back_and_the_entry_taken_out_at_once(commands: Commands) -> None:
    back = Undone(path=PATH, restored=True, text="What was moved is back.")
    commands.engine.verbs["client.restore"] = lambda *_: (back,)
    code, out, _ = commands.run("client", "undo", "cursor", "--restore", "--yes")
    assert code == 0
    assert "What was moved is back." in out
    assert commands.engine.asked == [("client.restore", {"name": "cursor", "undo": True}, True)]


def test_nothing_to_move_asks_nobody(commands: Commands) -> None:
    stays = ImportPlan(client="c", label="C", servers=(), leftovers=(), setup=PLAN, digest="i2")
    commands.engine.verbs["client.import"] = lambda *_: stays
    code, out, _ = commands.run("client", "import", "cursor")
    assert code == 0
    assert "has no servers of its own" in out
    assert len(commands.engine.asked) == 1


def test_json_has_each_client_with_its_files(commands: Commands) -> None:
    _, out, _ = commands.run("client", "list", "--json")
    listed = json.loads(out)
    assert listed[0]["setups"][0]["standing"] == "changed"
    assert listed[1]["known_by"] is None
