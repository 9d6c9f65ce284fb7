"""Cutting tools out of a `tools/list` answer, and touching nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, cast

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.messages.event_stream import Event, EventStream, with_data
from keyfob_core.messages.headers import header, media_type
from keyfob_core.model import UpstreamResponse, Whole
from keyfob_core.tools.pins import read_list

Tool = dict[str, Any]
Review = Callable[[Sequence[Tool]], Awaitable[Sequence[bool]]]
"""Which tools of a list the client may know of; what is no object was left out before."""
Instead = Callable[[Error], Awaitable[bytes]]
"""The JSON-RPC that a client is answered in place of a list that could not be reviewed."""

_MAX_LIST = 64 * 1024 * 1024
_SIGN = b": Waiting for your answer in Keyfob.\n\n"


async def cut(
    response: UpstreamResponse, review: Review, instead: Instead, every: float = 10.0
) -> AsyncIterator[bytes]:
    """The response's body without the tools that are not shown.

    Raises UpstreamUnreachable for a list that cannot be looked into: what cannot be checked is
    not passed on. A list in JSON is looked into before this answers, so that an error can stand
    in its place; one among events as the body is read, with a sign of life `every` so many
    seconds while the review takes its time, and with what is said `instead` where it fails.
    """
    if header(response.headers, "content-encoding") not in (None, "identity"):
        raise UpstreamUnreachable(
            "The server encodes its tool list although it was asked not to.",
            "Ask the server's people, or switch pinning off for it and deny no single tool.",
        )
    if media_type(response.headers) == "text/event-stream":
        return _cut_stream(response.body, review, instead, every)
    return Whole(await _cut_whole(response, review))


async def _cut_whole(response: UpstreamResponse, review: Review) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.body:
        chunks.append(chunk)
        size += len(chunk)
        if size > _MAX_LIST:
            raise UpstreamUnreachable("The server's tool list is too long.")
    data = b"".join(chunks)
    try:
        return await cut_text(data, review) if data.strip() else data
    except UpstreamUnreachable:
        # A refusal in plain words is no list of tools.
        if response.status < 400:
            raise
        return data


async def _cut_stream(
    body: AsyncIterator[bytes], review: Review, instead: Instead, every: float
) -> AsyncIterator[bytes]:
    stream = EventStream()
    async for chunk in body:
        for event in stream.feed(chunk):
            if not event.data:
                yield event.raw
                continue
            cutting = asyncio.ensure_future(_cut_event(event, review, instead))
            try:
                while not (await asyncio.wait({cutting}, timeout=every))[0]:
                    yield _SIGN
                yield cutting.result()
            finally:
                cutting.cancel()


async def _cut_event(event: Event, review: Review, instead: Instead) -> bytes:
    data = event.data.encode()
    try:
        cut_data = await cut_text(data, review)
    except UpstreamUnreachable:
        raise
    except Error as error:
        cut_data = await instead(error)
    return event.raw if cut_data == data else with_data(event, cut_data)


async def cut_text(data: bytes, review: Review, but_for: Collection[object] = ()) -> bytes:
    """The JSON without the tools that are not shown, or the same bytes where all are.

    Results that answer one of the ids `but_for` are taken for no lists. Raises
    UpstreamUnreachable for what is not JSON.
    """
    try:
        value, doubled = read_list(data)
    except (ValueError, RecursionError):
        raise UpstreamUnreachable("The server's tool list is not JSON.") from None
    members = cast("list[object]", value) if isinstance(value, list) else [value]
    # What stands under a doubled key is passed on as it was read here, and in no other way.
    changed = doubled
    for member in members:
        listed = _tools_in(member, () if doubled else but_for)
        if listed is not None:
            changed = await _cut_list(listed, review) or changed
    return json.dumps(value).encode() if changed else data


def _tools_in(member: object, but_for: Collection[object]) -> dict[str, Any] | None:
    """The result of a message that lists tools."""
    message = cast("dict[str, Any]", member) if isinstance(member, dict) else {}
    result = None if message.get("id") in but_for else message.get("result")
    found = cast("dict[str, Any]", result) if isinstance(result, dict) else {}
    return found if isinstance(found.get("tools"), list) else None


async def _cut_list(result: dict[str, Any], review: Review) -> bool:
    listed = cast("list[object]", result["tools"])
    tools = [cast("Tool", tool) for tool in listed if isinstance(tool, dict)]
    try:
        shown = await review(tools)
    except RecursionError:
        raise UpstreamUnreachable("The server's tool list is nested too deep.") from None
    kept = [tool for tool, is_shown in zip(tools, shown, strict=True) if is_shown]
    result["tools"] = kept
    return len(kept) != len(listed)
