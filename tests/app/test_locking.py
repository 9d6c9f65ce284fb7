"""Keyfob locked, opened, paused and resumed, as clients and their person see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from keyfob_core.errors import AccessDenied, ConfirmationNeeded, Locked, StoreLocked
from keyfob_core.prompts import AccessPrompt, Decision, Lasts, PassphrasePrompt, UnlockPrompt
from keyfob_core.states import AccountCondition, LatchCondition, LockedBy
from support.authorization_server import authorization_server
from support.engine import UNPINNED, Home, RunningEngine, running_engine
from support.eventually import eventually
from support.long_task import LongTask
from support.marked import mark
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter
from support.upstreams import SdkUpstream, scripted_upstream, sdk_upstream
from support.user_agent import UserAgent

KEY = mark("api-key")
PASSPHRASE = mark("passphrase")
LOCKED, PAUSED, AWAITED = -31018, -31019, -31002


@asynccontextmanager
async def keyfob_with_a_key(
    home: Home, prompter: RecordingPrompter | None = None, *, wait: int = 1, **options: Any
) -> AsyncGenerator[tuple[RunningEngine, SdkUpstream, str]]:
    """An engine with a server whose account has a key, and a client's token."""
    home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.config_file.write_text(f"{UNPINNED}[relay]\nwait = {wait}\n")
    async with (
        sdk_upstream() as upstream,
        running_engine(home, prompter or RecordingPrompter(), **options) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        key = {"method": "api-key", "secret": KEY, "check_key": False}
        await keyfob.do("connect", server="one", **key)
        yield keyfob, upstream, (await keyfob.token("client")).token


async def call(keyfob: RunningEngine, token: str, server: str = "one") -> dict[str, Any]:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "echo", "arguments": {"text": "x"}},
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "MCP-Protocol-Version": "2025-11-25",
    }
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as client:
        answer = await client.post(f"{keyfob.url}/s/{server}/mcp", json=body, headers=headers)
    return json.loads(answer.content)


def went_up(upstream: SdkUpstream) -> int:
    return sum(b"tools/call" in seen.body for seen in upstream.requests)


async def test_a_locked_keyfob_passes_no_call_and_uses_no_credential(home: Home) -> None:
    async with keyfob_with_a_key(home, RecordingPrompter(attended=False)) as (keyfob, up, token):
        await keyfob.add("without-account", up.url)
        await call(keyfob, token)
        passed = went_up(up)
        assert passed == 1
        latch = await keyfob.do("lock")
        assert (latch.condition, latch.locked_by) == (LatchCondition.LOCKED, LockedBy.PERSON)
        for server in ("one", "without-account"):
            refused = await call(keyfob, token, server)
            assert refused["error"]["code"] == LOCKED
            assert "keyfob unlock" in json.dumps(refused["error"])
        assert went_up(up) == passed
        status = await keyfob.engine.status()
        assert status.latch.condition is LatchCondition.LOCKED
        # What was known of the account is still shown, without the credential.
        assert status.accounts[0].condition is AccountCondition.HEALTHY
        await keyfob.do("unlock")
        await call(keyfob, token)
        assert went_up(up) == passed + 1
    names = [event["event"] for event in home.events()]
    assert names.index("locked") < names.index("unlocked")


async def test_a_task_rests_while_keyfob_is_locked_and_goes_on_after_that(home: Home) -> None:
    server = LongTask(KEY)
    async with (
        keyfob_with_a_key(home) as (keyfob, _, token),
        scripted_upstream(server) as upstream,
    ):
        await keyfob.add("long", upstream.url)
        await keyfob.do("connect", server="long", method="api-key", secret=KEY, check_key=False)
        waiting = asyncio.create_task(called_in_a_session(keyfob, token, "long"))
        await eventually(lambda: len(server.told) > 4)
        await keyfob.do("lock")
        told = len(server.told)
        # It takes as long as a call waits for the person: many looks.
        assert (await call(keyfob, token))["error"]["code"] == AWAITED
        assert len(server.told) <= told + 1
        assert not waiting.done()
        await keyfob.do("unlock")
        server.done = True
        assert (await waiting)["result"] == {"content": [], "isError": False}


