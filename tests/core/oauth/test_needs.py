from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import USUAL
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.needs import look_at
from keyfob_core.states import Need, ServerNeeds


@asynccontextmanager
async def server(status: int, **metadata: Any) -> AsyncGenerator[str]:
    """An MCP server of that status; with metadata, its own authorization server as well."""

    async def mcp(request: web.Request) -> web.Response:
        return web.json_response({}, status=status)

    async def resource(request: web.Request) -> web.Response:
        origin = str(request.url.origin())
        return web.json_response({"resource": f"{origin}/mcp", "authorization_servers": [origin]})

    async def issuer(request: web.Request) -> web.Response:
        origin = str(request.url.origin())
        return web.json_response(
            {
                "issuer": origin,
                "authorization_endpoint": f"{origin}/authorize",
                "token_endpoint": f"{origin}/token",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                **{
                    name: f"{origin}{value}" if isinstance(value, str) else value
                    for name, value in metadata.items()
                },
            }
        )

    app = web.Application()
    app.router.add_route("*", "/mcp", mcp)
    if metadata:
        app.router.add_get("/.well-known/oauth-protected-resource/mcp", resource)
        app.router.add_get("/.well-known/oauth-authorization-server", issuer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/mcp"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "metadata", "need", "by_code"),
    [
        (200, {}, Need.NOTHING, False),
        (401, {"registration_endpoint": "/register"}, Need.SIGN_IN, False),
        (401, {"client_id_metadata_document_supported": True}, Need.SIGN_IN, False),
        (
            401,
            {"registration_endpoint": "/r", "device_authorization_endpoint": "/device"},
            Need.SIGN_IN,
            True,
        ),
        (401, {"revocation_endpoint": "/revoke"}, Need.OWN_APP, False),
        (400, {"registration_endpoint": "/register"}, Need.SIGN_IN, False),
        (401, {}, Need.KEY, False),
        (403, {}, Need.KEY, False),
        (400, {}, Need.UNKNOWN, False),
    ],
)
async def test_a_look_at_a_server_tells_what_it_needs(
    http: HttpClient, status: int, metadata: dict[str, Any], need: Need, by_code: bool
) -> None:
    async with server(status, **metadata) as url:
        found = await look_at(http, url, USUAL)
    issuer = url.removesuffix("/mcp") if need in (Need.SIGN_IN, Need.OWN_APP) else None
    assert found == ServerNeeds(need=need, issuer=issuer, by_code=by_code)


async def test_a_server_that_cannot_be_reached_needs_nothing_that_is_known(
    http: HttpClient,
) -> None:
    async with server(200) as url:
        pass
    with pytest.raises(UpstreamUnreachable):
        await look_at(http, url, USUAL)
