"""The demo's protected MCP server: a few tools that show whose token they were called with."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, BearerAuthBackend
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from keyfob_core.demo.guard import RequireScopes
from keyfob_core.demo.words import IDENTITY, NOTES, SCOPES
from keyfob_core.version import __version__

_NOTE_LENGTH = 500
_MOST_NOTES = 100
_MOST_STEPS = 50

Context = ServerRequestContext[Any, Request]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the server saw of one request that passed its door; holds no secret."""

    http_method: str
    header_names: tuple[str, ...]
    person: str
    client_id: str
    scopes: tuple[str, ...]


Seen = Callable[[Sighting], None]


class DemoTools:
    """The tools; notes are kept in memory, for each person apart."""

    def __init__(self) -> None:
        self._notes: defaultdict[str, list[str]] = defaultdict(list)

    async def list_tools(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        """Every tool, for every person."""
        return ListToolsResult(tools=_TOOLS)

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        """Call one tool as the person whose token came with the request."""
        tools: dict[str, Callable[[Context, Mapping[str, Any]], Awaitable[object]]] = {
            "whoami": self._whoami,
            "add_note": self._add_note,
            "list_notes": self._list_notes,
            "count": self._count,
        }
        tool = tools.get(params.name)
        try:
            if tool is None:
                raise ValueError(f"there is no tool named {params.name}")
            answer = await tool(context, params.arguments or {})
        except ValueError as error:
            return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
        return CallToolResult(content=[TextContent(text=json.dumps(answer, ensure_ascii=False))])

    async def _whoami(self, context: Context, _: Mapping[str, Any]) -> object:
        token = _user(context).access_token
        return {"person": token.subject, "client_id": token.client_id, "scopes": token.scopes}

    async def _add_note(self, context: Context, arguments: Mapping[str, Any]) -> object:
        text = arguments.get("text")
        if not isinstance(text, str) or not 0 < len(text) <= _NOTE_LENGTH:
            raise ValueError(f"text has to be 1 to {_NOTE_LENGTH} characters")
        notes = self._notes[_person(context)]
        if len(notes) >= _MOST_NOTES:
            raise ValueError(f"{_MOST_NOTES} notes are all that fit")
        notes.append(text)
        return {"notes": len(notes)}

    async def _list_notes(self, context: Context, _: Mapping[str, Any]) -> object:
        return {"notes": list(self._notes[_person(context)])}

    async def _count(self, context: Context, arguments: Mapping[str, Any]) -> object:
        steps = arguments.get("steps", 3)
        if not isinstance(steps, int) or not 0 < steps <= _MOST_STEPS:
            raise ValueError(f"steps has to be 1 to {_MOST_STEPS}")
        began = time.monotonic()
        for step in range(1, steps + 1):
            await context.session.report_progress(step, steps, f"step {step} of {steps}")
            await asyncio.sleep(0.05)
        return {"steps": steps, "milliseconds": round((time.monotonic() - began) * 1000)}


def mcp_server(url: str, issuer: str, verifier: TokenVerifier, seen: Seen) -> Starlette:
    """The protected server at `url`, whose tokens come from `issuer`; `seen` is told each call."""
    tools = DemoTools()
    server = Server[dict[str, Any]](
        "keyfob-demo",
        version=__version__,
        title="Keyfob demo tools",
        on_list_tools=tools.list_tools,
        on_call_tool=tools.call_tool,
    )
    address = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))
    resource = address.validate_python(url)
    host = f"{resource.host}:{resource.port}"
    security = TransportSecuritySettings(allowed_hosts=[host], allowed_origins=[f"http://{host}"])
    sessions = StreamableHTTPSessionManager(server, security_settings=security)
    guarded = RequireScopes(
        _Watched(StreamableHTTPASGIApp(sessions), seen),
        IDENTITY,
        MappingProxyType({"add_note": NOTES, "list_notes": NOTES}),
        str(build_resource_metadata_url(resource)),
    )
    metadata = create_protected_resource_routes(
        resource, [address.validate_python(issuer)], list(SCOPES), "Keyfob demo tools"
    )
    backend = BearerAuthBackend(verifier, resource_server_url=resource)
    return Starlette(
        routes=[*metadata, Route(resource.path or "/", endpoint=guarded)],
        middleware=[Middleware(AuthenticationMiddleware, backend=backend)],
        lifespan=lambda _: sessions.run(),
    )


class _Watched:
    """Tells of each request that came through the door."""

    def __init__(self, app: ASGIApp, seen: Seen) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = scope["user"].access_token
        names = tuple(name.decode("latin-1") for name, _ in scope["headers"])
        self._seen(
            Sighting(
                scope["method"], names, token.subject or "", token.client_id, tuple(token.scopes)
            )
        )
        await self._app(scope, receive, send)


def _user(context: Context) -> AuthenticatedUser:
    """Whose request this is: read from the request itself, since a session outlives a token."""
    user = context.request.user if context.request is not None else None
    if not isinstance(user, AuthenticatedUser):
        raise ValueError("the request carries no identity")
    return user


def _person(context: Context) -> str:
    return _user(context).access_token.subject or ""


def _tool(name: str, title: str, properties: Mapping[str, object], *required: str) -> Tool:
    return Tool(
        name=name,
        title=title,
        description=title + ".",
        input_schema={
            "type": "object",
            "properties": dict(properties),
            "required": list(required),
            "additionalProperties": False,
        },
        annotations=ToolAnnotations(read_only_hint=name != "add_note", destructive_hint=False),
    )


_TOOLS = [
    _tool("whoami", "Answer the identity that the server saw", {}),
    _tool(
        "add_note",
        "Keep a note",
        {"text": {"type": "string", "minLength": 1, "maxLength": _NOTE_LENGTH}},
        "text",
    ),
    _tool("list_notes", "List your notes", {}),
    _tool(
        "count",
        "Count slowly and tell the progress",
        {"steps": {"type": "integer", "minimum": 1, "maximum": _MOST_STEPS}},
    ),
]
