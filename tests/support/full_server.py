"""An MCP server on the SDK with something of everything, whose lists a test may change."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.subscriptions import ResourceUpdated, ServerEvent, ToolsListChanged
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    ContentBlock,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmbeddedResource,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceLink,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
)
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from keyfob_core.demo.serving import listening, origin_of_listener, serving

Context = ServerRequestContext[Any]
_TOOLS = ("echo", "progress", "fail", "ask", "link", "hold")
NOTE = "note://{}/1"
"""The resource of a server, by its name."""


@dataclass
class FullServer:
    """What a running server offers, and what it was asked."""

    name: str
    url: str = ""
    tools: list[Tool] = field(default_factory=list[Tool])
    page: int = 100
    """Tools of one page."""
    ttl_ms: int = 0
    calls: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    lists: int = 0
    """How often it was asked for its tools."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the tool `hold` is called."""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call of `hold`, or a list that waits, was given up."""
    silent: bool = False
    """While it is, a list of tools is not answered."""
    speak: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, it answers the lists that wait."""
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    listeners: int = 0
    heads: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """The header fields of each request, by their names in lower case."""

    async def publish(self, event: ServerEvent) -> None:
        """Tell the subscriptions of an event."""
        await self.bus.publish(event)

    async def add_tool(self, name: str) -> None:
        """List one tool more, and tell it."""
        self.tools.append(tool(name))
        await self.publish(ToolsListChanged())

    async def touch(self) -> None:
        """Tell that the server's note changed."""
        await self.publish(ResourceUpdated(uri=NOTE.format(self.name)))


def tool(name: str, description: str | None = None, **schema: Any) -> Tool:
    """A tool that takes anything."""
    said = description or f"Does {name}."
    return Tool(name=name, description=said, input_schema={"type": "object", **schema})


@contextlib.asynccontextmanager
async def full_server(name: str, *, tools: tuple[str, ...] = _TOOLS) -> AsyncGenerator[FullServer]:
    """Serve tools, prompts, resources, templates, completions and subscriptions, in both eras."""
    state = FullServer(name, tools=[tool(one) for one in tools])
    listen = ListenHandler(state.bus)
    at = _Handlers(state)

    async def counted(context: Context, params: Any) -> Any:
        state.listeners += 1
        try:
            return await listen(context, params)
        finally:
            state.listeners -= 1

    server = Server[dict[str, Any]](
        name,
        version="1.0",
        on_list_tools=at.list_tools,
        on_call_tool=at.call_tool,
        on_list_prompts=at.list_prompts,
        on_get_prompt=at.get_prompt,
        on_list_resources=at.list_resources,
        on_list_resource_templates=at.list_templates,
        on_read_resource=at.read_resource,
        on_completion=at.complete,
        on_subscriptions_listen=counted,
    )
    sessions = StreamableHTTPSessionManager(server)
    handler = StreamableHTTPASGIApp(sessions)

    class Recorded:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            fields = scope["headers"]
            state.heads.append({k.decode("latin-1"): v.decode("latin-1") for k, v in fields})
            await handler(scope, receive, send)

    with listening() as listener:
        state.url = origin_of_listener(listener) + "/mcp"
        app = Starlette(routes=[Route("/mcp", Recorded())], lifespan=lambda _: sessions.run())
        async with serving(app, listener):
            try:
                yield state
            finally:
                state.speak.set()
                listen.close()


class _Handlers:
    def __init__(self, state: FullServer) -> None:
        self._state = state

    async def list_tools(
        self, _: Context, params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        state = self._state
        state.lists += 1
        if state.silent:
            await self._be_silent()
        start = int(params.cursor) if params is not None and params.cursor else 0
        end = start + state.page
        return ListToolsResult(
            tools=state.tools[start:end],
            next_cursor=str(end) if end < len(state.tools) else None,
            ttl_ms=state.ttl_ms,
        )

    async def call_tool(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        state, arguments = self._state, params.arguments or {}
        state.calls.append((params.name, arguments))
        if params.name == "fail":
            return CallToolResult(content=[TextContent(text="failed as asked")], is_error=True)
        if params.name == "ask":
            return _asked(params)
        if params.name == "link":
            return CallToolResult(content=_linked(state.name))
        if params.name == "hold":
            await context.session.report_progress(0)
            await self._hold()
        if params.name == "progress":
            for step in (1, 2, 3):
                await context.session.report_progress(step, 3, f"step {step}")
        said = {"server": state.name, "arguments": arguments}
        return CallToolResult(content=[TextContent(text=json.dumps(said, ensure_ascii=False))])

    async def _hold(self) -> None:
        self._state.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._state.cancelled.set()

    async def _be_silent(self) -> None:
        try:
            await self._state.speak.wait()
        except asyncio.CancelledError:
            self._state.cancelled.set()
            raise

    async def list_prompts(
        self, _: Context, __: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        arguments = [PromptArgument(name="topic", required=True)]
        return ListPromptsResult(prompts=[Prompt(name="brief", arguments=arguments)])

    async def get_prompt(self, _: Context, params: GetPromptRequestParams) -> GetPromptResult:
        topic = (params.arguments or {}).get("topic", "")
        contents = [TextContent(text=f"{self._state.name} on {topic}"), *_linked(self._state.name)]
        return GetPromptResult(messages=[PromptMessage(role="user", content=c) for c in contents])

    async def list_resources(
        self, _: Context, __: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        uri = NOTE.format(self._state.name)
        return ListResourcesResult(resources=[Resource(name="one", uri=uri)])

    async def list_templates(
        self, _: Context, __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        uri = f"note://{self._state.name}/{{number}}{{?part*}}"
        template = ResourceTemplate(name="notes", uri_template=uri)
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, _: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        uri = str(params.uri)
        contents = TextResourceContents(uri=uri, text=f"{self._state.name} has {uri}")
        return ReadResourceResult(contents=[contents])

    async def complete(self, _: Context, params: CompleteRequestParams) -> CompleteResult:
        ref = params.ref.name if params.ref.type == "ref/prompt" else str(params.ref.uri)
        values = [f"{self._state.name}:{ref}:{params.argument.value}"]
        return CompleteResult(completion=Completion(values=values))


def _asked(params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
    answers = params.input_responses or {}
    if "colour" not in answers:
        schema = {"type": "object", "properties": {"colour": {"type": "string"}}}
        form = ElicitRequestFormParams(message="Which colour?", requested_schema=schema)
        return InputRequiredResult(
            input_requests={"colour": ElicitRequest(params=form)},
            request_state="state/of: the.server",
        )
    assert params.request_state == "state/of: the.server"
    answer = answers["colour"]
    assert isinstance(answer, ElicitResult)
    return CallToolResult(content=[TextContent(text=json.dumps(answer.content))])


def _linked(name: str) -> list[ContentBlock]:
    uri = NOTE.format(name)
    return [
        ResourceLink(name="one", uri=uri),
        EmbeddedResource(resource=TextResourceContents(uri=uri, text="as it is")),
    ]
