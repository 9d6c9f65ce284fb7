"""Tasks that tools with an account of their own have begun (MCP 2025-11-25, tasks; SEP-2663)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.messages.headers import media_type
from keyfob_core.model import Headers, Whole

_MOST = 4096
_LONGEST_ID = 512
_LONGEST = 1024 * 1024
"""Bytes of an answer that is looked into: one that tells of a task is short."""
_KEY = "taskId"


def may_begin(body: AsyncIterator[bytes]) -> bool:
    """Whether an answer may tell of a task; one that is here whole mostly shows that not."""
    return not isinstance(body, Whole) or _tells(body.data)


class BegunTasks:
    """Remembers which tool began a task, so that it is followed with the account of that tool.

    It lives in memory: after a start of Keyfob such a task is looked for with its server's account.
    """

    def __init__(self) -> None:
        self._tools: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def tool(self, client: str, server: str, task: str) -> str | None:
        """The tool that began a task of a client at a server; None where it is not known."""
        return self._tools.get((client, server, task))

    def noting(
        self, called: tuple[str, str, str], headers: Headers, body: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The body as it comes, its tasks noted; `called` is the client, the server and the tool.

        `headers` are those of the answer.
        """
        client, server, tool = called

        def note(task: str) -> None:
            self._tools[client, server, task] = tool
            if len(self._tools) > _MOST:
                self._tools.popitem(last=False)

        kind = media_type(headers)
        if kind == "text/event-stream":
            return _Watched(body, _Events(note))
        if kind != "application/json":
            return body
        if isinstance(body, Whole):
            _look(body.data, note)
            return body
        return _Watched(body, _Text(note))


class _Text:
    """An answer in JSON, read along until it is whole or too long."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._seen = bytearray()

    def __call__(self, chunk: bytes) -> bool:
        """Whether there may be something to see in what comes next."""
        self._seen += chunk
        if chunk.rstrip().endswith((b"}", b"]")):
            # The client may ask for the task before the end of the body was told.
            _look(self._seen, self._note)
        return len(self._seen) <= _LONGEST


class _Events:
    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._stream = EventStream(_LONGEST)

    def __call__(self, chunk: bytes) -> bool:
        try:
            for event in self._stream.feed(chunk):
                _look(event.data, self._note)
        except UpstreamUnreachable:
            return False
        return True


class _Watched:
    """A body on its way; no generator, for the loop would keep a list of those."""

    __slots__ = ("_body", "_look")

    def __init__(self, body: AsyncIterator[bytes], look: Callable[[bytes], bool]) -> None:
        self._body = body
        self._look: Callable[[bytes], bool] | None = look

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._body.__anext__()
        if self._look is not None and not self._look(chunk):
            self._look = None
        return chunk


def _look(text: str | bytes | bytearray, note: Callable[[str], None]) -> None:
    if len(text) > _LONGEST or not _tells(text):
        return
    try:
        said: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    for task in _tasks(said):
        note(task)


def _tells(text: str | bytes | bytearray) -> bool:
    # Escaped it would be found nowhere, and nobody spells it so.
    return _KEY in text if isinstance(text, str) else _KEY.encode() in text


def _tasks(said: object) -> Iterator[str]:
    for message in cast("list[object]", said) if isinstance(said, list) else (said,):
        result = _fields(_fields(message).get("result"))
        task = result if result.get("resultType") == "task" else _fields(result.get("task"))
        named = task.get(_KEY)
        if isinstance(named, str) and len(named) <= _LONGEST_ID:
            yield named


def _fields(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
