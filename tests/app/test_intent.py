"""Settings, the access of tools and undoing, in the real engine."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from keyfob_core.control.client import ControlClient
from keyfob_core.errors import AccessDenied, ConfigInvalid, UnknownName
from keyfob_core.model import Verdict
from keyfob_core.prompts import Decision, WideningPrompt
from keyfob_core.system.sockets import connect, endpoint
from support.engine import UNPINNED, Home, new_home, running_engine
from support.prompter import RecordingPrompter
from support.secret_service import PrivateSecretService
from support.upstreams import sdk_upstream


async def test_settings_are_written_with_comments_kept_and_named_where_they_are_wrong(
    home: Home,
) -> None:
    home.paths.config_file.write_text(f"{UNPINNED}[relay]\nwait = 45  # my patience\n")
    async with running_engine(home) as keyfob:
        shown = await keyfob.do("settings.show")
        assert (shown["relay.wait"], shown["lock.screen"], shown["lock.idle"]) == (45, True, None)
        changed = await keyfob.do(
            "settings.set", values={"relay.wait": 60, "lock.idle": 10, "defaults.access": "deny"}
        )
        assert (changed["relay.wait"], changed["defaults.access"]) == (60, "deny")
        text = home.paths.config_file.read_text()
        assert "wait = 60  # my patience" in text
        with pytest.raises(ConfigInvalid) as wrong:
            await keyfob.do("settings.set", values={"relay.wait": 0, "lock.idle": 5})
        assert wrong.value.field == "relay.wait"
        with pytest.raises(ConfigInvalid) as unknown:
            await keyfob.do("settings.set", values={"servers.x.url": "https://evil.example"})
        assert unknown.value.field == "servers.x.url"
        assert home.paths.config_file.read_text() == text
        await keyfob.do("settings.set", values={"lock.idle": None})
        assert "idle" not in home.paths.config_file.read_text()
    assert "settings_changed" in [event["event"] for event in home.events()]


async def test_a_setting_that_allows_more_waits_for_a_yes_of_the_person(home: Home) -> None:
    prompter = RecordingPrompter(Decision(allow=False))
    async with running_engine(home, prompter) as keyfob:

        def ignore(_: object) -> None: ...

        async def asked(values: dict[str, object]) -> object:
            args = {"values": values}
            return await keyfob.engine.dispatch("settings.set", args, False, ignore)

        await asked({"lock.idle": 5})
        with pytest.raises(AccessDenied):
            await asked({"lock.screen": False})
        (prompt,) = prompter.asked
        assert isinstance(prompt, WideningPrompt)
        assert prompt.details == (("lock", "Keyfob locks itself later, or not at all"),)
        assert (await keyfob.do("settings.show"))["lock.screen"] is True


async def test_the_access_of_a_tool_is_switched_and_holds_for_the_next_call(home: Home) -> None:
    async with sdk_upstream("k") as upstream, running_engine(home) as keyfob:
        await keyfob.do("server.add", name="notes", url=upstream.url)
        await keyfob.do("connect", server="notes", method="api-key", secret="k")
        issued = await keyfob.token("cursor")
        tools = await keyfob.do("tool.list", server="notes", more=["echo"])
        assert [(one.name, one.pin, one.access) for one in tools] == [
            ("echo", "unpinned", Verdict.ASK)
        ]
        await keyfob.do("tool.access", server="notes", tool="echo", access="allow")
        async with keyfob.http_client("notes", issued.token) as client:
            assert not (await client.call_tool("echo", {"a": 1})).is_error
        await keyfob.do("tool.access", server="notes", tool="echo", client="cursor", access="deny")
        (own,) = await keyfob.do("tool.list", server="notes", client="cursor")
        assert (own.own, own.access) == (Verdict.DENY, Verdict.DENY)
        assert own.decided_by == "clients.cursor.servers.notes.tools.echo"
        async with keyfob.http_client("notes", issued.token) as client:
            with pytest.raises(Exception, match="may not"):
                await client.call_tool("echo", {"a": 1})
        await keyfob.do("tool.access", server="notes", tool="echo", client="cursor")
        await keyfob.do("tool.access", server="notes", tool="echo")
        assert "echo" not in home.paths.config_file.read_text()


async def test_a_removed_server_comes_back_with_its_comments_and_its_approved_tools(
    keychain: PrivateSecretService,
) -> None:
    prompter = RecordingPrompter(*[Decision(allow=True)] * 3)
    with new_home(keychain, pinning="ask") as home:
        async with sdk_upstream("k") as upstream, running_engine(home, prompter) as keyfob:
            await keyfob.do("server.add", name="notes", url=upstream.url)
            await keyfob.do("connect", server="notes", method="api-key", secret="k")
            file = home.paths.config_file
            file.write_text(file.read_text().replace("[servers", "# mine\n[servers"))
            issued = await keyfob.token("cursor")
            async with keyfob.http_client("notes", issued.token) as client:
                assert (await client.list_tools()).tools
            known = await keyfob.do("tool.list", server="notes")
            assert {one.pin for one in known} == {"approved"}
            text = file.read_text()

            removed = await keyfob.do("server.remove", name="notes")
            assert removed.what == "the server notes"
            assert "notes" not in (await keyfob.engine.status()).servers
            await keyfob.do("config.undo", id=removed.undo)

            assert file.read_text() == text
            assert await keyfob.do("tool.list", server="notes") == known
            with pytest.raises(UnknownName):
                await keyfob.do("config.undo", id=removed.undo)


async def test_a_removed_rule_comes_back_where_it_stood(home: Home) -> None:
    async with running_engine(home) as keyfob:
        for client in ("a", "b", "c"):
            await keyfob.do("rule.add", client=client, access="deny")
        text = home.paths.config_file.read_text()
        removed = await keyfob.do("rule.remove", id="r2")
        assert [rule.id for rule in await keyfob.do("rule.list")] == ["r1", "r3"]
        await keyfob.do("config.undo", id=removed.undo)
        assert home.paths.config_file.read_text() == text


async def test_the_log_is_followed_paged_counted_and_exported(home: Home, tmp_path: Path) -> None:
    async with running_engine(home) as keyfob:
        head = (await keyfob.do("audit.follow"))["head"]
        following = asyncio.ensure_future(keyfob.do("audit.follow", after=head, seconds=30))
        await keyfob.do("rule.add", client="cursor", access="deny")
        assert (await asyncio.wait_for(following, 5))["head"] > head
        news = await keyfob.do("audit.page", after=head)
        assert [event["event"] for event in news.events] == ["rule_added"]
        counts = await keyfob.do("audit.counts", since=1.0, slices=4)
        assert sum(counts.calls) == 0
        to = tmp_path / "audit.jsonl"
        done = await keyfob.do("audit.export", to=str(to), text="CURSOR")
        assert json.loads(to.read_text())["event"] == "rule_added"
        assert done.size == to.stat().st_size
        with pytest.raises(ConfigInvalid):
            await keyfob.do("audit.export", to="audit.jsonl")


async def test_only_the_window_exports_by_the_engine(home: Home, tmp_path: Path) -> None:
    async with running_engine(home):
        client = ControlClient(*await connect(endpoint(home.paths.control_socket, sys.platform)))
        try:
            with pytest.raises(UnknownName, match="window only"):
                await client.call("audit.export", {"to": str(tmp_path / "x")}, confirmed=True)
        finally:
            await client.close()
    assert not (tmp_path / "x").exists()
