"""Clients pointed at Keyfob by its commands, through the real engine."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import pytest

from keyfob_core.errors import AccessDenied, ConfigInvalid, UnknownName
from keyfob_core.prompts import WideningPrompt
from support.engine import Home, official_client, running_engine
from support.processes import asked
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.upstreams import sdk_upstream

SERVERS = '{\n  "mcpServers": {\n    "mine": {"command": "mine"}\n  }\n}\n'


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody who has Cursor and Claude Desktop."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".cursor").mkdir()
    (tmp_path / ".cursor" / "mcp.json").write_text(SERVERS)
    (tmp_path / ".config" / "Claude").mkdir(parents=True)
    return tmp_path


def entry(file: Path) -> Any:
    return json.loads(file.read_text())["mcpServers"]["keyfob"]


async def tools(found: Any) -> set[str]:
    """What a client sees that uses an entry as it stands."""
    async with official_client(found["url"], headers=found["headers"]) as client:
        return {tool.name for tool in (await client.list_tools()).tools}


async def status(found: Any) -> int:
    """What Keyfob answers to an entry as it stands."""
    asked_for = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(found["url"], json=asked_for, headers=found["headers"])
    return answer.status_code


def setup_of(listed: Any, client: str) -> Any:
    (setup,) = next(one for one in listed if one["name"] == client)["setups"]
    return setup


async def test_a_client_is_added_used_seen_and_taken_back(home: Home, person: Path) -> None:
    file = person / ".cursor" / "mcp.json"
    async with sdk_upstream() as upstream, running_engine(home) as keyfob:
        await keyfob.add("notes", upstream.url)
        plan = await keyfob.do("client.add", name="cursor", dry_run=True)
        assert file.read_text() == SERVERS
        await keyfob.do("client.add", name="cursor", seen=plan.digest)
        found = entry(file)
        token = found["headers"]["Authorization"].removeprefix("Bearer ")
        assert token.startswith("kf_")
        assert "keyfob_status" in await tools(entry(file))
        listed = await keyfob.do("client.list")
        setup = setup_of(listed, "cursor")
        assert (setup.standing, setup.form) == ("stands", "http")
        assert setup.last_used_at is not None
        assert setup_of(listed, "claude-desktop").standing == "none"
        (undone,) = await keyfob.do("client.undo", name="cursor")
        assert undone.restored
        assert file.read_text() == SERVERS
        assert [one.name for one in file.parent.iterdir()] == ["mcp.json"]
        assert await status(found) == 401
        with pytest.raises(UnknownName):
            await keyfob.do("client.undo", name="cursor")
    events = [one["event"] for one in home.events()]
    order = ["client_token_issued", "client_added", "client_undone"]
    assert [one for one in events if one in order] == order
    assert token.encode() not in home.written()


async def test_the_person_is_asked_with_file_and_change_and_a_no_writes_nothing(
    home: Home, person: Path
) -> None:
    file = person / ".cursor" / "mcp.json"
    prompter = RecordingPrompter(DENY, ALLOW)
    async with running_engine(home, prompter) as keyfob:
        with pytest.raises(AccessDenied):
            await keyfob.engine.dispatch("client.add", {"name": "cursor"}, False, lambda _: None)
        assert file.read_text() == SERVERS
        assert (await keyfob.do("client.list"))[0]["known_by"] is None
        await keyfob.engine.dispatch("client.add", {"name": "cursor"}, False, lambda _: None)
    assert entry(file)
    for prompt in prompter.asked:
        assert isinstance(prompt, WideningPrompt)
        details = dict(prompt.details)
        assert details["File"] == str(file)
        assert "kf_••••" in details["Change"]


async def test_a_repair_gives_a_new_token_and_ends_the_old_one(home: Home, person: Path) -> None:
    file = person / ".cursor" / "mcp.json"
    async with running_engine(home) as keyfob:
        await keyfob.do("client.add", name="cursor")
        first = entry(file)
        file.write_text(file.read_text().replace('"headers"', '"Headers"'))
        assert setup_of(await keyfob.do("client.list"), "cursor").standing == "changed"
        await keyfob.do("client.add", name="cursor")
        assert entry(file)["headers"] != first["headers"]
        assert "keyfob_status" in await tools(entry(file))
        assert await status(first) == 401
        await keyfob.do("client.revoke", name="cursor")
        assert setup_of(await keyfob.do("client.list"), "cursor").standing == "revoked"
        await keyfob.do("client.undo", name="cursor")
        assert json.loads(file.read_text()) == json.loads(SERVERS)


async def test_a_failed_write_leaves_no_token_behind(home: Home, person: Path) -> None:
    file = person / ".cursor" / "mcp.json"

    def meddle(prompt: object) -> Any:
        file.write_text("{}")
        return ALLOW

    async with running_engine(home, RecordingPrompter(meddle)) as keyfob:
        with pytest.raises(ConfigInvalid, match="changed"):
            await keyfob.engine.dispatch("client.add", {"name": "cursor"}, False, lambda _: None)
        assert file.read_text() == "{}"
        assert all(one["known_by"] is None for one in await keyfob.do("client.list"))


async def test_a_variable_that_says_nothing_of_files_is_refused(home: Home, person: Path) -> None:
    async with running_engine(home) as keyfob:
        for environ in ({"PATH": "/tmp"}, {"CODEX_HOME": "relative"}):
            with pytest.raises(ConfigInvalid):
                await keyfob.do("client.add", name="codex", environ=environ)


async def test_commands_do_the_same_with_the_person_s_own_variables(
    home: Home, person: Path
) -> None:
    elsewhere = person / "codex home"
    elsewhere.mkdir()
    environ = {**home.environ, "HOME": str(person), "CODEX_HOME": str(elsewhere)}
    async with running_engine(home, RecordingPrompter(answers_commands=False)):
        plan = await asked(environ, "client", "add", "codex", "--dry-run", "--json")
        assert plan["files"][0]["path"] == str(elsewhere / "config.toml")
        assert not list(elsewhere.iterdir())
        await asked(environ, "client", "add", "codex", "--yes", "--json")
        written = (elsewhere / "config.toml").read_text()
        assert "[mcp_servers.keyfob]" in written
        assert 'http_headers = { Authorization = "Bearer kf_' in written
        listed = await asked(environ, "client", "list", "--json")
        assert setup_of(listed, "codex")["standing"] == "stands"
        known = await asked(environ, "client", "list", "--all", "--json")
        assert len(known) >= 25
        await asked(environ, "client", "undo", "codex", "--json")
        assert not list(elsewhere.iterdir())


async def test_a_client_that_takes_a_socket_reaches_keyfob_there(home: Home, person: Path) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("client.add", name="vscode")
        file = person / ".config" / "Code" / "User" / "mcp.json"
        written = json.loads(file.read_text())["servers"]["keyfob"]
        url = urlsplit(written["url"])
        assert (url.scheme, url.fragment) == ("unix", "/mcp")
        transport = httpx2.AsyncHTTPTransport(uds=unquote(url.path))
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as http:
            asking = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            answer = await http.post(
                f"http://127.0.0.1{url.fragment}", json=asking, headers=written["headers"]
            )
        assert answer.status_code != 401, answer.text
        (setup,) = next(one for one in await keyfob.do("client.list") if one["name"] == "vscode")[
            "setups"
        ]
        assert setup.last_used_at is not None


async def test_a_client_of_ones_own_is_added_by_a_file(home: Home, person: Path) -> None:
    home.paths.clients_file.write_text(
        '[mine]\nlabel = "Mine"\nformat = "toml"\nkey = ["mcp"]\nfiles = ["~/.mine.toml"]\n'
        'stdio = { run = "{command_line}", environment = "{env}" }\n'
    )
    async with running_engine(home) as keyfob:
        await keyfob.do("client.add", name="mine")
        text = (person / ".mine.toml").read_text()
        assert '"stdio", "--client", "mine"]' in text


async def test_no_secret_is_remembered_of_what_was_written(home: Home, person: Path) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("client.add", name="cursor")
        token = entry(person / ".cursor" / "mcp.json")["headers"]["Authorization"]
    with closing(sqlite3.connect(home.paths.database)) as database:
        rows = database.execute("SELECT * FROM client_setups").fetchall()
    assert len(rows) == 1
    assert token.removeprefix("Bearer ") not in str(rows)


async def test_the_doctor_names_an_entry_that_an_update_rewrote(home: Home, person: Path) -> None:
    file = person / ".cursor" / "mcp.json"
    async with running_engine(home) as keyfob:
        await keyfob.do("client.add", name="cursor")

        async def finding() -> Any:
            report = await keyfob.do("doctor")
            return next(one for one in report.findings if one.rule == "entries")

        assert (await finding()).outcome == "good"
        file.write_text(SERVERS)
        broken = await finding()
        assert broken.outcome == "warning"
        assert "Cursor: it is gone" in broken.sentence
        await keyfob.do("client.add", name="cursor")
        await keyfob.do("client.revoke", name="cursor")
        assert "its token was revoked" in (await finding()).sentence
        await keyfob.do("client.undo", name="cursor")
        assert (await finding()).outcome == "good"
