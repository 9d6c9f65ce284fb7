"""HTTP APIs as servers, from the command to the call, through the real engine."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp_types import TextContent

from keyfob_core.errors import AccessDenied, ConfigInvalid, ConfirmationNeeded
from keyfob_core.prompts import ClientPrompt, Decision, WideningPrompt
from keyfob_core.states import AccountCondition
from keyfob_core.steps import Step
from support.engine import KEYFOB, Home, RunningEngine, running_engine
from support.oidc_provider import oidc_provider
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.protected_server import SCOPE
from support.rest_api import (
    BASIC,
    KEY_HEADER,
    KEY_QUERY,
    Asked,
    RestApi,
    as_yaml,
    document,
    rest_api,
    with_schemes,
)
from support.user_agent import UserAgent

SECRET = "marked-key-of-an-api-Zm9vYmFyYmF6cXV4"
CALLED_PYTHON = Decision(allow=True, text="python tests")


async def add(keyfob: RunningEngine, api: RestApi, **args: Any) -> Any:
    """Add the API with a rule for all its tools."""
    added = await keyfob.do("server.add", name="notes", **{"openapi": api.document_url, **args})
    await keyfob.do("rule.add", server="notes", access="allow")
    return added


async def command(keyfob: RunningEngine, **args: Any) -> Any:
    """A command of another program, which has not been said yes to."""
    steps: list[Step] = []
    return await keyfob.engine.dispatch(
        "server.add", {"name": "notes", **args}, False, steps.append
    )


def text_of(result: Any) -> str:
    [part] = result.content
    assert isinstance(part, TextContent)
    return part.text


@pytest.mark.parametrize(
    ("scheme", "extra", "where"),
    [
        (KEY_HEADER, {}, lambda one: one.header("x-api-key") == SECRET),
        (KEY_QUERY, {}, lambda one: one.path.endswith(f"?api_key={SECRET}")),
        (
            {"type": "http", "scheme": "bearer"},
            {},
            lambda one: one.header("authorization") == f"Bearer {SECRET}",
        ),
        (
            BASIC,
            {"placement": {"kind": "basic", "username": "ada"}},
            lambda one: (one.header("authorization") or "").startswith("Basic "),
        ),
    ],
    ids=["header", "query", "bearer", "basic"],
)
async def test_a_key_is_placed_as_the_document_says_and_written_nowhere(
    home: Home,
    caplog: pytest.LogCaptureFixture,
    scheme: dict[str, Any],
    extra: dict[str, Any],
    where: Any,
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with rest_api(where, **with_schemes("s", s=scheme)) as api:
            async with running_engine(home) as keyfob:
                added = await add(keyfob, api)
                assert added.api.tools > 5
                state = await keyfob.do(
                    "connect", server="notes", method="api-key", secret=SECRET, **extra
                )
                assert state.condition is AccountCondition.HEALTHY
                issued = await keyfob.token("client")
                async with keyfob.http_client("notes", issued.token) as client:
                    assert json.loads(text_of(await client.call_tool("listNotes", {})))
                    assert SECRET not in text_of(await client.call_tool("echo", {}))
                assert SECRET not in repr(await keyfob.do("status"))
            assert [one.path.partition("?")[0] for one in api.asked] == ["/v1/notes", "/v1/echo"]
            assert api.documents[0].header("x-api-key") is None
    assert SECRET.encode() not in home.written()
    ours = [r for r in caplog.records if r.name.startswith(("keyfob", "aiohttp", "fastmcp"))]
    assert not [record for record in ours if SECRET in record.getMessage()]


async def test_the_bridge_serves_an_api_as_well(home: Home) -> None:
    prompter = RecordingPrompter(CALLED_PYTHON)
    async with rest_api() as api, running_engine(home, prompter) as keyfob:
        await add(keyfob, api)
        for mode in ("auto", "legacy"):
            async with keyfob.stdio_client("notes", mode) as client:
                assert {tool.name for tool in (await client.list_tools()).tools} >= {"getNote"}
                assert (
                    json.loads(text_of(await client.call_tool("getNote", {"id": "5"})))["id"] == "5"
                )
    assert [type(prompt) for prompt in prompter.asked] == [ClientPrompt]
    assert {one.path for one in api.asked} == {"/v1/notes/5"}


async def test_the_windows_test_call_reaches_an_api(home: Home) -> None:
    async with rest_api() as api, running_engine(home) as keyfob:
        await add(keyfob, api)
        tools = await keyfob.do("server.tools", server="notes")
        assert "addNote" in {tool["name"] for tool in tools}
        answer = await keyfob.do(
            "server.call", server="notes", tool="addNote", arguments={"text": "a"}
        )
        assert answer["is_error"] is False
        [state] = (await keyfob.engine.status()).servers
        assert (state.url, state.openapi) == (api.url, api.document_url)


async def test_a_sign_in_by_oauth_is_found_at_the_api_itself(home: Home) -> None:
    browser = UserAgent()

    def allows(asked: Asked) -> bool:
        return (asked.header("authorization") or "").startswith("Bearer ey")

    async with (
        oidc_provider(scope=SCOPE) as provider,
        rest_api(allows) as api,
        running_engine(home, browser=browser) as keyfob,
    ):
        api.protect(provider.issuer, SCOPE)
        await add(keyfob, api)
        state = await keyfob.do("connect", server="notes")
        assert state.condition is AccountCondition.HEALTHY
        assert state.issuer == provider.issuer
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token) as client:
            assert json.loads(text_of(await client.call_tool("listNotes", {})))


async def test_a_person_sees_where_the_calls_go_before_they_say_yes(home: Home) -> None:
    elsewhere = [{"url": "https://api.elsewhere.example/v1"}]
    prompter = RecordingPrompter(DENY, ALLOW)
    changes = with_schemes("s", s=KEY_HEADER)
    async with (
        rest_api(servers=elsewhere, **changes) as api,
        running_engine(home, prompter) as keyfob,
    ):
        with pytest.raises(AccessDenied):
            await command(keyfob, openapi=api.document_url)
        assert await keyfob.do("server.list") == ()
        assert not (home.folder / "openapi").exists()
        await command(keyfob, openapi=api.document_url)
        [state] = await keyfob.do("server.list")
    assert state.url == "https://api.elsewhere.example/v1"
    prompt = prompter.asked[-1]
    assert isinstance(prompt, WideningPrompt)
    assert "https://api.elsewhere.example" in prompt.text
    assert api.origin in prompt.text
    details = dict(prompt.details)
    assert details["Calls go to"] == state.url
    assert details["Described by"] == api.document_url
    assert details["Its key stands in"] == "the header X-Api-Key"
    assert api.asked == []


async def test_the_yes_at_a_terminal_is_for_the_address_that_it_showed(home: Home) -> None:
    prompter = RecordingPrompter(answers_commands=False)
    async with (
        rest_api(servers=[{"url": "https://api.example"}]) as api,
        running_engine(home, prompter) as keyfob,
    ):
        with pytest.raises(ConfirmationNeeded) as needed:
            await command(keyfob, openapi=api.document_url)
        assert "https://api.example" in needed.value.message
        api.document["servers"] = [{"url": "https://evil.example"}]
        added = await keyfob.do("server.add", name="notes", openapi=api.document_url)
        assert added.url == "https://api.example"
        assert len(api.documents) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"servers": [{"url": "http://api.example"}]},
        {"servers": [{"url": "http://169.254.169.254"}]},
        {"swagger": "2.0"},
        {"components": {"schemas": {"A": {"$ref": "https://evil.example/a.json"}}}},
    ],
)
async def test_a_hostile_document_adds_nothing(home: Home, changes: dict[str, Any]) -> None:
    async with rest_api() as api, running_engine(home) as keyfob:
        api.document |= changes
        with pytest.raises(ConfigInvalid) as refused:
            await keyfob.do("server.add", name="notes", openapi=api.document_url)
        assert refused.value.hint
        assert await keyfob.do("server.list") == ()
    assert not (home.folder / "openapi").exists()
    assert len(api.documents) == 1


async def test_added_again_the_document_is_read_again_and_the_address_stays(home: Home) -> None:
    async with rest_api() as api, running_engine(home) as keyfob:
        await add(keyfob, api)
        paths = {"/notes": {"get": {"operationId": "newName"}}}
        api.document |= {"paths": paths, "servers": [{"url": "https://evil.example"}]}
        again = await keyfob.do("server.add", name="notes", openapi=api.document_url)
        assert (again.url, again.api.tools, again.api.url) == (api.url, 1, api.url)
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token) as client:
            await client.call_tool("newName", {})
        for other in (
            {"openapi": "/elsewhere"},
            {"openapi": api.document_url, "url": "https://b.c"},
        ):
            with pytest.raises(ConfigInvalid):
                await keyfob.do("server.add", name="notes", **other)
    assert [one.path for one in api.asked] == ["/v1/notes"]
    told = [event["event"] for event in home.events() if event.get("server") == "notes"]
    assert [event for event in told if event in ("server_added", "document_read")] == [
        "server_added",
        "document_read",
    ]


async def test_the_engine_starts_without_network_and_a_removed_api_leaves_nothing(
    home: Home,
) -> None:
    async with rest_api() as api, running_engine(home) as keyfob:
        await add(keyfob, api)
        issued = await keyfob.token("client")
    async with running_engine(home) as keyfob:
        async with keyfob.http_client("notes", issued.token) as client:
            assert "getNote" in {tool.name for tool in (await client.list_tools()).tools}
        await keyfob.do("server.remove", name="notes")
    assert list((home.folder / "openapi").iterdir()) == []
    assert len(api.documents) == 1


async def test_a_file_that_became_bad_is_told_in_the_list(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    async with rest_api() as api, running_engine(home) as keyfob:
        file.write_text(as_yaml(document(servers=[{"url": "https://api.example"}])), "utf-8")
        await add(keyfob, api, openapi=str(file), url=api.url)
        issued = await keyfob.token("client")
        file.write_text("not: a document", "utf-8")
        async with keyfob.http_client("notes", issued.token) as client:
            async with asyncio.timeout(10):
                while (await keyfob.do("server.list"))[0].reason is None:
                    await client.list_tools()
            assert json.loads(text_of(await client.call_tool("listNotes", {})))
        [state] = await keyfob.do("server.list")
    assert "not 3.0 or 3.1" in state.reason
    assert replace(state, reason=None).url == api.url


async def test_the_command_adds_an_api_in_a_process_of_its_own(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(as_yaml(document(servers=[{"url": "https://api.example"}])), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(*KEYFOB, "server", "add", "notes", "--openapi", "api.yaml", "--yes", "--json"),
        env=dict(home.environ),
        cwd=tmp_path,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    said = json.loads(out)
    assert (said["url"], said["openapi"]) == ("https://api.example", str(file))
    assert str(file) in home.paths.config_file.read_text("utf-8")
    assert len(list((home.folder / "openapi").iterdir())) == 1
