"""Who Keyfob is at an authorization server: what a person brought, then our document, then new."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from keyfob_core.errors import OAuthFailed
from keyfob_core.states import AccountCondition
from support.authorization_server import Behaviour, authorization_server
from support.engine import UNPINNED, Home, running_engine
from support.eventually import eventually
from support.prompter import ALLOW, RecordingPrompter
from support.user_agent import UserAgent

DOCUMENT = "https://keyfob.example/client.json"


def published(home: Home) -> None:
    """The person says where their client ID metadata document lies."""
    home.paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.config_file.write_text(f'{UNPINNED}[oauth]\nclient_metadata_url = "{DOCUMENT}"\n')


def client_ids(browser: UserAgent) -> list[str]:
    return [parse_qs(urlsplit(url).query)["client_id"][0] for url in browser.urls]


@pytest.mark.parametrize(
    ("own", "reads", "expected"),
    [
        ("mine", True, "mine"),
        (None, True, DOCUMENT),
        (None, False, "client-1"),
    ],
    ids=["own", "document", "dynamic"],
)
async def test_an_own_client_comes_before_our_document_and_that_before_registering(
    home: Home, own: str | None, reads: bool, expected: str
) -> None:
    browser = UserAgent()
    published(home)
    async with (
        authorization_server(Behaviour(reads_client_metadata=reads)) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("job", server.url)
        state = await keyfob.do("connect", server="job", client_id=own)
        assert state.condition is AccountCondition.HEALTHY
        await keyfob.do("account.refresh", name="job")
    assert client_ids(browser) == [expected]
    assert server.clients == (["client-1"] if expected == "client-1" else [])
    forms = [seen.form["client_id"] for seen in server.asked("/token")]
    assert set(forms) == {expected}


async def test_a_sign_in_that_a_call_needs_keeps_to_the_same_order(home: Home) -> None:
    browser, prompter = UserAgent(), RecordingPrompter(ALLOW)
    published(home)
    async with (
        authorization_server(Behaviour(reads_client_metadata=True)) as server,
        running_engine(home, prompter, browser=browser) as keyfob,
    ):
        await keyfob.add("job", server.url)
        issued = await keyfob.token("client")
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
            calling = asyncio.create_task(
                http.post(
                    f"{keyfob.url}/s/job/mcp",
                    json={"jsonrpc": "2.0", "id": 1, "method": "ping"},
                    headers={"Authorization": f"Bearer {issued.token}"},
                )
            )
            await eventually(lambda: bool(server.asked("/token")))
            await calling
    assert client_ids(browser)[0] == DOCUMENT
    assert server.clients == []


async def test_where_nobody_can_register_the_redirect_is_ready_to_copy(home: Home) -> None:
    browser = UserAgent()
    async with (
        authorization_server(Behaviour(metadata={"registration_endpoint": None})) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("job", server.url)
        with pytest.raises(OAuthFailed) as refused:
            await keyfob.do("connect", server="job")
    assert refused.value.oauth_code == "registration_unavailable"
    assert "http://127.0.0.1/callback" in refused.value.hint
    assert "--client-id" in refused.value.hint
    assert browser.urls == []
