"""A real MCP server that is held to one revision of the protocol, with something of everything."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keyfob_core.demo.serving import listening, origin_of_listener, serving

MODERN = "2026-07-28"
HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
REVISIONS = (*HANDSHAKES, MODERN)
MEMO = "memo://one"

Context = ServerRequestContext[Any, Any]


@dataclass
class EraServer:
    """The running server, and what it saw."""

    revision: str
    """The one revision that it speaks, or `dual` for all of them."""
    url: str = ""
    token: str | None = None
    """What its requests have to bear; they are refused with 401 where it differs."""
    seen: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    """HTTP method and JSON-RPC method of each request that was let in."""
    called: list[str] = field(default_factory=list[str])
    """Each call that was carried out."""
    refused: int = 0
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call of `wait` has begun."""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call of `wait` was cancelled."""
    levels: list[str] = field(default_factory=list[str])
    subscribed: list[str] = field(default_factory=list[str])
    unsubscribed: list[str] = field(default_factory=list[str])
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)

    @property
    def methods(self) -> list[str | None]:
        """The JSON-RPC methods of what was let in; None for a GET and a DELETE."""
        return [method for _, method in self.seen]


class _Server(Server[dict[str, Any]]):
    def create_initialization_options(self, *args: Any, **options: Any) -> InitializationOptions:
        changes = NotificationOptions(
            prompts_changed=True, resources_changed=True, tools_changed=True
        )
        return super().create_initialization_options(changes)


@asynccontextmanager
async def era_server(
    revision: str, *, json_response: bool = False, stateless: bool = False
) -> AsyncGenerator[EraServer]:
    """Serve over HTTP."""
    kept = EraServer(revision)
    sessions = StreamableHTTPSessionManager(
        _built(kept), json_response=json_response, stateless=stateless
    )
    with listening() as listener:
        kept.url = f"{origin_of_listener(listener)}/mcp"
        app = Starlette(
            routes=[Route("/mcp", Held(StreamableHTTPASGIApp(sessions), kept))],
            lifespan=lambda _: sessions.run(),
        )
        async with serving(app, listener):
            yield kept


class Held:
    """Holds the SDK's server, which speaks every revision, to one of them."""

    def __init__(self, app: ASGIApp, kept: EraServer) -> None:
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive) if scope["method"] == "POST" else b""
        message = json.loads(body) if body else {}
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        kept = self._kept
        if kept.token is not None and headers.get("authorization") != f"Bearer {kept.token}":
            kept.refused += 1
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            await Response("", 401, challenge)(scope, receive, send)
            return
        method = message.get("method") if isinstance(message, dict) else None
        kept.seen.append((scope["method"], method))
        refusal = self._refusal(scope["method"], headers.get("mcp-protocol-version"), message)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if method == "initialize" and kept.revision != "dual":
            message["params"]["protocolVersion"] = kept.revision
            body = json.dumps(message).encode()
            scope["headers"] = [(k, v) for k, v in scope["headers"] if k != b"content-length"]
            scope["headers"].append((b"content-length", str(len(body)).encode()))
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)

    def _refusal(self, http_method: str, version: str | None, message: Any) -> Response | None:
        if self._kept.revision == "dual":
            return None
        if self._kept.revision == MODERN:
            if http_method != "POST":
                return Response("", 405, {"Allow": "POST"})
            if version in (None, *HANDSHAKES):
                return _error(message, 400, -32020, "MCP-Protocol-Version is missing or too old.")
            return None
        if version is not None and version not in HANDSHAKES:
            # In the words of the SDKs of that time.
            return _error({}, 400, -32000, f"Bad Request: Unsupported protocol version {version}")
        return None


def _error(message: Any, status: int, code: int, text: str) -> JSONResponse:
    error = {"code": code, "message": text}
    return JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


def _built(kept: EraServer) -> Server[dict[str, Any]]:
    handlers = _Handlers(kept)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        return _Server(  # pyright: ignore[reportDeprecated]
            "era-server",
            version="1.0",
            instructions="Ask kindly.",
            on_list_tools=handlers.list_tools,
            on_call_tool=handlers.call_tool,
            on_list_resources=handlers.list_resources,
            on_list_resource_templates=handlers.list_templates,
            on_read_resource=handlers.read_resource,
            on_subscribe_resource=handlers.subscribe,
            on_unsubscribe_resource=handlers.unsubscribe,
            on_subscriptions_listen=ListenHandler(kept.bus),
            on_list_prompts=handlers.list_prompts,
            on_get_prompt=handlers.get_prompt,
            on_completion=handlers.complete,
            on_set_logging_level=handlers.set_level,
        )


