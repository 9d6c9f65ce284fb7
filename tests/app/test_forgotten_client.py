"""An authorization server that no longer knows the client it registered (invariant 10)."""

from __future__ import annotations

import asyncio
import time

import httpx2
import pytest

from keyfob_core.errors import SignInNeeded, UpstreamUnreachable
from keyfob_core.prompts import SignInPrompt
from keyfob_core.states import AccountCondition
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.prompter import RecordingPrompter
from support.user_agent import UserAgent

FORGETS = Behaviour(unknown_clients=("client-1",))


async def believe_that_it_forgot(keyfob: RunningEngine) -> None:
    with pytest.raises(UpstreamUnreachable):
        await keyfob.do("account.refresh", name="job")
    with pytest.raises(SignInNeeded):
        await keyfob.do("account.refresh", name="job")


async def condition(keyfob: RunningEngine) -> tuple[AccountCondition, str | None]:
    [account] = await keyfob.do("account.list")
    return account.condition, account.reason


def refreshed_as(server: AuthorizationServer) -> list[str]:
    """The clients that refresh tokens came with."""
    forms = [seen.form for seen in server.asked("/token")]
    return [form["client_id"] for form in forms if form["grant_type"] == "refresh_token"]


async def test_the_old_record_stays_until_a_new_registration_works(home: Home) -> None:
    browser = UserAgent()
    async with (
        authorization_server() as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        server.behaviour = Behaviour(unknown_clients=("client-1",), failing={"/register": 503})
        await believe_that_it_forgot(keyfob)
        how, why = await condition(keyfob)
        assert how is AccountCondition.NEEDS_YOU
        assert "no longer knows Keyfob" in (why or "")
        with pytest.raises(UpstreamUnreachable):
            await keyfob.do("connect", server="job")
        assert browser.urls[1:] == []

        # It knows us again: nothing of the old record was given away.
        server.behaviour = Behaviour()
        await keyfob.do("account.refresh", name="job")
        assert await condition(keyfob) == (AccountCondition.HEALTHY, None)
        assert set(refreshed_as(server)) == {"client-1"}

        server.behaviour = FORGETS
        await believe_that_it_forgot(keyfob)
        await keyfob.do("connect", server="job")
        await keyfob.do("account.refresh", name="job")
        assert await condition(keyfob) == (AccountCondition.HEALTHY, None)
    assert server.clients == ["client-1", "client-2"]
    assert len(browser.urls) == 2
    assert "client-1" not in browser.urls[1]
    assert refreshed_as(server)[-1] == "client-2"


async def test_a_registration_that_is_refused_is_made_once_and_the_old_record_stays(
    home: Home,
) -> None:
    async with (
        authorization_server() as server,
        running_engine(home, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        server.behaviour = Behaviour(unknown_clients=("client-1", "client-2"))
        await believe_that_it_forgot(keyfob)
        with pytest.raises(Exception, match="invalid_client"):
            await keyfob.do("connect", server="job")
        assert server.clients == ["client-1", "client-2"]
        server.behaviour = Behaviour()
        await keyfob.do("account.refresh", name="job")
        assert refreshed_as(server)[-1] == "client-1"


async def test_a_call_waits_out_one_mistake_and_asks_the_person_after_the_second(
    home: Home,
) -> None:
    ahead, prompter = 0.0, RecordingPrompter()
    async with (
        authorization_server() as server,
        running_engine(
            home, prompter, browser=UserAgent(), clock=lambda: time.time() + ahead
        ) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        issued = await keyfob.token("client")
        server.behaviour = FORGETS
        ahead = 3700.0
        assert await code(keyfob, issued.token) == UpstreamUnreachable.rpc_code
        assert await code(keyfob, issued.token) == UpstreamUnreachable.rpc_code
        assert len(refreshed_as(server)) == 1
        assert prompter.asked == []
        ahead += 30.0
        calling = asyncio.create_task(code(keyfob, issued.token))
        await eventually(lambda: bool(prompter.asked))
        [prompt] = prompter.asked
        assert isinstance(prompt, SignInPrompt)
        assert "no longer knows Keyfob" in prompt.reason
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


async def test_the_person_may_have_keyfob_register_again(home: Home) -> None:
    browser = UserAgent()
    async with (
        authorization_server() as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("job", server.url)
        await keyfob.do("connect", server="job")
        await keyfob.do("connect", server="job")
        assert server.clients == ["client-1"]
        await keyfob.do("connect", server="job", register_again=True)
        assert server.clients == ["client-1", "client-2"]
        await keyfob.do("account.refresh", name="job")
    assert refreshed_as(server) == ["client-2"]


async def code(keyfob: RunningEngine, token: str) -> object:
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.post(
            f"{keyfob.url}/s/job/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}},
            headers={"Authorization": f"Bearer {token}"},
        )
    return answer.json()["error"]["code"]
