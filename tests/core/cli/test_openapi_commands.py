"""`keyfob server add NAME --openapi FILE_OR_URL` at a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from keyfob_core.api_descriptions import ApiDescription
from keyfob_core.errors import ConfirmationNeeded
from keyfob_core.model import Placement
from keyfob_core.ports import Progress
from keyfob_core.states import ServerState
from support.commands import Commands, MadeUpEngine
from support.terminal import ScriptedTerminal

ESCAPES = "\x1b[2Jevil\u202e"
URL = "https://docs.example/openapi.json"
API = ApiDescription(
    title="Notes",
    source=URL,
    url=f"https://api.example/v1{ESCAPES}",
    digest="0" * 64,
    tools=3,
    left_out=tuple(f"GET /{number}: no{ESCAPES}" for number in range(12)),
    sign_ins=(f"key: a key in the header X-Api-Key{ESCAPES}",),
    places=(Placement(),),
)
ADDED = ServerState(
    name="notes", url="https://api.example/v1", account=None, account_condition=None, openapi=URL
)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    made = Commands(tmp_path / "home", MadeUpEngine())
    made.engine.verbs["server.add"] = lambda *_: replace(ADDED, api=API)
    made.engine.verbs["server.list"] = lambda *_: (ADDED,)
    return made


def test_an_api_is_added_by_the_address_of_its_document(commands: Commands) -> None:
    code, out, err = commands.run("server", "add", "notes", "--openapi", URL, "--yes")
    assert (code, err) == (0, "")
    assert commands.engine.asked == [("server.add", {"name": "notes", "openapi": URL}, True)]
    assert "with 3 tools" in out
    assert "a key in the header X-Api-Key" in out
    assert out.count("left out:") == 10
    assert "and 2 more" in out
    assert "keyfob connect notes --method api-key" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_file_is_named_from_the_root_for_an_engine_in_another_folder(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = "https://api.example"
    code, _, _ = commands.run("server", "add", "notes", base, "--openapi", "api.yaml", "--yes")
    assert code == 0
    wanted = {"name": "notes", "url": base, "openapi": str(tmp_path / "api.yaml")}
    assert commands.engine.asked == [("server.add", wanted, True)]


def test_an_api_waits_for_a_yes_that_shows_both_origins(commands: Commands) -> None:
    def work(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if not confirmed:
            raise ConfirmationNeeded("Calls go to https://api.example.", f"At: {URL}{ESCAPES}")
        return replace(ADDED, api=API)

    commands.engine.verbs["server.add"] = work
    terminal = ScriptedTerminal("y")
    code, _, _ = commands.run("server", "add", "notes", "--openapi", URL, terminal=terminal)
    assert code == 0
    assert "https://api.example" in terminal.shown
    assert URL in terminal.shown
    assert "\x1b" not in terminal.shown


def test_json_has_all_that_was_left_out(commands: Commands) -> None:
    code, out, _ = commands.run("server", "add", "notes", "--openapi", URL, "--yes", "--json")
    assert code == 0
    said = json.loads(out)
    assert len(said["api"]["left_out"]) == 12
    assert said["openapi"] == URL


def test_the_list_tells_an_api_from_a_server(commands: Commands) -> None:
    code, out, _ = commands.run("server", "list")
    assert code == 0
    assert "https://api.example/v1 (OpenAPI)" in out


def test_a_server_without_any_address_is_wrong_usage(commands: Commands) -> None:
    code, _, err = commands.run("server", "add", "notes")
    assert code == 2
    assert "--openapi" in err
    assert commands.engine.asked == []
