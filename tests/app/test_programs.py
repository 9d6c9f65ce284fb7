"""Servers that are programs, from the command that adds one to the clients that use it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import signal
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp_types import TextContent

from keyfob_core.accounts.credentials import encode
from keyfob_core.errors import ConfigInvalid, ConfirmationNeeded, CredentialMissing
from keyfob_core.prompts import Decision, WideningPrompt
from keyfob_core.states import AccountCondition, ServerState
from support import sdk_program
from support.engine import KEYFOB, UNPINNED, Home, RunningEngine, running_engine
from support.eventually import eventually
from support.marked import found, mark, processes
from support.node import FOLDER, run_node
from support.processes import asked, keyfob, keyfob_serve
from support.program_upstream import PROGRAM, gone
from support.prompter import ALLOW, RecordingPrompter
from support.token_owner import opened_store
from support.tokens import token as oauth_token

SDK = (sys.executable, str(Path(sdk_program.__file__)))
EVERYTHING = (
    "node",
    str(FOLDER / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
)
SECRET = mark("program-secret")
CALLED_PYTHON = Decision(allow=True, text="python tests")


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Generator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def add(keyfob: RunningEngine, *command: str, name: str = "tools", **changed: Any) -> None:
    """Add a program, and a rule for all its tools."""
    await keyfob.do("server.add", name=name, command=list(command), **changed)
    await keyfob.do("rule.add", server=name, access="allow")


async def with_secret(keyfob: RunningEngine, *command: str) -> None:
    """Add a program with the marked secret in its variable TOKEN."""
    await add(keyfob, *command, env={"TOKEN": "{secret}"})
    await keyfob.do("connect", server="tools", secret=SECRET)


async def answer_of(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> Any:
    result = await client.call_tool(tool, arguments or {})
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("door", ["http", "bridge"])
async def test_the_python_client_uses_a_program_of_the_python_sdk(
    home: Home, mode: str, door: str
) -> None:
    told: list[float] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async with running_engine(home, RecordingPrompter(CALLED_PYTHON)) as keyfob:
        await with_secret(keyfob, *SDK)
        issued = await keyfob.token("client")
        to_http = keyfob.http_client("tools", issued.token, mode)
        async with to_http if door == "http" else keyfob.stdio_client("tools", mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert tools == set(sdk_program.TOOLS)
            assert (await answer_of(client, "whoami"))["token"] == SECRET[-8:]
            counted = await client.call_tool("count", {"a": 1}, progress_callback=tell)
            assert not counted.is_error
            with pytest.raises(MCPError, match="The program tools ended"):
                await client.call_tool("die", {})
            assert (await answer_of(client, "echo", {"b": "ü"})) == {"b": "ü"}
        assert told == [1, 2, 3]
        assert {event["account"] for event in forwardings(home)} == {"tools"}


@pytest.mark.parametrize("door", ["http", "bridge"])
async def test_the_typescript_client_uses_npm_s_everything_server(home: Home, door: str) -> None:
    async with running_engine(home, RecordingPrompter(CALLED_PYTHON)) as keyfob:
        await add(keyfob, *EVERYTHING)
        issued = await keyfob.token("client")
        way: dict[str, Any] = {
            "url": f"{keyfob.url}/s/tools/mcp",
            "headers": {"Authorization": f"Bearer {issued.token}"},
        }
        if door == "bridge":
            command, *arguments = KEYFOB
            way = {
                "command": command,
                "args": [*arguments, "stdio", "tools"],
                "env": dict(home.environ),
            }
        call = {"tool": "trigger-long-running-operation", "arguments": {"duration": 1, "steps": 4}}
        answer = await run_node("mcp-client.mjs", {**way, **call})
        assert "error" not in answer, answer
        # The SDK's client drops the last step where the answer is close behind, also directly.
        assert answer["progress"] in ([1, 2, 3], [1, 2, 3, 4])
        assert {"echo", "get-sum", "get-env"} <= set(answer["tools"])
        if door == "bridge":
            # It ends the session of a client that has left.
            await eventually(lambda: nobody_runs(keyfob), within=20)


async def test_npm_s_everything_server_sees_none_of_our_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-person")
    async with running_engine(home) as keyfob:
        await add(keyfob, *EVERYTHING, env={"MODE": "plain"})
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            environment = await answer_of(client, "get-env")
    assert environment["MODE"] == "plain"
    assert not {"AWS_SECRET_ACCESS_KEY", "KEYFOB_HOME", "DBUS_SESSION_BUS_ADDRESS"} & set(
        environment
    )


async def test_a_program_that_is_killed_in_a_call_costs_that_call_alone(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await with_secret(keyfob, *PROGRAM)
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            pid = (await answer_of(client, "where"))["pid"]
            hanging = asyncio.create_task(client.call_tool("hang", {}))
            await eventually(lambda: "hang" in {event.get("tool") for event in forwardings(home)})
            await answer_of(client, "echo")
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(MCPError, match=r"The program tools ended \(by signal 9\)"):
                await hanging
            assert (await answer_of(client, "where"))["pid"] != pid
            assert (await answer_of(client, "env"))["TOKEN"] == SECRET


async def test_a_new_secret_renews_the_program_of_a_session_that_goes_on(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await with_secret(keyfob, *PROGRAM)
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            pid = (await answer_of(client, "where"))["pid"]
            assert (await answer_of(client, "env"))["TOKEN"] == SECRET
            await keyfob.do("connect", server="tools", secret="another-secret-of-the-person")
            assert (await answer_of(client, "env"))["TOKEN"] == "another-secret-of-the-person"
            assert (await answer_of(client, "where"))["pid"] != pid
    await gone(pid)


async def test_a_provider_s_token_goes_to_the_program_that_the_configuration_gives_it(
    home: Home,
) -> None:
    held = replace(oauth_token(access=mark("github-token"), life=None), resource=None)
    async with opened_store(home, "keychain") as store:
        await store.put("account/github-work", encode(held))
    home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.config_file.write_text(
        '[accounts.github-work]\nmethod = "oauth"\nprovider = "github"\n'
        f"[servers.tools]\ncommand = {json.dumps(PROGRAM)}\n"
        'env = { TOKEN = "{secret}" }\naccount = "github-work"\n'
        f'{UNPINNED}access = "allow"\n'
    )
    async with running_engine(home) as keyfob:
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            assert (await answer_of(client, "env"))["TOKEN"] == mark("github-token")


async def test_a_program_s_key_is_sent_to_no_address(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await with_secret(keyfob, *PROGRAM)
        await keyfob.add("other", "http://127.0.0.1:9/mcp")
        issued = await keyfob.token("client")
        config = home.paths.config_file
        text = config.read_text().replace("[servers.other]", '[servers.other]\naccount = "tools"')
        config.write_text(text)
        await keyfob.do("config.accept")
        async with httpx2.AsyncClient(trust_env=False) as http:

            async def refused() -> bool:
                answer = await http.post(
                    f"{keyfob.url}/s/other/mcp",
                    json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                    headers={"Authorization": f"Bearer {issued.token}"},
                )
                return "belongs to program:tools" in answer.json()["error"]["message"]

            await eventually(refused, within=10)


@pytest.mark.parametrize(
    ("verb", "name"),
    [("account.disconnect", "tools"), ("client.revoke", "client"), ("server.remove", "tools")],
)
async def test_a_program_ends_at_once_with_what_it_runs_for(
    home: Home, verb: str, name: str
) -> None:
    async with running_engine(home) as keyfob:
        await with_secret(keyfob, *PROGRAM)
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            pid = (await answer_of(client, "where"))["pid"]
            await keyfob.do(verb, name=name)
            await gone(pid)


async def test_adding_a_program_shows_the_person_all_of_it(home: Home) -> None:
    prompter = RecordingPrompter(ALLOW)
    async with running_engine(home, prompter) as keyfob:
        wanted = {
            "name": "tools",
            "command": ["npx", "-y", "a b", "\x1b[2J\u202e"],
            "env": {"MODE": "plain", "TOKEN": "x {secret}"},
            "secret_fd": True,
        }
        state = await keyfob.engine.dispatch("server.add", wanted, False, print)
        assert isinstance(state, ServerState)
        [prompt] = prompter.asked
        assert isinstance(prompt, WideningPrompt)
        shown = dict(prompt.details)
        assert shown["Command"] == "npx -y 'a b' '\u241b[2J\u27e8U+202E\u27e9'"
        told = [text for label, text in prompt.details if label == "Variable"]
        assert told == ["MODE=plain", "TOKEN=x {secret}"]
        assert "on your computer" in shown["What this allows"]
        assert (state.kind, state.secrets_wanted, state.variables) == (
            "program", 1, ("MODE", "TOKEN"),
        )  # fmt: skip
        # The same again is no question; another one of that name is refused.
        assert await keyfob.engine.dispatch("server.add", wanted, False, print) == state
        with pytest.raises(ConfigInvalid, match="already"):
            await keyfob.do("server.add", name="tools", command=["other"])
        added = [event for event in home.events() if event["event"] == "server_added"]
        assert "npx -y 'a b'" in added[0]["details"]["command"]


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"name": "x", "command": ["a"], "url": "https://x.example"}, "url"),
        ({"name": "x", "url": "https://x.example", "env": {"A": "b"}}, "env"),
        ({"name": "x"}, "url"),
        ({"name": "x", "command": ["a"], "env": {"PATH": "/tmp"}}, "env.PATH"),
        ({"name": "x", "command": ["a"], "env": {"LD_PRELOAD": "{secret}"}}, "env.LD_PRELOAD"),
        ({"name": "x", "command": ["a"], "env": {"NODE_OPTIONS": "x"}}, "env.NODE_OPTIONS"),
        ({"name": "x", "command": [" "]}, "command"),
        ({"name": "x", "command": ["a\0b"]}, "command"),
        ({"name": "x", "command": "a"}, "command"),
        ({"name": "../x", "command": ["a"]}, "name"),
    ],
)
async def test_a_program_that_cannot_be_is_refused_by_its_field(
    home: Home, args: dict[str, object], field: str
) -> None:
    async with running_engine(home, RecordingPrompter(answers_commands=False)) as keyfob:
        with pytest.raises(ConfigInvalid) as refused:
            await keyfob.do("server.add", **args)
        assert refused.value.field == field
        with pytest.raises(ConfirmationNeeded, match="let Keyfob run its program"):
            await keyfob.engine.dispatch(
                "server.add", {"name": "x", "command": ["a"]}, False, print
            )


async def test_a_program_s_secrets_are_stored_for_it_alone(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await add(keyfob, *PROGRAM, env={"A": "{secret2}-{secret}"})
        await add(keyfob, *PROGRAM, name="plain")
        for secret in ("one", "one\ntwo\nthree", ""):
            with pytest.raises(ConfigInvalid, match="2 secrets") as refused:
                await keyfob.do("connect", server="tools", secret=secret)
            assert refused.value.field == "secret"
        with pytest.raises(ConfigInvalid, match="given no secret") as refused:
            await keyfob.do("connect", server="plain", secret="one")
        place = {"kind": "header", "name": "X"}
        with pytest.raises(ConfigInvalid, match="means nothing to a program"):
            await keyfob.do("connect", server="tools", secret="one", placement=place)
        with pytest.raises(ConfigInvalid, match="no address to sign in at") as refused:
            await keyfob.do("connect", server="tools", method="oauth")
        assert refused.value.field == "provider"
        await keyfob.do("connect", server="tools", secret="one", parts=[{"secret": "two"}])
        assert "unchecked" in [step.name for step in keyfob.steps]
        connected = [event for event in home.events() if event["event"] == "account_connected"]
        assert connected[0]["details"]["origin"] == "program:tools"
        issued = await keyfob.token("client")
        async with keyfob.http_client("tools", issued.token, "legacy") as client:
            assert (await answer_of(client, "env"))["A"] == "two-one"
        states = {state.name: state for state in await keyfob.do("server.list")}
        assert states["tools"].account_condition is AccountCondition.HEALTHY
        assert states["plain"].account_condition is None
        assert not states["plain"].needs_account


async def test_a_call_for_a_program_without_its_secret_says_what_to_do(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await add(keyfob, *PROGRAM, env={"TOKEN": "{secret}"})
        issued = await keyfob.token("client")
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(
                f"{keyfob.url}/s/tools/mcp",
                json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}},
                headers={"Authorization": f"Bearer {issued.token}"},
            )
        error = answer.json()["error"]
        assert error["data"]["code"] == CredentialMissing.code
        assert "keyfob connect tools --secret-stdin" in error["message"]


async def test_no_secret_of_a_program_is_anywhere_but_with_it(
    home: Home, everything_logged: pytest.LogCaptureFixture
) -> None:
    printed: list[bytes] = []
    with processes() as watched:
        prompter = RecordingPrompter(answers_commands=False)
        async with running_engine(home, prompter) as engine:
            for words, stdin in (
                (("server", "add", "tools", "--secret-env", "TOKEN", "--yes", "--", *PROGRAM), ""),
                (("connect", "tools", "--secret-stdin", "--yes"), SECRET),
                (("rule", "add", "--server", "tools", "--access", "allow", "--yes"), ""),
                (("server", "list", "--json"), ""),
                (("status",), ""),
            ):
                code, out, complaints = await keyfob(home.environ, *words, stdin=stdin)
                assert code == 0, out + complaints
                printed += [out.encode(), complaints.encode()]
            issued = await engine.token("client")
            async with engine.http_client("tools", issued.token, "legacy") as client:
                given = await answer_of(client, "env")
                await answer_of(client, "leak")
                with pytest.raises(MCPError) as died:
                    await client.call_tool("die", {})
            await eventually(lambda: "the token is" in _log(home))
            printed.append(str(died.value).encode())
            for words in (("server", "log", "tools"), ("status", "--json")):
                _, out, complaints = await keyfob(home.environ, *words)
                printed += [out.encode(), complaints.encode()]
            states = [await engine.engine.status(), engine.steps, prompter.asked]
    assert given["TOKEN"] == SECRET
    assert b"the token is [secret]" in b"".join(printed)
    logged = [record.getMessage().encode() for record in everything_logged.records]
    # Its own environment is the one place; what looks like one of Keyfob's is not.
    others = [seen for seen in watched.seen if b"TOKEN=" + SECRET.encode() not in seen.split(b"\0")]
    assert len(others) < len(watched.seen)
    places = {
        "a file": [home.written()],
        "the log": logged,
        "what a command printed": printed,
        "a command line or another environment": others,
        "a repr": [repr(state).encode() for state in states],
    }
    assert [place for place, written in places.items() if found(SECRET, written)] == []


async def test_nothing_is_left_of_a_program_when_its_engine_is_killed(home: Home) -> None:
    """Not of one that ignores the end of its input and SIGTERM, nor of what that started."""
    stubborn = (*PROGRAM, "--ignore-eof", "--ignore-term")
    async with keyfob_serve(home) as engine:
        code, out, complaints = await keyfob(
            home.environ, "server", "add", "tools", "--yes", "--", *stubborn
        )
        assert code == 0, out + complaints
        await asked(home.environ, "rule", "add", "--server", "tools", "--access", "allow", "--yes")
        issued = await asked(home.environ, "client", "token", "client", "--yes")
        address = f"{(await asked(home.environ, 'status'))['url']}/s/tools/mcp"
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:

            async def call(tool: str) -> Any:
                meta = {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                }
                params = {"name": tool, "arguments": {}, "_meta": meta}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
                headers = {"Authorization": f"Bearer {issued['token']}"}
                answer = (await http.post(address, json=body, headers=headers)).json()
                return json.loads(answer["result"]["content"][0]["text"])

            where, limits, child = await call("where"), await call("limits"), await call("child")
        # Where the engine keeps its memory out of dumps, its programs do too.
        assert limits == {"core": [0, 0], "dumped": 0}
        assert where["descriptors"] == [0, 1, 2, 3]
        engine.kill()
        await engine.wait()
        for pid in (where["pid"], child):
            await gone(pid)


async def test_a_program_is_added_from_the_command_line_and_shown_as_typed(home: Home) -> None:
    command = (*PROGRAM, "--era", "a b", "--json")
    words = ("server", "add", "tools", "--env", "MODE=a b", "--yes", "--json", "--", *command)
    code, out, complaints = await keyfob(home.environ, *words)
    assert code == 0, complaints
    added = json.loads(out)
    assert added["command"] == list(command)
    assert added["account_condition"] is None
    code, out, _ = await keyfob(home.environ, "server", "list")
    assert code == 0
    assert shlex.join(command) in out
    assert 'env = {MODE = "a b"}' in home.paths.config_file.read_text()
    code, out, _ = await keyfob(home.environ, "status")
    assert "keyfob connect tools" not in out


def forwardings(home: Home) -> list[dict[str, Any]]:
    """The calls that the log has."""
    return [event for event in home.events() if event["event"] == "forwarding"]


async def nobody_runs(keyfob: RunningEngine) -> bool:
    [state] = await keyfob.do("server.list")
    return state.running == 0


def _log(home: Home) -> str:
    return (home.paths.program_logs / "tools.log").read_text()
