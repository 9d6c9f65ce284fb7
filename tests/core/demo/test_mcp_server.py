from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp_types import TextContent

from keyfob_core.demo.grants import Lifetimes
from keyfob_core.demo.mcp_server import Sighting
from keyfob_core.demo.servers import DemoServers, demo_servers
from keyfob_core.demo.user_agent import ScriptedPerson


class MemoryStorage:
    """Keeps what the official client's OAuth hands it."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@asynccontextmanager
async def callback() -> AsyncGenerator[tuple[str, asyncio.Queue[AuthorizationCodeResult]]]:
    """A loopback redirect and what arrives there."""
    arrived: asyncio.Queue[AuthorizationCodeResult] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        fields = parse_qs(urlsplit(head.split()[1].decode()).query)
        arrived.put_nowait(
            AuthorizationCodeResult(
                code=fields["code"][0], state=fields["state"][0], iss=fields["iss"][0]
            )
        )
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback", arrived


@asynccontextmanager
async def signed_in(
    servers: DemoServers, name: str, mode: str, storage: MemoryStorage
) -> AsyncGenerator[Client]:
    """The official client, signed in by its own OAuth as one of the demo's people."""
    async with callback() as (redirect, arrived), ScriptedPerson(name) as person:

        async def browse(url: str) -> None:
            await person(url)

        metadata = OAuthClientMetadata.model_validate(
            {"redirect_uris": [redirect], "token_endpoint_auth_method": "none"}
        )
        auth = OAuthClientProvider(
            servers.mcp_url,
            metadata,
            storage,
            redirect_handler=browse,
            callback_handler=arrived.get,
        )
        async with (
            httpx2.AsyncClient(auth=auth, trust_env=False) as http,
            Client(streamable_http_client(servers.mcp_url, http_client=http), mode=mode) as client,
        ):
            yield client


async def text(client: Client, tool: str, arguments: dict[str, object]) -> str:
    result = await client.call_tool(tool, arguments)
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_official_client_signs_in_and_is_told_who_it_is(mode: str) -> None:
    seen: list[Sighting] = []
    storage = MemoryStorage()
    async with (
        demo_servers(seen=seen.append) as servers,
        signed_in(servers, "Grace", mode, storage) as client,
    ):
        answer = json.loads(await text(client, "whoami", {}))
    assert storage.client is not None
    assert answer == {
        "person": "Grace",
        "client_id": storage.client.client_id,
        "scopes": ["identity", "notes"],
    }
    assert {sighting.person for sighting in seen} == {"Grace"}
    assert "authorization" in seen[-1].header_names


async def test_each_person_sees_only_their_own_notes() -> None:
    async with (
        demo_servers() as servers,
        signed_in(servers, "Ada", "auto", MemoryStorage()) as ada,
        signed_in(servers, "Grace", "legacy", MemoryStorage()) as grace,
    ):
        await text(ada, "add_note", {"text": "Analytical ⚙"})
        assert json.loads(await text(ada, "list_notes", {})) == {"notes": ["Analytical ⚙"]}
        assert json.loads(await text(grace, "list_notes", {})) == {"notes": []}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_counting_streams_its_progress(mode: str) -> None:
    told: list[tuple[float, float | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total))

    async with (
        demo_servers() as servers,
        signed_in(servers, "Ada", mode, MemoryStorage()) as client,
    ):
        await client.call_tool("count", {"steps": 3}, progress_callback=tell)
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("tool", "arguments"), [("add_note", {"text": ""}), ("count", {"steps": 0}), ("nothing", {})]
)
async def test_a_call_that_cannot_be_answers_an_error_in_words(
    tool: str, arguments: dict[str, object]
) -> None:
    async with (
        demo_servers() as servers,
        signed_in(servers, "Ada", "legacy", MemoryStorage()) as client,
    ):
        result = await client.call_tool(tool, arguments)
    assert result.is_error


async def test_a_challenge_says_where_the_metadata_is_and_what_to_ask_for() -> None:
    async with demo_servers() as servers, httpx2.AsyncClient(trust_env=False) as http:
        bare = await http.post(servers.mcp_url, json={})
        wrong = await http.post(servers.mcp_url, json={}, headers={"Authorization": "Bearer x"})
        place = bare.headers["www-authenticate"].split('resource_metadata="')[1].rstrip('"')
        metadata = (await http.get(place)).json()
    assert bare.status_code == wrong.status_code == 401
    assert 'scope="identity notes"' in bare.headers["www-authenticate"]
    assert "error=" not in bare.headers["www-authenticate"]
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert metadata["resource"] == servers.mcp_url
    assert metadata["authorization_servers"] == [servers.issuer]


async def test_a_token_without_the_tools_scope_is_told_which_one_is_missing() -> None:
    storage = MemoryStorage()
    async with (
        demo_servers() as servers,
        signed_in(servers, "Ada", "legacy", storage) as client,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        await text(client, "whoami", {})
        assert storage.client is not None
        assert storage.tokens is not None
        narrowed = await http.post(
            f"{servers.issuer}/token",
            data={
                "grant_type": "refresh_token",
                "client_id": storage.client.client_id,
                "refresh_token": storage.tokens.refresh_token or "",
                "scope": "identity",
                "resource": servers.mcp_url,
            },
        )
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add_note"}}
        token = narrowed.json()["access_token"]
        refused = await http.post(
            servers.mcp_url, json=call, headers={"Authorization": f"Bearer {token}"}
        )
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert 'scope="identity notes"' in refused.headers["www-authenticate"]


async def test_an_expired_token_is_refused_until_it_is_refreshed() -> None:
    storage = MemoryStorage()
    async with (
        demo_servers(Lifetimes(access=0.2)) as servers,
        signed_in(servers, "Ada", "legacy", storage) as _,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        assert storage.tokens is not None
        headers = {"Authorization": f"Bearer {storage.tokens.access_token}"}
        async with asyncio.timeout(5):
            while (await http.post(servers.mcp_url, json={}, headers=headers)).status_code != 401:
                pass


async def test_the_servers_close_within_a_second_while_a_stream_is_open() -> None:
    storage = MemoryStorage()
    seen: asyncio.Queue[Sighting] = asyncio.Queue()
    async with demo_servers(seen=seen.put_nowait) as servers:
        async with signed_in(servers, "Ada", "legacy", storage) as client:
            async with asyncio.timeout(5):
                while (await seen.get()).http_method != "GET":
                    pass
            assert await text(client, "list_notes", {})
            token = storage.tokens.access_token if storage.tokens else ""
            held = asyncio.create_task(hold_a_stream(servers, token))
            async with asyncio.timeout(5):
                while (await seen.get()).http_method != "GET":
                    pass
        began = time.monotonic()
    assert time.monotonic() - began < 1
    with pytest.raises(httpx2.HTTPError):
        await held


async def hold_a_stream(servers: DemoServers, token: str) -> None:
    """Open a session and read its stream to the end."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}}
    hello |= {"clientInfo": {"name": "holder", "version": "1"}}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as http:
        opened = await http.post(
            servers.mcp_url,
            json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        )
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        async with http.stream("GET", servers.mcp_url, headers=session) as stream:
            async for _ in stream.aiter_bytes():
                pass
