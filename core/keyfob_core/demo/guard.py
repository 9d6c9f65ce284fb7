"""The door of the demo's MCP server: who may pass, and how one is told what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LARGEST_BODY = 4 * 1024 * 1024


class RequireScopes:
    """Lets a request pass whose token carries what the request needs (RFC 6750, section 3).

    Without a token the challenge names no error and offers every scope; a tool that needs a scope
    the token lacks answers 403 with `insufficient_scope` and what to ask for, as MCP's
    authorization has it. `always` is needed by every request.
    """

    def __init__(
        self, app: ASGIApp, always: str, by_tool: Mapping[str, str], metadata_url: str
    ) -> None:
        self._app = app
        self._always = always
        self._by_tool = by_tool
        self._offered = [always, *sorted(set(by_tool.values()) - {always})]
        self._metadata_url = metadata_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        user = scope.get("user")
        if not isinstance(user, AuthenticatedUser):
            error = "invalid_token" if "authorization" in Headers(scope=scope) else None
            await self._refuse(401, error, self._offered)(scope, receive, send)
            return
        messages, needed = [], [self._always]
        if scope["method"] == "POST":
            messages = await _whole(receive)
            needed += self._needed_by(b"".join(m.get("body", b"") for m in messages))
        if not set(needed) <= set(user.scopes):
            await self._refuse(403, "insufficient_scope", needed)(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)

    def _needed_by(self, body: bytes) -> list[str]:
        try:
            message: Any = json.loads(body)
            tool = str(cast("dict[str, Any]", message)["params"]["name"])
        except (ValueError, KeyError, TypeError):
            return []
        return [self._by_tool[tool]] if tool in self._by_tool else []

    def _refuse(self, status: int, error: str | None, scopes: list[str]) -> JSONResponse:
        fields = {"error": error} if error else {}
        fields |= {"scope": " ".join(scopes), "resource_metadata": self._metadata_url}
        challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
        body = {"error": error or "unauthorized"}
        return JSONResponse(body, status, headers={"WWW-Authenticate": challenge})


async def _whole(receive: Receive) -> list[Message]:
    messages: list[Message] = []
    size = 0
    while size <= _LARGEST_BODY:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return messages
