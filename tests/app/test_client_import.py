"""Servers moved out of a client's file, with real servers behind them."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import AccessDenied, ConfigInvalid, EngineUnreachable, UnknownName
from keyfob_core.prompts import WideningPrompt
from keyfob_core.steps import Step
from support.engine import Home, official_client, running_engine
from support.marked import found, mark, processes
from support.processes import asked, keyfob
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.upstreams import sdk_upstream

PROGRAM = str(Path(__file__).parents[1] / "support" / "stdio_program.py")
KEY, VARIABLE, WRONG, ARGUMENT = map(mark, ("header", "variable", "wrong", "argument"))


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def a_file(person: Path, url: str) -> Path:
    """Cursor's file with six servers, of which two can be moved."""
    servers = {
        "Notes": {"url": url, "headers": {"Authorization": f"Bearer {KEY}"}},
        "files": {"command": sys.executable, "args": [PROGRAM], "env": {"A_TOKEN": VARIABLE}},
        "refused": {"url": url, "headers": {"Authorization": f"Bearer {WRONG}"}},
        "broken": {"command": "/no/such/program", "env": {"A_TOKEN": WRONG}},
        "argued": {"command": "x", "args": ["--token", ARGUMENT]},
        "plain": {"command": "y"},
    }
    file = person / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"mcpServers": servers}, indent=2))
    return file


