"""The engine as a whole: its verbs, its states and its life."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest

from keyfob_core.control.client import ControlClient
from keyfob_core.errors import (
    AccessDenied,
    AuditUnavailable,
    ConfigInvalid,
    ConfirmationNeeded,
    EngineUnreachable,
    StoreLocked,
    UnknownName,
)
from keyfob_core.prompts import WideningPrompt
from keyfob_core.states import AccountCondition, Status, StoreCondition
from keyfob_core.system.sockets import Endpoint, EndpointKind, connect
from support.engine import Home, running_engine
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter
from support.secret_service import PrivateSecretService
from support.upstreams import sdk_upstream

URL = "http://127.0.0.1:9/mcp"
SECRET = "the-api-key-of-the-engine-tests"

KEY_FOR_KNOWN = {"server": "known", "method": "api-key", "secret": "k", "check_key": False}

WIDENING = [
    ("server.add", {"name": "new", "url": URL}),
    ("connect", KEY_FOR_KNOWN),
    ("client.token", {"name": "cursor"}),
    ("client.token", {"name": "cursor", "server": "known"}),
    ("rule.add", {"server": "known", "access": "allow"}),
    ("rule.remove", {"id": "r1"}),
]
"""Every command that allows more; r1 is a rule that denies."""


@dataclass
class Commands:
    """The control socket, as the command line uses it."""

    client: ControlClient
    steps: list[str] = field(default_factory=list[str])

    async def do(self, verb: str, *, yes: bool = False, **args: object) -> object:
        return await self.ask(verb, args, yes=yes)

    async def ask(self, verb: str, args: Mapping[str, object], *, yes: bool = False) -> object:
        return await self.client.call(
            verb, args, confirmed=yes, on_step=lambda step: self.steps.append(step.name)
        )


@asynccontextmanager
async def commands(home: Home) -> AsyncGenerator[Commands]:
    at = Endpoint(home.paths.control_socket, EndpointKind.UNIX)
    client = ControlClient(*await connect(at))
    try:
        yield Commands(client)
    finally:
        await client.close()


async def prepared(home: Home, prompter: RecordingPrompter) -> None:
    """A home with one server and one rule that denies."""
    async with running_engine(home, prompter) as keyfob:
        await keyfob.do("server.add", name="known", url=URL)
        await keyfob.do("rule.add", server="known", access="deny")


@pytest.mark.parametrize(("verb", "args"), WIDENING)
async def test_where_the_tray_app_runs_a_command_that_allows_more_is_answered_there(
    home: Home, verb: str, args: dict[str, object]
) -> None:
    await prepared(home, RecordingPrompter())
    prompter = RecordingPrompter(DENY, DISMISSED, ALLOW)
    before = home.paths.config_file.read_text()
    async with running_engine(home, prompter), commands(home) as at:
        for _ in ("denied", "dismissed"):
            with pytest.raises(AccessDenied):
                await at.ask(verb, args, yes=True)
            assert home.paths.config_file.read_text() == before
        await at.ask(verb, args, yes=True)
    assert [type(prompt) for prompt in prompter.asked] == [WideningPrompt] * 3


@pytest.mark.parametrize(("verb", "args"), WIDENING)
async def test_where_none_runs_the_terminal_or_yes_answers(
    home: Home, verb: str, args: dict[str, object]
) -> None:
    serving = RecordingPrompter(answers_commands=False)
    await prepared(home, serving)
    before = home.paths.config_file.read_text()
    async with running_engine(home, serving), commands(home) as at:
        with pytest.raises(ConfirmationNeeded):
            await at.ask(verb, args)
        assert home.paths.config_file.read_text() == before
        await at.ask(verb, args, yes=True)
    assert serving.asked == []


async def test_what_allows_less_acts_at_once(home: Home) -> None:
    await prepared(home, RecordingPrompter())
    prompter = RecordingPrompter()
    async with running_engine(home, prompter) as keyfob, commands(home) as at:
        await keyfob.token("cursor")
        await keyfob.do("rule.add", client="cursor", access="allow")
        await keyfob.do("connect", server="known", method="api-key", secret="k", check_key=False)
        await at.do("rule.add", client="cursor", access="deny")
        await at.do("rule.remove", id="r2")
        await at.do("client.revoke", name="cursor")
        await at.do("account.disconnect", name="known")
        await at.do("server.remove", name="known")
        status = await keyfob.engine.status()
    assert prompter.asked == []
    assert (status.servers, status.clients) == ((), ())


async def test_a_test_call_is_the_windows_alone(home: Home) -> None:
    async with running_engine(home), commands(home) as at:
        for verb in ("server.call", "server.tools"):
            with pytest.raises(UnknownName, match="from Keyfob's window only"):
                await at.do(verb, yes=True, server="known", tool="t")


@pytest.mark.parametrize(
    ("verb", "args", "error"),
    [
        ("nonsense", {}, UnknownName),
        ("status", {"extra": 1}, ConfigInvalid),
        ("server.add", {"name": "a b", "url": URL}, ConfigInvalid),
        ("server.add", {"name": "a"}, ConfigInvalid),
        ("server.add", {"name": "a", "url": "javascript:x"}, ConfigInvalid),
        ("server.remove", {"name": "nope"}, UnknownName),
        ("connect", {"server": "nope"}, UnknownName),
        ("connect", {"server": "known", "method": "magic"}, ConfigInvalid),
        ("connect", {"server": "known", "method": "api-key"}, ConfigInvalid),
        ("connect", {"server": "known", "method": "api-key", "secret": "a\nb"}, ConfigInvalid),
        ("connect", {"server": "known", "scopes": "all"}, ConfigInvalid),
        ("client.token", {"name": "Keyfob"}, ConfigInvalid),
        ("client.token", {"name": "x", "server": "nope"}, UnknownName),
        ("client.token", {"name": "x", "server": ""}, ConfigInvalid),
        ("client.revoke", {"name": "nope"}, UnknownName),
        ("rule.add", {"access": "maybe"}, ConfigInvalid),
        ("rule.add", {"access": "deny", "hours": 0}, ConfigInvalid),
        ("rule.add", {"access": "deny", "hours": 10**9}, ConfigInvalid),
        ("rule.add", {"access": "deny", "server": "nope"}, UnknownName),
        ("rule.add", {"access": "allow", "client": ""}, ConfigInvalid),
        ("rule.add", {"access": "allow", "server": ""}, ConfigInvalid),
        ("rule.add", {"access": "allow", "server": "known", "group": ""}, ConfigInvalid),
        ("rule.add", {"access": "allow", "server": "known", "tool": ""}, ConfigInvalid),
        ("rule.remove", {"id": "r99"}, UnknownName),
        ("account.refresh", {"name": "nope"}, UnknownName),
        ("audit.tail", {"count": "many"}, ConfigInvalid),
        ("audit.tail", {"count": 10**20}, ConfigInvalid),
        ("pause", {"minutes": 10**12}, ConfigInvalid),
        ("connect", {**KEY_FOR_KNOWN, "expires_days": 10**9}, ConfigInvalid),
        ("audit.query", {"event": "refusd"}, ConfigInvalid),
        ("audit.query", {"since": "yesterday"}, ConfigInvalid),
        ("rule.add", {"access": "deny", "group": "admin"}, ConfigInvalid),
        ("rule.add", {"access": "deny", "server": "known", "group": "nope"}, UnknownName),
        ("explain", {"client": "zed"}, ConfigInvalid),
        ("explain", {"client": "zed", "server": "nope"}, UnknownName),
    ],
)
async def test_bad_input_is_refused_by_name_and_nothing_changes(
    home: Home, verb: str, args: dict[str, object], error: type[Exception]
) -> None:
    await prepared(home, RecordingPrompter())
    before = home.paths.config_file.read_text()
    serving = RecordingPrompter(answers_commands=False)
    async with running_engine(home, serving), commands(home) as at:
        with pytest.raises(error):
            await at.ask(verb, args, yes=True)
    assert home.paths.config_file.read_text() == before


async def test_a_secret_without_its_method_is_refused_with_both_ways_it_may_be_meant(
    home: Home,
) -> None:
    await prepared(home, RecordingPrompter())
    async with running_engine(home) as keyfob:
        with pytest.raises(ConfigInvalid) as refused:
            await keyfob.do("connect", server="known", secret="k")
    assert "--method api-key" in refused.value.hint
    assert "--client-id" in refused.value.hint


async def test_an_address_of_a_known_server_is_not_changed_behind_its_account(home: Home) -> None:
    await prepared(home, RecordingPrompter())
    async with running_engine(home) as keyfob:
        with pytest.raises(ConfigInvalid):
            await keyfob.do("server.add", name="known", url="http://127.0.0.1:10/mcp")


async def test_a_second_engine_is_refused_and_the_first_one_goes_on(home: Home) -> None:
    async with running_engine(home) as first:
        with pytest.raises(EngineUnreachable):
            async with running_engine(home):
                pass
        async with commands(home) as at:
            assert await at.do("engine.info")
        assert first.url


async def test_a_taken_port_is_a_state_with_a_warning_about_tokens(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        home.paths.config_file.write_text(f"[relay]\nport = {taken.getsockname()[1]}\n")
        async with running_engine(home, port=None) as keyfob:
            status = await keyfob.engine.status()
    assert status.url is None
    assert status.problem
    assert "may have received client tokens" in status.problem


async def test_listeners_are_told_of_a_change(home: Home) -> None:
    told: list[Status] = []
    async with running_engine(home) as keyfob:
        end = keyfob.engine.subscribe(told.append)
        await keyfob.do("server.add", name="known", url=URL)
        await eventually(lambda: bool(told) and bool(told[-1].servers))
        end()
        before = len(told)
        await keyfob.do("server.remove", name="known")
        assert (await keyfob.engine.status()).servers == ()
    assert len(told) == before


async def test_a_configuration_changed_by_hand_is_read_again_and_a_broken_one_is_not(
    home: Home,
) -> None:
    async with running_engine(home) as keyfob:
        home.paths.config_file.write_text(f'[servers.mine]\nurl = "{URL}"\n')

        async def names() -> list[str]:
            return [server.name for server in (await keyfob.engine.status()).servers]

        async def is_read() -> bool:
            return (await keyfob.engine.status()).unaccepted != ()

        await eventually(is_read, within=10)
        assert await names() == []
        await keyfob.do("config.accept")
        assert await names() == ["mine"]
        home.paths.config_file.write_text("[servers.mine]\nurl = 3\n")

        async def is_told() -> bool:
            return "servers.mine.url" in ((await keyfob.engine.status()).problem or "")

        await eventually(is_told, within=10)
        assert await names() == ["mine"]


async def test_a_locked_keychain_is_a_state_and_its_unlock_is_noticed(
    home: Home, keychain: PrivateSecretService
) -> None:
    async with sdk_upstream(SECRET) as upstream:
        async with running_engine(home) as keyfob:
            await keyfob.add("known", upstream.url)
            await keyfob.do("connect", server="known", method="api-key", secret=SECRET)
            issued = await keyfob.token("cursor")
        upstream.requests.clear()
        keychain.lock()
        try:
            async with running_engine(home) as keyfob:
                status = await keyfob.engine.status()
                assert status.store.condition is StoreCondition.LOCKED
                assert status.store.hint
                assert status.accounts[0].condition is not AccountCondition.HEALTHY
                async with httpx2.AsyncClient(trust_env=False) as http:
                    refused = await http.post(
                        f"{keyfob.url}/s/known/mcp",
                        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
                        headers={"Authorization": f"Bearer {issued.token}"},
                    )
                assert refused.json()["error"]["code"] == StoreLocked.rpc_code
                assert refused.json()["error"]["data"]["hint"]
                assert upstream.requests == []
                keychain.unlock()

                async def is_open() -> bool:
                    state = await keyfob.engine.status()
                    return state.accounts[0].condition is AccountCondition.HEALTHY

                await eventually(is_open, within=10)
                async with keyfob.http_client("known", issued.token) as client:
                    await client.list_tools()
        finally:
            keychain.unlock()
    assert set(upstream.authorizations) == {f"Bearer {SECRET}"}


async def test_a_keychain_that_does_not_answer_holds_up_neither_start_nor_window(
    home: Home, keychain: PrivateSecretService
) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("server.add", name="known", url=URL)
        await keyfob.do("connect", server="known", method="api-key", secret=SECRET, check_key=False)
    keychain.freeze()
    try:
        async with asyncio.timeout(30), running_engine(home) as keyfob:
            assert keyfob.url
            status = await keyfob.engine.status()
            assert status.store.condition is not StoreCondition.READY
            assert status.accounts[0].condition is not AccountCondition.HEALTHY
            keychain.thaw()

            async def is_open() -> bool:
                state = await keyfob.engine.status()
                return state.accounts[0].condition is AccountCondition.HEALTHY

            await eventually(is_open, within=15)
    finally:
        keychain.thaw()


async def test_the_window_makes_a_test_call_through_the_relay_like_any_client(home: Home) -> None:
    async with sdk_upstream(SECRET) as upstream, running_engine(home) as keyfob:
        await keyfob.do("server.add", name="known", url=upstream.url)
        await keyfob.do("connect", server="known", method="api-key", secret=SECRET)
        tools = await keyfob.do("server.tools", server="known")
        assert [tool["name"] for tool in tools] == ["echo", "progress", "fail"]
        answer = await keyfob.do("server.call", server="known", tool="echo", arguments={"a": 1})
        assert answer == {"text": '{"a": 1}', "is_error": False}
        failed = await keyfob.do("server.call", server="known", tool="fail", arguments={})
        assert failed["is_error"]
        events = await keyfob.do("audit.tail", count=100)
    calls = [event for event in events if event.get("tool") == "echo"]
    assert [event["event"] for event in calls] == ["forwarding", "outcome"]
    assert {event["client"] for event in calls} == {"Keyfob"}
    assert keyfob.prompter.asked == []


async def test_everything_that_was_done_is_in_the_log_and_the_log_verifies(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("server.add", name="known", url=URL)
        await keyfob.do("connect", server="known", method="api-key", secret=SECRET, check_key=False)
        await keyfob.token("cursor")
        await keyfob.do("rule.add", access="deny")
        await keyfob.do("rule.remove", id="r1")
        await keyfob.do("client.revoke", name="cursor")
        await keyfob.do("account.disconnect", name="known")
        await keyfob.do("server.remove", name="known")
        told = {event["event"] for event in await keyfob.do("audit.tail", count=100)}
        verified = await keyfob.do("audit.verify")
    assert told >= {
        "engine_started",
        "server_added",
        "account_connected",
        "client_token_issued",
        "rule_added",
        "rule_removed",
        "client_revoked",
        "account_disconnected",
        "server_removed",
        "decision",
    }
    assert verified.ok, verified
    async with running_engine(home) as keyfob:
        assert (await keyfob.do("audit.verify")).ok
    assert SECRET.encode() not in home.written()


async def test_stop_ends_the_engine_for_whoever_waits(home: Home) -> None:
    async with running_engine(home) as keyfob, commands(home) as at:
        waiting = asyncio.create_task(keyfob.engine.until_stopped())
        await at.do("engine.stop")
        async with asyncio.timeout(5):
            await waiting


async def test_what_allows_less_works_while_the_keychain_is_shut(
    home: Home, keychain: PrivateSecretService
) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("server.add", name="known", url=URL)
        issued = await keyfob.token("cursor")
    keychain.lock()
    try:
        async with running_engine(home, RecordingPrompter(answers_commands=False)) as keyfob:
            await keyfob.do("rule.add", server="known", access="deny")
            await keyfob.do("client.revoke", name=issued.client)
            with pytest.raises(AuditUnavailable):
                await keyfob.do("client.token", name="zed")
            status = await keyfob.engine.status()
            rules = await keyfob.do("rule.list")
    finally:
        keychain.unlock()
    assert [rule.access for rule in rules] == ["deny"]
    assert status.clients == ()


async def test_a_running_engine_explains_queries_and_copies_to_syslog(home: Home) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        await prepared(home, RecordingPrompter())
        target = f"udp://127.0.0.1:{server.getsockname()[1]}"
        with home.paths.config_file.open("a") as file:
            file.write(f'\n[audit]\nsyslog = "{target}"\n')
        async with running_engine(home) as keyfob:
            told = await keyfob.do("explain", client="zed", server="known", tool="echo")
            added = await keyfob.do("audit.query", event="server_added", server="known")
            none = await keyfob.do("audit.query", event="server_added", server="other")
        received = [json.loads(server.recv(4096).partition(b": ")[2]) for _ in range(2)]
    assert (told.access.by, told.access.value) == ("rule r1", "deny")
    assert [event["event"] for event in added] == ["server_added"]
    assert none == ()
    assert [event["event"] for event in received] == ["engine_started", "engine_stopped"]
