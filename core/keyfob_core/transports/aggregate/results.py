"""Answers of one server as the client gets them: addresses, ids and states made its own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from keyfob_core.messages.bodies import whole
from keyfob_core.messages.event_stream import Event, EventStream, with_data
from keyfob_core.messages.headers import media_type
from keyfob_core.model import Headers, Outbound, UpstreamResponse, Whole
from keyfob_core.transports.aggregate.state import Seal
from keyfob_core.transports.aggregate.uris import public_task, public_uri
from keyfob_core.transports.eras.messages import is_stream
from keyfob_core.transports.eras.revisions import RELATED_TASK_KEY, listing, mapping, text

_TELLING = re.compile(rb'"(?:uri|requestState|taskId|inputRequests)"|\\u00[4-7]')
"""Without one of these keys, spelled out or escaped, an answer has nothing to be made our own."""
_BIG = 256 * 1024

Edit = Callable[[str], str]


class Results:
    """Passes answers down; what needs no change passes as the bytes it is."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def pass_down(self, outbound: Outbound, client: str, server: str) -> UpstreamResponse:
        """An answer of the server to a request of the client."""
        change = self.change(client, server)
        headers, body = outbound.headers, outbound.body
        if is_stream(headers):
            headers, body = _unsized(headers), _changed_stream(body, change)
        elif media_type(headers) == "application/json":
            data = await whole(body)
            changed = await _changed(data, change)
            if changed is not data:
                headers = (*_unsized(headers), ("Content-Length", str(len(changed))))
            body = Whole(changed)
        return UpstreamResponse(status=outbound.status, headers=headers, body=body)

    def change(self, client: str, server: str) -> Change:
        """What turns a server's own into what the client is given."""
        return Change(
            uri=lambda uri: public_uri(server, uri),
            task=lambda task: public_task(server, task),
            state=lambda state: self._seal.wrap(client, server, state),
        )


class Change:
    """Replaces, in place, what belongs to one server."""

    def __init__(self, *, uri: Edit, task: Edit, state: Edit) -> None:
        self._uri = uri
        self._task = task
        self._state = state

    def message(self, message: Mapping[str, Any]) -> None:
        """A response; notifications of a call name nothing that is a server's own."""
        if "result" in message:
            self.result(mapping(message["result"]))
        # What is not found is named by its address.
        _edit(mapping(message.get("error")).get("data"), "uri", self._uri)

    def result(self, result: dict[str, Any]) -> None:
        """A result, or a task as a notification tells it."""
        for part in listing(result.get("content")):
            self._block(part)
        for part in listing(result.get("contents")):
            _edit(part, "uri", self._uri)
        for message in listing(result.get("messages")):
            self._content(message)
        _edit(result, "requestState", self._state)
        for request in mapping(result.get("inputRequests")).values():
            for message in listing(mapping(mapping(request).get("params")).get("messages")):
                self._content(message)
        if result.get("resultType") == "task" or "status" in result:
            _edit(result, "taskId", self._task)
        _edit(mapping(result.get("_meta")).get(RELATED_TASK_KEY), "taskId", self._task)
        # A task that is complete holds the result of the call it stands for.
        if "result" in result:
            self.result(mapping(result["result"]))

    def _content(self, message: object) -> None:
        content: object = mapping(message).get("content")
        for part in listing(content) or [content]:
            self._block(part)

    def _block(self, block: object) -> None:
        kind = mapping(block).get("type")
        if kind == "resource_link":
            _edit(block, "uri", self._uri)
        elif kind == "resource":
            _edit(mapping(block).get("resource"), "uri", self._uri)
        elif kind == "tool_result":
            for part in listing(mapping(block).get("content")):
                self._block(part)


def _edit(holder: object, key: str, edit: Edit) -> None:
    fields = mapping(holder)
    value = text(fields.get(key))
    if value is not None:
        fields[key] = edit(value)


async def _changed(data: bytes, change: Change) -> bytes:
    """The same data where nothing changes."""
    if not _TELLING.search(data):
        return data
    if len(data) > _BIG:
        return await asyncio.to_thread(_changed_text, data, change)
    return _changed_text(data, change)


def _changed_text(data: bytes, change: Change) -> bytes:
    try:
        message = mapping(json.loads(data))
    except (ValueError, RecursionError):
        # The client finds out by itself that this is no JSON.
        return data
    change.message(message)
    text_of_it = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    try:
        return text_of_it.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair has no bytes of its own, and passes as it came: escaped.
        return json.dumps(message, separators=(",", ":")).encode()


async def _changed_stream(body: AsyncIterator[bytes], change: Change) -> AsyncIterator[bytes]:
    stream = EventStream()
    async for chunk in body:
        for event in stream.feed(chunk):
            yield await _changed_event(event, change)


async def _changed_event(event: Event, change: Change) -> bytes:
    data = event.data.encode()
    changed = await _changed(data, change)
    return event.raw if changed is data else with_data(event, changed)


def _unsized(headers: Headers) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() != "content-length")