async def test_what_answers_through_keyfob_is_moved_and_the_rest_stays(
    home: Home, person: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prompter = RecordingPrompter(ALLOW)
    with caplog.at_level(logging.DEBUG), processes() as watched:
        async with sdk_upstream(KEY) as upstream, running_engine(home, prompter) as engine:
            file = a_file(person, upstream.url)
            await engine.do("client.add", name="cursor")
            plan = await engine.do("client.import", name="cursor", dry_run=True)
            assert {one.name: one.server for one in plan.servers} == {
                "Notes": "notes",
                "files": "files",
                "refused": "refused",
                "broken": "broken",
                "argued": None,
                "plain": None,
            }
            asking = {"name": "cursor", "seen": plan.digest}
            done: Any = await engine.engine.dispatch(
                "client.import", asking, False, engine.steps.append
            )
            assert done.moved == ("notes", "files")
            assert [name for name, _ in done.failed] == ["refused", "broken"]
            left = json.loads(file.read_text())["mcpServers"]
            assert set(left) == {"keyfob", "refused", "broken", "argued", "plain"}
            (copy,) = file.parent.glob("*before-keyfob*")
            assert not found(KEY, [copy.read_bytes()])
            await engine.do("rule.add", client="cursor", access="allow")
            async with official_client(
                left["keyfob"]["url"], headers=left["keyfob"]["headers"]
            ) as client:
                tools = {tool.name for tool in (await client.list_tools()).tools}
            assert {"notes__echo", "files__seen"} <= tools
            before_restart = await engine.do("client.import", name="cursor", dry_run=True)
            assert {one.name for one in before_restart.servers} == set(left) - {"keyfob"}
            status = await engine.engine.status()
            assert {one.name for one in status.servers} == {"notes", "files"}
            assert {one.name for one in status.accounts} == {"notes", "files"}
    (prompt,) = [one for one in prompter.asked if isinstance(one, WideningPrompt)]
    told = [repr(plan), repr(done), repr(prompt), repr(engine.steps), caplog.text]
    told_or_written = [*(one.encode() for one in told), home.written()]
    for secret in (KEY, VARIABLE, WRONG, ARGUMENT):
        assert not found(secret, told_or_written)
        # The program is given its own, and nobody else.
        assert secret == VARIABLE or not found(secret, watched.seen)
    events = [one for one in home.events() if one["event"] == "client_imported"]
    assert events[0]["details"]["servers"] == "notes, files"


async def test_a_dry_run_at_the_terminal_lists_all_with_secrets_masked(
    home: Home, person: Path
) -> None:
    file = a_file(person, "http://127.0.0.1:1/mcp")
    before = file.read_text()
    environ = {**home.environ, "HOME": str(person), "KEYFOB_PORT": "7332"}
    shown = await asked(environ, "client", "import", "cursor", "--dry-run", "--json")
    assert file.read_text() == before
    listed = {one["name"]: one for one in shown["servers"]}
    assert listed["Notes"]["secrets"][0]["place"] == "header Authorization"
    assert "argument 2" in listed["argued"]["secrets"][0]["place"]
    assert not found(KEY, [json.dumps(shown).encode()])


async def test_nothing_is_moved_where_nothing_could_be_tried(home: Home, person: Path) -> None:
    file = a_file(person, "http://127.0.0.1:1/mcp")
    before = file.read_text()
    async with running_engine(home) as engine:
        done = await engine.do("client.import", name="cursor")
        assert done.moved == ("files",)
        assert json.loads(file.read_text())["mcpServers"]["Notes"]
        file.write_text(before.replace("Notes", "Other"))
        with pytest.raises(ConfigInvalid, match="as you saw it"):
            await engine.do("client.import", name="cursor", seen="another")


async def test_an_import_needs_a_running_keyfob(home: Home, person: Path) -> None:
    file = a_file(person, "http://127.0.0.1:1/mcp")
    before = file.read_text()
    environ = {**home.environ, "HOME": str(person), "KEYFOB_PORT": "7332"}
    code, out, complaints = await keyfob(environ, "client", "import", "cursor", "--yes", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, EngineUnreachable.code)
    assert "keyfob serve" in complaints
    assert file.read_text() == before


async def test_tokens_of_others_are_erased_only_when_asked(home: Home, person: Path) -> None:
    a_file(person, "http://127.0.0.1:1/mcp")
    tokens = person / ".mcp-auth" / "mcp-remote-0.1.0" / "x_tokens.json"
    tokens.parent.mkdir(parents=True)
    tokens.write_text('{"access_token": "x"}')
    async with running_engine(home) as engine:
        await engine.do("client.import", name="cursor")
        assert tokens.exists()
        done = await engine.do("client.import", name="cursor", shred=True)
        assert done.erased == (str(tokens),)
        assert not tokens.exists()


async def test_what_was_moved_can_be_put_back_after_a_yes(home: Home, person: Path) -> None:
    async with sdk_upstream(KEY) as upstream:
        file = a_file(person, upstream.url)
        before = file.read_bytes()
        async with running_engine(home, RecordingPrompter(DENY, answers_commands=True)) as engine:
            await engine.do("client.import", name="cursor")
            assert file.read_bytes() != before
            assert (await engine.do("client.import", name="cursor", dry_run=True)).can_put_back
            with pytest.raises(AccessDenied):
                await engine.engine.dispatch(
                    "client.restore", {"name": "cursor"}, False, engine.steps.append
                )
            assert not found(KEY, [file.read_bytes()])
            undone, back = await engine.do("client.restore", name="cursor", undo=True)
            assert (undone.restored, back.restored, back.path) == (True, True, str(file))
            assert file.read_bytes() == before
            assert [one.name for one in file.parent.iterdir()] == ["mcp.json"]
            with pytest.raises(UnknownName) as nothing:
                await engine.do("client.restore", name="cursor")
            assert "`keyfob client undo cursor`" in nothing.value.hint


async def test_what_was_moved_can_be_put_back_after_the_entry_was_taken_out(
    home: Home, person: Path
) -> None:
    async with sdk_upstream(KEY) as upstream, running_engine(home) as engine:
        file = a_file(person, upstream.url)
        before = file.read_bytes()
        await engine.do("client.add", name="cursor")
        await engine.do("client.import", name="cursor")
        await engine.do("client.undo", name="cursor")
        assert json.loads(file.read_bytes()) != json.loads(before)
        (back,) = await engine.do("client.restore", name="cursor", undo=True)
        assert back.restored
        assert file.read_bytes() == before


async def test_what_a_client_writes_while_its_servers_are_tried_outlives_the_import(
    home: Home, person: Path
) -> None:
    """Claude Code writes its file every few seconds while it runs."""
    async with sdk_upstream(KEY) as upstream, running_engine(home) as engine:
        file = a_file(person, upstream.url)

        def rewrite(step: Step) -> None:
            if "Notes works" in step.text:
                root = json.loads(file.read_text())
                root["numStartups"] = 2
                file.write_text(json.dumps(root))

        args = {"name": "cursor"}
        done: Any = await engine.engine.dispatch("client.import", args, True, rewrite)
        assert done.moved == ("notes", "files")
        left = json.loads(file.read_text())
        assert left["numStartups"] == 2
        assert set(left["mcpServers"]) == {"keyfob", "refused", "broken", "argued", "plain"}
        await engine.do("client.restore", name="cursor")
        back = json.loads(file.read_text())
        assert back["numStartups"] == 2
        assert back["mcpServers"]["Notes"]["headers"] == {"Authorization": f"Bearer {KEY}"}


async def test_a_server_that_is_changed_while_it_is_tried_stays(home: Home, person: Path) -> None:
    async with sdk_upstream(KEY) as upstream, running_engine(home) as engine:
        file = a_file(person, upstream.url)

        def rewrite(step: Step) -> None:
            if "Notes works" in step.text:
                file.write_text(file.read_text().replace(KEY, "another key"))

        args = {"name": "cursor"}
        with pytest.raises(ConfigInvalid, match="has changed since"):
            await engine.engine.dispatch("client.import", args, True, rewrite)
        left = json.loads(file.read_text())["mcpServers"]
        assert left["Notes"]["headers"] == {"Authorization": "Bearer another key"}
        assert "keyfob" not in left


async def test_a_second_client_s_same_server_is_not_made_twice(home: Home, person: Path) -> None:
    async with sdk_upstream(KEY) as upstream, running_engine(home) as engine:
        file = a_file(person, upstream.url)
        other = person / ".codeium" / "windsurf" / "mcp_config.json"
        other.parent.mkdir(parents=True)
        other.write_text(file.read_text().replace('"url"', '"serverUrl"'))
        await engine.do("client.import", name="cursor")
        plan = await engine.do("client.import", name="windsurf", dry_run=True)
        known = {one.name: one.server for one in plan.servers if one.is_known}
        assert known == {"Notes": "notes", "files": "files"}
        done = await engine.do("client.import", name="windsurf")
        assert done.moved == ("notes", "files")
        assert {one.name for one in (await engine.engine.status()).servers} == {"notes", "files"}
        assert "Notes" not in json.loads(other.read_text())["mcpServers"]
