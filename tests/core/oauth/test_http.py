from __future__ import annotations

import asyncio

import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.oauth.http import HttpClient
from support.authorization_server import RFC8414, Behaviour, authorization_server
from support.networks import NoNetwork

PUBLIC = "https://mcp.example.com/mcp"


async def test_a_public_server_cannot_lead_us_to_this_machine(http: HttpClient) -> None:
    async with authorization_server() as server:
        with pytest.raises(OAuthFailed) as refused:
            await http.get(f"{server.origin}{RFC8414}", person_url=PUBLIC)
        with pytest.raises(OAuthFailed):
            await http.post(f"{server.origin}/token", person_url=PUBLIC, body=b"x", headers={})

        assert refused.value.oauth_code == "insecure_url"
        assert server.seen == []


async def test_a_name_is_judged_by_the_address_it_leads_to(http: HttpClient) -> None:
    async with authorization_server() as server:
        by_name = server.origin.replace("127.0.0.1", "localhost")
        with pytest.raises(OAuthFailed) as refused:
            await http.get(f"{by_name}{RFC8414}", person_url=PUBLIC)
        allowed = await http.get(f"{by_name}{RFC8414}", person_url="http://127.0.0.1:1/mcp")

        assert refused.value.oauth_code == "insecure_url"
        assert allowed.status == 200
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://mcp.example.com/token",
        "https://user:password@mcp.example.com/",
        "https://[/",
        "https://",
        "",
    ],
)
async def test_an_unsafe_address_is_not_fetched(http: HttpClient, url: str) -> None:
    with pytest.raises(OAuthFailed) as refused:
        await http.get(url, person_url=PUBLIC)

    assert refused.value.oauth_code == "insecure_url"


async def test_a_giant_answer_is_cut_off(http: HttpClient) -> None:
    async with authorization_server(Behaviour(metadata_giant=True)) as server:
        with pytest.raises(OAuthFailed) as refused:
            await http.get(f"{server.origin}{RFC8414}", person_url=server.url)

    assert refused.value.oauth_code == "bad_response"


async def test_an_answer_that_drips_for_ever_ends_in_time() -> None:
    http = HttpClient(NoNetwork(), seconds=0.3)
    async with authorization_server(Behaviour(metadata_drips=True)) as server:
        async with asyncio.timeout(3):
            with pytest.raises(UpstreamUnreachable):
                await http.get(f"{server.origin}{RFC8414}", person_url=server.url)


async def test_the_head_of_an_answer_is_read_without_waiting_for_its_body(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(metadata_drips=True)) as server:
        url = f"{server.origin}{RFC8414}"
        answer = await http.look("GET", url, person_url=server.url)

    assert answer.status == 200
    assert answer.body == b""


async def test_nobody_listening_is_unreachable(http: HttpClient) -> None:
    async with authorization_server() as server:
        url = server.url
    with pytest.raises(UpstreamUnreachable):
        await http.get(url, person_url=url)


async def test_a_redirect_within_the_origin_is_followed(http: HttpClient) -> None:
    behaviour = Behaviour(metadata_redirect="/.well-known/oauth-protected-resource/mcp")
    async with authorization_server(behaviour) as server:
        answer = await http.get(f"{server.origin}{RFC8414}", person_url=server.url)

    assert (answer.json_object() or {})["resource"] == server.url


async def test_a_circle_of_redirects_ends(http: HttpClient) -> None:
    async with authorization_server(Behaviour(metadata_redirect=RFC8414)) as server:
        answer = await http.get(f"{server.origin}{RFC8414}", person_url=server.url)

    assert answer.status == 302
    assert len(server.seen) == 4


async def test_a_redirect_to_another_origin_is_not_followed(http: HttpClient) -> None:
    async with authorization_server() as elsewhere:
        behaviour = Behaviour(metadata_redirect=f"{elsewhere.origin}{RFC8414}")
        async with authorization_server(behaviour) as server:
            answer = await http.get(f"{server.origin}{RFC8414}", person_url=server.url)

    assert answer.status == 302
    assert elsewhere.seen == []


async def test_a_post_is_never_redirected(http: HttpClient) -> None:
    async with authorization_server(Behaviour(metadata_redirect="/token")) as server:
        answer = await http.post(
            f"{server.origin}{RFC8414}", person_url=server.url, body=b"a=b", headers={}
        )

    assert answer.status == 302
    assert server.paths() == [RFC8414]