async def called_in_a_session(keyfob: RunningEngine, token: str, server: str) -> dict[str, Any]:
    """The last message that answers a call of a client of 2025-11-25."""
    url = f"{keyfob.url}/s/{server}/mcp"
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
    }
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as client:
        shake = {"protocolVersion": "2025-11-25", "capabilities": {}}
        begun = await client.post(url, headers=headers, json=asking("initialize", **shake))
        headers |= {
            "Mcp-Session-Id": begun.headers["mcp-session-id"],
            "MCP-Protocol-Version": "2025-11-25",
        }
        said = asking("tools/call", name="long", arguments={})
        answer = await client.post(url, headers=headers, json=said)
        *_, last = answer.text.strip().splitlines()
    return json.loads(last.removeprefix("data: "))


def asking(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


async def test_a_call_asks_the_person_to_unlock_and_goes_on_with_the_yes(home: Home) -> None:
    async with keyfob_with_a_key(home, wait=30) as (keyfob, up, token):
        await keyfob.do("lock")
        calls = [asyncio.create_task(call(keyfob, token)) for _ in range(5)]
        prompt = await keyfob.prompter.prompted()
        assert isinstance(prompt, UnlockPrompt)
        assert "client" in prompt.text
        assert went_up(up) == 0
        keyfob.prompter.answer(ALLOW)
        for answer in await asyncio.gather(*calls):
            assert answer.get("error", {}).get("code") not in (LOCKED, AWAITED)
        assert went_up(up) == 5
        assert len(keyfob.prompter.asked) == 1


async def test_a_late_yes_unlocks_although_the_call_has_ended(home: Home) -> None:
    async with keyfob_with_a_key(home) as (keyfob, up, token):
        await keyfob.do("lock")
        awaited = await call(keyfob, token)
        assert awaited["error"]["code"] == AWAITED
        url = awaited["error"]["data"]["wait_url"]
        async with httpx2.AsyncClient(trust_env=False) as client:
            page = (await client.get(url)).text
        assert "Keyfob is locked" in page
        keyfob.prompter.answer(ALLOW)

        async def opened() -> bool:
            return (await keyfob.engine.status()).latch.condition is LatchCondition.OPEN

        await eventually(opened)
        await call(keyfob, token)
        assert went_up(up) == 1


@pytest.mark.parametrize("answer", [DENY, DISMISSED], ids=["no", "dismissed"])
async def test_without_a_yes_keyfob_stays_locked(home: Home, answer: Any) -> None:
    async with keyfob_with_a_key(home, wait=20) as (keyfob, up, token):
        await keyfob.do("lock")
        keyfob.prompter.answer(answer)
        assert (await call(keyfob, token))["error"]["code"] == LOCKED
        assert (await keyfob.engine.status()).latch.condition is LatchCondition.LOCKED
        assert went_up(up) == 0


async def test_an_answer_that_came_before_the_lock_does_not_pass_a_call_after_it(
    home: Home,
) -> None:
    async with keyfob_with_a_key(home, wait=30) as (keyfob, up, token):
        # Without an account nothing but the lock itself is in its way.
        await keyfob.do("server.add", name="asked", url=up.url)
        calling = asyncio.create_task(call(keyfob, token, "asked"))
        assert isinstance(await keyfob.prompter.prompted(), AccessPrompt)
        await keyfob.do("lock")
        keyfob.prompter.answer(ALLOW)
        assert (await calling)["error"]["code"] == LOCKED
        assert went_up(up) == 0


async def test_an_answer_until_the_lock_ends_with_it(home: Home) -> None:
    until_lock = Decision(allow=True, lasts=Lasts.UNTIL_LOCK)
    async with keyfob_with_a_key(home, wait=20) as (keyfob, up, token):
        for rule in await keyfob.do("rule.list"):
            await keyfob.do("rule.remove", id=rule.id)
        keyfob.prompter.answer(until_lock)
        for _ in range(3):
            await call(keyfob, token)
        assert (went_up(up), len(keyfob.prompter.asked)) == (3, 1)
        await keyfob.do("lock")
        await keyfob.do("unlock")
        keyfob.prompter.answer(DENY)
        assert (await call(keyfob, token))["error"]["code"] == -31001
        assert isinstance(await keyfob.prompter.prompted(2), AccessPrompt)
        assert went_up(up) == 3


async def test_a_lock_outlives_the_engine_and_asks_for_nothing_by_itself(home: Home) -> None:
    async with keyfob_with_a_key(home) as (keyfob, _, _):
        await keyfob.do("lock")
    async with running_engine(home) as keyfob:
        status = await keyfob.engine.status()
        assert status.latch.condition is LatchCondition.LOCKED
        assert keyfob.prompter.asked == []
        with pytest.raises(Locked):
            await keyfob.do("account.refresh", name="one")


async def test_no_other_program_opens_keyfob_where_a_person_is(home: Home) -> None:
    async with keyfob_with_a_key(home) as (keyfob, _, _):
        await keyfob.do("lock")
        keyfob.prompter.answer(DENY)
        with pytest.raises(Locked):
            await keyfob.engine.dispatch("unlock", {}, False, lambda _: None)
        await keyfob.do("unlock")
        await keyfob.do("pause")
        keyfob.prompter.answer(DENY)
        with pytest.raises(AccessDenied):
            await keyfob.engine.dispatch("resume", {}, False, lambda _: None)


async def test_where_no_window_is_a_terminal_says_the_yes(home: Home) -> None:
    prompter = RecordingPrompter(attended=False, answers_commands=False)
    async with keyfob_with_a_key(home, prompter) as (keyfob, _, _):
        for shut, opens in (("lock", "unlock"), ("pause", "resume")):
            await keyfob.do(shut)
            with pytest.raises(ConfirmationNeeded):
                await keyfob.engine.dispatch(opens, {}, False, lambda _: None)
            assert (await keyfob.do(opens)).condition is LatchCondition.OPEN


async def test_a_pause_refuses_calls_and_renews_tokens_all_the_same(home: Home) -> None:
    async with (
        authorization_server() as issuer,
        running_engine(home, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("one", issuer.url)
        await keyfob.do("connect", server="one")
        token = (await keyfob.token("client")).token
        await keyfob.do("pause", minutes=5)
        refused = await call(keyfob, token)
        assert refused["error"]["code"] == PAUSED
        assert keyfob.prompter.asked == []
        await keyfob.do("account.refresh", name="one")
        await keyfob.do("lock")
        with pytest.raises(Locked):
            await keyfob.do("account.refresh", name="one")


async def test_the_encrypted_files_passphrase_alone_opens_keyfob(home: Home) -> None:
    prompter = RecordingPrompter(answers_commands=False)
    async with keyfob_with_a_key(home, prompter, wait=20) as (keyfob, up, token):
        await keyfob.do("store.move", to="encrypted-file", passphrase=PASSPHRASE)
        await keyfob.do("lock")
        with pytest.raises(StoreLocked):
            await keyfob.do("unlock", passphrase="not the passphrase")
        prompter.answer(Decision(allow=True, text="nor this one"))
        assert (await call(keyfob, token))["error"]["code"] == -31005
        assert isinstance(prompter.asked[0], PassphrasePrompt)
        assert (await keyfob.engine.status()).latch.condition is LatchCondition.LOCKED
        prompter.answer(Decision(allow=True, text=PASSPHRASE))
        await call(keyfob, token)
        assert went_up(up) == 1
        await keyfob.do("lock")
        await keyfob.do("unlock", passphrase=PASSPHRASE)
        await call(keyfob, token)
        assert went_up(up) == 2
        assert len(prompter.asked) == 2


class Screen:
    """A screen that the test locks."""

    def __init__(self) -> None:
        self._told: Callable[[], None] | None = None

    async def __call__(self, told: Callable[[], None]) -> None:
        self._told = told
        await asyncio.Event().wait()

    async def lock(self) -> None:
        await eventually(lambda: self._told is not None)
        assert self._told is not None
        self._told()


async def test_the_screens_lock_locks_keyfob_unless_that_is_off(home: Home) -> None:
    screen, ignored = Screen(), Screen()
    async with keyfob_with_a_key(home, watch_screen=screen) as (keyfob, _, _):
        await screen.lock()
        latch = (await keyfob.engine.status()).latch
        assert (latch.condition, latch.locked_by) == (LatchCondition.LOCKED, LockedBy.SCREEN)
        await keyfob.do("unlock")
        text = home.paths.config_file.read_text()
        home.paths.config_file.write_text(text + "[lock]\nscreen = false\n")
        await keyfob.do("config.accept")
    async with running_engine(home, watch_screen=ignored) as keyfob:
        await ignored.lock()
        assert (await keyfob.engine.status()).latch.condition is LatchCondition.OPEN
