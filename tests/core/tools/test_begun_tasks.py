"""Which tool began a task: seen in its answer, wherever that was cut, and passed on as it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.model import Headers, Whole
from keyfob_core.tools.begun_tasks import BegunTasks

CALLED = ("cursor", "one", "build")
JSON: Headers = (("Content-Type", "application/json; charset=utf-8"),)
EVENTS: Headers = (("Content-Type", "text/event-stream"),)
OLD = {"task": {"taskId": "t-1", "status": "working"}}
NEW = {"resultType": "task", "taskId": "t-1", "status": "working"}


def answer(result: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


async def pieces(data: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """The same bytes, cut there."""
    ends = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(ends):
        yield data[start:end]


async def noted(headers: Headers, body: AsyncIterator[bytes]) -> tuple[bytes, str | None]:
    """What came down, and the tool that is known to have begun t-1."""
    tasks = BegunTasks()
    passed = b"".join([chunk async for chunk in tasks.noting(CALLED, headers, body)])
    assert tasks.tool("claude", "one", "t-1") is None
    assert tasks.tool("cursor", "two", "t-1") is None
    return passed, tasks.tool("cursor", "one", "t-1")


@pytest.mark.parametrize("result", [OLD, NEW])
@given(st.lists(st.integers(0, 200), max_size=4))
def test_a_task_is_seen_wherever_its_answer_was_cut(
    result: dict[str, Any], cuts: list[int]
) -> None:
    text = json.dumps(answer(result)).encode()
    event = b'data: {"method":"notifications/progress"}\n\ndata: ' + text + b"\n\n"
    for headers, data in ((JSON, text), (JSON, b"[" + text + b"]\n"), (EVENTS, event)):
        assert asyncio.run(noted(headers, pieces(data, cuts))) == (data, "build")


@pytest.mark.parametrize("result", [OLD, NEW])
async def test_an_answer_that_is_here_whole_stays_whole(result: dict[str, Any]) -> None:
    tasks, body = BegunTasks(), Whole(json.dumps(answer(result)).encode())
    assert tasks.noting(CALLED, JSON, body) is body
    assert tasks.tool("cursor", "one", "t-1") == "build"


async def test_a_task_is_known_before_the_end_of_its_answer_has_come() -> None:
    came = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        yield json.dumps(answer(NEW)).encode()
        await came.wait()

    tasks = BegunTasks()
    body = tasks.noting(CALLED, JSON, held())
    await anext(body)
    assert tasks.tool("cursor", "one", "t-1") == "build"


@pytest.mark.parametrize(
    "data",
    [
        b'{"result":{"taskId":"t-1"}}',
        b'{"result":{"content":[{"type":"text","text":"taskId t-1"}]}}',
        b'{"result":{"task":"t-1"},"taskId":"t-1"}',
        b'{"result":{"task":{"taskId":1}}}',
        b'{"result":{"task":{"taskId":"t-1"}}',
        b'{"result":{"task":{"taskId":"t-1"}},"padding":"' + b"x" * (1 << 20) + b'"}',
        b"[" * 100_000 + b'"taskId"',
        b'{"error":{"code":1,"data":{"task":{"taskId":"t-1"}}}}',
        b"null",
    ],
)
async def test_what_is_no_answer_with_a_task_passes_and_is_not_noted(data: bytes) -> None:
    for headers, body in ((JSON, data), (EVENTS, b"data: " + data + b"\n\n"), ((), data)):
        assert await noted(headers, pieces(body, [7, 40])) == (body, None)


async def test_the_oldest_of_many_tasks_is_forgotten() -> None:
    tasks = BegunTasks()
    for number in range(5000):
        result = {"task": {"taskId": f"t-{number}"}}
        tasks.noting(CALLED, JSON, Whole(json.dumps(answer(result)).encode()))
    known = [n for n in range(5000) if tasks.tool("cursor", "one", f"t-{n}") is not None]
    assert known == list(range(904, 5000))
