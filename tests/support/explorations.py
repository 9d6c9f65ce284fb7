"""Each feature of the official everything servers, used once by the official Python client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, FileUrl

from support.eventually import eventually

MODERN = "2026-07-28"
_SDK_TOOLS: Mapping[str, Mapping[str, object]] = {
    "test_simple_text": {},
    "test_image_content": {},
    "test_audio_content": {},
    "test_embedded_resource": {},
    "test_multiple_content_types": {},
    "test_error_handling": {},
    "json_schema_2020_12_tool": {"name": "ü\u2028\U0001f511", "email": "a@example.com"},
    "test_tool_with_logging": {},
    "test_tool_with_progress": {},
    "test_x_mcp_header": {"region": "Århus"},
    "test_missing_capability": {},
    "test_streaming_elicitation": {},
    "test_logging_tool": {},
    "no_such_tool": {},
}
_SDK_ASKING_BACK = {
    "test_sampling": {"prompt": "say it"},
    "test_elicitation": {"message": "who?"},
    "test_elicitation_sep1034_defaults": {},
    "test_elicitation_sep1330_enums": {},
    "test_reconnection": {},
}
"""Handshake era alone: the server asks in the middle of a call, or ends its stream there."""
_SDK_INPUT_REQUIRED = (
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
)
_SDK_RESOURCES = (
    "test://static-text",
    "test://static-binary",
    "test://template/7/data",
    "test://watched-resource",
    "test://nothing",
)
_SDK_PROMPTS: Mapping[str, Mapping[str, str]] = {
    "test_simple_prompt": {},
    "test_prompt_with_arguments": {"arg1": "ä", "arg2": '"'},
    "test_prompt_with_embedded_resource": {"resourceUri": "test://x"},
    "test_prompt_with_image": {},
}
_NPM_TOOLS: Mapping[str, Mapping[str, object]] = {
    "echo": {"message": "ü\n\u2028\u0000"},
    "get-sum": {"a": 1, "b": 2.5},
    "get-annotated-message": {"messageType": "error", "includeImage": True},
    "get-resource-links": {"count": 2},
    "get-resource-reference": {"resourceType": "Text", "resourceId": 2},
    "get-structured-content": {"location": "New York"},
    "get-tiny-image": {},
    "get-roots-list": {},
    "trigger-long-running-operation": {"duration": 0.1, "steps": 4},
    "trigger-sampling-request": {"prompt": "say it", "maxTokens": 5},
    "trigger-elicitation-request": {},
    "no-such-tool": {},
}


class Exploration:
    """A client of one server, and all that it was answered, asked and told, in order."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.notes: list[tuple[str, Any]] = []
        """What it was answered and asked, in order."""
        self.logs: list[Any] = []
        """What the server logged to it: on a stream of its own, so in no order with the rest."""
        self._told = asyncio.Event()

    @property
    def handshakes(self) -> bool:
        """Whether it is in the era of the handshake."""
        return self.mode == "legacy"

    def client(self, server: Any) -> Client:
        """The official client, which answers what the server asks."""
        return Client(
            server,
            mode=self.mode,
            sampling_callback=self._sample,
            elicitation_callback=self._elicit,
            list_roots_callback=self._roots,
            logging_callback=self._logged,
            log_level=None if self.handshakes else "debug",
        )

    async def explore_sdk(self, client: Client) -> None:
        """All that the Python SDK's server can do."""
        await self._look_around(client)
        tools = {**_SDK_TOOLS, **(_SDK_ASKING_BACK if self.handshakes else {})}
        for tool, arguments in tools.items():
            await self._call(client, tool, arguments)
        for uri in _SDK_RESOURCES:
            await self._tried(uri, client.read_resource(uri))
        for prompt, arguments in _SDK_PROMPTS.items():
            await self._tried(prompt, client.get_prompt(prompt, dict(arguments)))
        reference = types.PromptReference(name="test_prompt_with_arguments")
        completed = client.complete(reference, {"name": "arg1", "value": "a"})
        await self._tried("completion", completed)
        if self.handshakes:
            await self._subscribe(client, "test://watched-resource")
            await self._call(client, "test_trigger_tool_change", {})
            return
        for tool in _SDK_INPUT_REQUIRED:
            await self._call(client, tool, {})
        asked = client.get_prompt("test_input_required_result_prompt")
        await self._tried("prompt that asks", asked)
        async with client.listen(tools_list_changed=True, prompts_list_changed=True) as changes:
            await self._call(client, "test_trigger_tool_change", {})
            self._note("change", await anext(changes))
            await self._call(client, "test_trigger_prompt_change", {})
            self._note("change", await anext(changes))
        await self._give_up(client, "test_tool_with_progress", {})

    async def explore_npm(self, client: Client) -> None:
        """All that npm's server can do in a moment."""
        # It asks for the roots by itself, some time after the handshake.
        await eventually(lambda: self._roots_known() == 1)
        await self._look_around(client)
        for tool, arguments in _NPM_TOOLS.items():
            await self._call(client, tool, arguments)
        for prompt in ("simple-prompt", "no-such-prompt"):
            await self._tried(prompt, client.get_prompt(prompt))
        await self._tried("prompt", client.get_prompt("args-prompt", {"city": "Oslo"}))
        reference = types.PromptReference(name="completable-prompt")
        completed = client.complete(reference, {"name": "department", "value": "E"})
        await self._tried("completion", completed)
        await self._tried(
            "resource", client.read_resource("demo://resource/static/document/features.md")
        )
        await self._tried("nothing", client.read_resource("demo://nothing"))
        await self._subscribe(client, "demo://resource/dynamic/text/1")
        await client.send_roots_list_changed()  # pyright: ignore[reportDeprecated]
        await eventually(lambda: self._roots_known() == 2)
        await self._give_up(client, "trigger-long-running-operation", {"duration": 2, "steps": 40})

    async def _look_around(self, client: Client) -> None:
        self._note("server", client.server_info)
        self._note("capabilities", client.server_capabilities)
        self._note("instructions", client.instructions)
        await self._tried("tools", client.list_tools())
        await self._tried("prompts", client.list_prompts())
        await self._tried("resources", client.list_resources())
        await self._tried("templates", client.list_resource_templates())
        if self.handshakes:
            await self._tried("ping", client.send_ping())  # pyright: ignore[reportDeprecated]
            level = client.set_logging_level("debug")  # pyright: ignore[reportDeprecated]
            await self._tried("level", level)

    async def _subscribe(self, client: Client, uri: str) -> None:
        begun = client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated]
        await self._tried("subscribed", begun)
        ended = client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated]
        await self._tried("unsubscribed", ended)

    async def _call(self, client: Client, tool: str, arguments: Mapping[str, object]) -> None:
        told: list[tuple[float, float | None, str | None]] = []

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))

        await self._tried(tool, client.call_tool(tool, dict(arguments), progress_callback=tell))
        self._note(f"progress of {tool}", told)

    async def _give_up(self, client: Client, tool: str, arguments: dict[str, Any]) -> None:
        """Cancel a call at its first progress."""

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            self._told.set()

        call = asyncio.ensure_future(client.call_tool(tool, arguments, progress_callback=tell))
        await asyncio.wait_for(self._told.wait(), 10)
        call.cancel()
        await asyncio.wait([call])
        self._note("given up", call.cancelled())

    async def _tried(self, name: str, work: Any) -> None:
        try:
            self._note(name, await work)
        except MCPError as error:
            self._note(f"refused {name}", error.error)

    async def _sample(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        self._note("sampling", params)
        content = types.TextContent(text="sampled")
        return types.CreateMessageResult(role="assistant", content=content, model="test")

    async def _elicit(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        self._note("elicitation", params)
        return types.ElicitResult(action="accept", content={"name": "Ada", "response": "yes"})

    async def _roots(self, context: ClientRequestContext) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl("file:///test"), name="test")])

    async def _logged(self, params: types.LoggingMessageNotificationParams) -> None:
        self.logs.append(params.model_dump(mode="json", by_alias=True, exclude_unset=True))

    def _roots_known(self) -> int:
        return sum("Roots updated" in str(log) for log in self.logs)

    def _note(self, name: str, value: object) -> None:
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        self.notes.append((name, value))