@dataclass
class _Handlers:
    kept: EraServer

    async def list_tools(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        plain: dict[str, Any] = {"type": "object"}
        region = {"type": "object", "properties": {"region": _REGION}}
        names = ("echo", "progress", "ask", "change", "update", "log", "wait", "fail")
        tools = [types.Tool(name=name, input_schema=plain) for name in names]
        return types.ListToolsResult(tools=[*tools, types.Tool(name="routed", input_schema=region)])

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        answered = params.input_responses is not None
        if not answered:
            self.kept.called.append(params.name)
        match params.name:
            case "progress":
                for step in (1, 2, 3):
                    await context.session.report_progress(step, 3, f"step {step}")
            case "ask":
                return await self._ask(context, params)
            case "change":
                await self._change(context)
            case "update":
                await self._update(context)
            case "log":
                await _log(context)
            case "wait":
                await self._wait()
            case "fail":
                return _said("failed as asked", is_error=True)
            case _:
                pass
        return _said(json.dumps(params.arguments or {}, ensure_ascii=False, sort_keys=True))

    async def _ask(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        wanted = _wanted(context)
        if context.protocol_version == MODERN:
            if params.input_responses is None and wanted:
                return types.InputRequiredResult(input_requests=wanted, request_state="s1")
            assert params.request_state in ("s1", None)
            answers: dict[str, Any] = dict(params.input_responses or {})
        else:
            answers = {}
            for name, request in wanted.items():
                answers[name] = await _asked(context, name, request)
        return _said(json.dumps({name: _told(one) for name, one in answers.items()}))

    async def _change(self, context: Context) -> None:
        if context.protocol_version == MODERN:
            await self.kept.bus.publish(ToolsListChanged())
        else:
            await context.session.send_tool_list_changed()

    async def _update(self, context: Context) -> None:
        if context.protocol_version == MODERN:
            await self.kept.bus.publish(ResourceUpdated(MEMO))
        else:
            await context.session.send_resource_updated(MEMO)

    async def _wait(self) -> None:
        self.kept.entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.kept.cancelled.set()

    async def list_resources(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[types.Resource(uri=MEMO, name="one")])

    async def list_templates(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(uri_template="memo://{name}", name="memos")
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        if params.uri != MEMO:
            code = -32602 if context.protocol_version == MODERN else -32002
            raise MCPError(code, "Resource not found", {"uri": params.uri})
        remembered = types.TextResourceContents(uri=MEMO, text="remember")
        return types.ReadResourceResult(contents=[remembered])

    async def subscribe(
        self, _: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        self.kept.subscribed.append(params.uri)
        return types.EmptyResult()

    async def unsubscribe(
        self, _: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        self.kept.unsubscribed.append(params.uri)
        return types.EmptyResult()

    async def list_prompts(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[types.Prompt(name="greet")])

    async def get_prompt(
        self, _: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        said = types.TextContent(text=f"Greet {params.arguments}")
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=said)])

    async def complete(
        self, _: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        values = [f"{params.argument.value}-done"]
        return types.CompleteResult(completion=types.Completion(values=values))

    async def set_level(self, _: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
        self.kept.levels.append(params.level)
        return types.EmptyResult()


_REGION = {"type": "string", "x-mcp-header": "Region"}
_SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}


def _wanted(context: Context) -> dict[str, Any]:
    """What the server asks: as much as the client has said that it answers."""
    check = context.session.check_client_capability
    wanted: dict[str, Any] = {}
    if check(types.ClientCapabilities(sampling=types.SamplingCapability())):
        said = types.SamplingMessage(role="user", content=types.TextContent(text="2+2?"))
        params = types.CreateMessageRequestParams(messages=[said], max_tokens=10)
        wanted["sample"] = types.CreateMessageRequest(params=params)
    form = types.ClientCapabilities(elicitation=types.ElicitationCapability())
    if context.protocol_version >= "2025-06-18" and check(form):
        asked = types.ElicitRequestFormParams(message="Who?", requested_schema=_SCHEMA)
        wanted["who"] = types.ElicitRequest(params=asked)
    if check(types.ClientCapabilities(roots=types.RootsCapability())):
        wanted["where"] = types.ListRootsRequest()
    return wanted


async def _asked(context: Context, name: str, request: Any) -> Any:
    """Ask over the call's own stream, but for the roots, which come on the other one."""
    session = context.session
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        match name:
            case "sample":
                return await session.create_message(  # pyright: ignore[reportDeprecated]
                    request.params.messages,
                    max_tokens=10,
                    related_request_id=context.request_id,
                )
            case "who":
                return await session.elicit_form("Who?", _SCHEMA, context.request_id)
            case _:
                return await session.list_roots()  # pyright: ignore[reportDeprecated]


def _told(answer: Any) -> str:
    match answer:
        case types.ElicitResult():
            return f"{answer.action} {answer.content}"
        case types.ListRootsResult():
            return ", ".join(str(root.uri) for root in answer.roots)
        case _:
            return answer.content.text


async def _log(context: Context) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)
        for level in ("debug", "warning"):
            await context.session.send_log_message(  # pyright: ignore[reportDeprecated]
                level, f"a {level}", related_request_id=context.request_id
            )


def _said(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)
