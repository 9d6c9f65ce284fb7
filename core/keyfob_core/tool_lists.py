"""Cutting denied tools out of a `tools/list` answer, and touching nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.event_stream import Event, EventStream, with_data
from keyfob_core.headers import header
from keyfob_core.model import UpstreamResponse

Shown = Callable[[str], bool]
"""Whether the client may know of a tool."""

_MAX_LIST = 64 * 1024 * 1024


def cut(response: UpstreamResponse, shown: Shown) -> AsyncIterator[bytes]:
    """The response's body without the tools that are not shown.

    Raises UpstreamUnreachable, while it is read, for a list that cannot be looked into: what
    cannot be checked is not passed on.
    """
    if header(response.headers, "content-encoding") not in (None, "identity"):
        return _refused()
    kind = (header(response.headers, "content-type") or "").split(";")[0].strip().lower()
    if kind == "text/event-stream":
        return _cut_stream(response.body, shown)
    return _cut_whole(response, shown)


async def _refused() -> AsyncIterator[bytes]:
    raise UpstreamUnreachable(
        "The server encodes its tool list although it was asked not to.",
        "Remove the rules that deny single tools of it, or ask the server's people.",
    )
    yield b""


async def _cut_whole(response: UpstreamResponse, shown: Shown) -> AsyncIterator[bytes]:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.body:
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_LIST:
            raise UpstreamUnreachable("The server's tool list is too long.")
    data = b"".join(chunks)
    try:
        yield _cut_text(data, shown) if data.strip() else data
    except UpstreamUnreachable:
        # A refusal in plain words is no list of tools.
        if response.status < 400:
            raise
        yield data


async def _cut_stream(body: AsyncIterator[bytes], shown: Shown) -> AsyncIterator[bytes]:
    stream = EventStream()
    async for chunk in body:
        for event in stream.feed(chunk):
            yield _cut_event(event, shown)


def _cut_event(event: Event, shown: Shown) -> bytes:
    data = event.data.encode()
    if not data:
        return event.raw
    cut_data = _cut_text(data, shown)
    return event.raw if cut_data == data else with_data(event, cut_data)


def _cut_text(data: bytes, shown: Shown) -> bytes:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        raise UpstreamUnreachable("The server's tool list is not JSON.") from None
    members = cast("list[object]", value) if isinstance(value, list) else [value]
    # Not any(): every member of a batch is looked into.
    changed = [_cut_message(member, shown) for member in members]
    return json.dumps(value).encode() if True in changed else data


def _cut_message(member: object, shown: Shown) -> bool:
    result = cast("dict[str, Any]", member).get("result") if isinstance(member, dict) else None
    tools = cast("dict[str, Any]", result).get("tools") if isinstance(result, dict) else None
    if not isinstance(tools, list):
        return False
    kept = [
        tool
        for tool in cast("list[object]", tools)
        if _name(tool) is None or shown(_name(tool) or "")
    ]
    changed = len(kept) != len(cast("list[object]", tools))
    cast("dict[str, Any]", result)["tools"] = kept
    return changed


def _name(tool: object) -> str | None:
    name = cast("dict[str, Any]", tool).get("name") if isinstance(tool, dict) else None
    return name if isinstance(name, str) else None
