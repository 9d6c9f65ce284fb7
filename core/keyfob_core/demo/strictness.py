"""What the SDK's authorization routes leave out, put around them."""

from __future__ import annotations

from urllib.parse import parse_qs

from mcp.server.auth.provider import construct_redirect_uri
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class IssuerOnRedirects:
    """Adds `iss` to the redirects by which /authorize refuses (RFC 9207, section 2).

    Also refuses a request that leaves `code_challenge_method` out, which means `plain`
    (RFC 7636, section 4.3) and is taken for S256 by the SDK.
    """

    def __init__(self, app: ASGIApp, issuer: str) -> None:
        self._app = app
        self._issuer = issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def with_issuer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                location = headers.get("location")
                if location is not None and not location.startswith(self._issuer + "/"):
                    headers["location"] = construct_redirect_uri(location, iss=self._issuer)
            await send(message)

        await self._app(_without_plain(scope), receive, with_issuer)


class ResourceOnTokens:
    """Refuses a token request whose `resource` is missing or another's (RFC 8707, section 2.2)."""

    def __init__(self, app: ASGIApp, resource: str) -> None:
        self._app = app
        self._resource = resource

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None or _resources(body) != [self._resource]:
            error = {"error": "invalid_target", "error_description": "unknown resource"}
            await JSONResponse(error, 400, headers=_NO_STORE)(scope, receive, send)
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


def _without_plain(scope: Scope) -> Scope:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if "code_challenge_method" in query or "code_challenge" not in query:
        return scope
    return {**scope, "query_string": scope["query_string"] + b"&code_challenge_method=plain"}


async def _body(receive: Receive, limit: int = 64 * 1024) -> bytes | None:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            return None
    return bytes(body)


def _resources(body: bytes) -> list[str]:
    return parse_qs(body.decode("latin-1")).get("resource", [])
