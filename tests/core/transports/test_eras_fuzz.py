"""Servers and clients that say anything at all: the translation never fails unexplained."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.errors import UpstreamUnreachable
from support.era_way import (
    MODERN,
    Answer,
    EraClient,
    Met,
    ScriptedWay,
    Stream,
    both_eras,
    handshake_server,
    modern_server,
)

KEYS = st.sampled_from(
    [
        "_meta",
        "arguments",
        "capabilities",
        "code",
        "content",
        "data",
        "elicitations",
        "error",
        "id",
        "inputRequests",
        "inputResponses",
        "inputSchema",
        "jsonrpc",
        "level",
        "message",
        "messages",
        "method",
        "mode",
        "name",
        "nextCursor",
        "notifications",
        "outputSchema",
        "params",
        "progressToken",
        "protocolVersion",
        "requestId",
        "requestState",
        "resourceSubscriptions",
        "result",
        "resultType",
        "supported",
        "supportedVersions",
        "tools",
        "type",
        "uri",
    ]
)
PLAIN = st.sampled_from(
    [
        None,
        True,
        0,
        -1.5,
        -32002,
        -32020,
        -32022,
        -32042,
        "",
        "2.0",
        MODERN,
        "2025-06-18",
        "input_required",
        "complete",
        "tools/call",
        "elicitation/create",
        "roots/list",
        "notifications/progress",
        "ping",
        "\ud800",
    ]
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
METHODS = st.sampled_from(
    ["server/discover", "tools/list", "tools/call", "resources/read", "subscriptions/listen"]
)
STATUSES = st.sampled_from([200, 200, 200, 202, 400, 404, 405, 429, 500])


def odd(value: Any, status: int, streamed: bool, met: Met) -> Answer:
    """The value as a result where it is an object, else as the whole of an answer."""
    message = value
    if isinstance(value, dict) and "jsonrpc" not in value:
        message = {"jsonrpc": "2.0", "id": met.message.get("id"), "result": value}
    if not streamed:
        return Answer(json.dumps(message).encode(), status, (("Content-Type", "application/json"),))
    stream = Stream()
    stream.say(message)
    stream.end()
    return Answer(stream, status)


async def settle(client: EraClient, message: Any, **changes: Any) -> None:
    """Make a request; its answer is whole or an error that has a name."""
    with suppress(UpstreamUnreachable, TimeoutError):
        async with asyncio.timeout(0.1), client.exchange(message, **changes) as got:
            assert 200 <= got.status < 600
            data = await got.bytes()
            if got.header("content-type") == "application/json" and got.status == 200:
                assert json.loads(data) is not None


@settings(max_examples=60, deadline=None)
@given(METHODS, JSON, STATUSES, st.booleans(), st.booleans())
def test_no_answer_of_a_server_is_too_odd(
    method: str, value: Any, status: int, streamed: bool, is_modern: bool
) -> None:
    async def meet() -> None:
        way: ScriptedWay = handshake_server() if is_modern else modern_server()
        revision = MODERN if is_modern else "2025-11-25"
        async with both_eras(pause=0, asking=0.02, silence=0.05) as eras:
            client = EraClient(eras, way, revision=revision, capabilities={"roots": {}})
            if is_modern:
                await client.ask("tools/list")
            else:
                await client.initialize(roots={})
            way.replies[method] = lambda met: odd(value, status, streamed, met)
            params = {"name": "x", "uri": "x"} if "/" in method else {}
            await settle(client, client.message(method, 5, **params))
            if method in ("tools/call", "resources/read"):
                assert "result" in await client.ask("prompts/list", 6)

    asyncio.run(meet())


@settings(max_examples=60, deadline=None)
@given(METHODS | st.sampled_from(["initialize", "logging/setLevel"]), JSON, JSON, st.booleans())
def test_no_request_of_a_client_is_too_odd(
    method: str, params: Any, message_id: Any, is_modern: bool
) -> None:
    async def meet() -> None:
        way: ScriptedWay = handshake_server() if is_modern else modern_server()
        revision = MODERN if is_modern else "2025-11-25"
        async with both_eras(pause=0, asking=0.02, silence=0.05) as eras:
            client = EraClient(eras, way, revision=revision)
            if is_modern:
                await client.ask("tools/list")
            else:
                await client.initialize()
            plain = message_id if isinstance(message_id, str | int | float | None) else 3
            message = {"jsonrpc": "2.0", "id": plain, "method": method, "params": params}
            await settle(client, message)
            await settle(client, {"jsonrpc": "2.0", "id": plain, "result": params})
            await settle(client, [message])

    asyncio.run(meet())
