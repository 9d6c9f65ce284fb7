"""Tasks that clients of 2025-11-25 are offered at servers of 2026-07-28."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from keyfob_core.errors import AccessDenied, Locked, UpstreamUnreachable
from keyfob_core.transports.eras.way import Eras
from support.era_tasks import (
    ADA,
    DONE,
    EXTENSION,
    FAULT,
    MARK,
    TROUBLE,
    WHO,
    NewTasks,
    new_task,
    old_task,
)
from support.era_way import (
    Answer,
    EraClient,
    Met,
    ScriptedStamps,
    Stream,
    both_eras,
    complete,
    error_of,
    modern_server,
    result_of,
)
from support.eventually import eventually

LATEST = "2025-11-25"
OFFERED = {"cancel": {}, "requests": {"tools": {"call": {}}}}
QUESTION = {"who": {"method": "elicitation/create", "params": WHO}}
WAITS = new_task("input_required", inputRequests=QUESTION)
COMPLETED = new_task("completed", result=DONE)
REFUSED = Answer(b"", 401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),))


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


@pytest.fixture
def new() -> NewTasks:
    return NewTasks()


async def at(eras: Eras, new: NewTasks, **fields: Any) -> EraClient:
    """A client of 2025-11-25 in a session of its own, with the requests so far forgotten."""
    client = EraClient(eras, new.way, revision=LATEST, **fields)
    await client.initialize(elicitation={})
    new.way.met.clear()
    return client


@pytest.fixture
async def client(eras: Eras, new: NewTasks) -> EraClient:
    return await at(eras, new)


async def begun(client: EraClient) -> dict[str, Any]:
    """A call that the client wants a task of; the task."""
    answer = await client.ask("tools/call", 1, name="long", arguments={"a": 1}, task={"ttl": 9})
    assert set(answer["result"]) == {"task"}
    return answer["result"]["task"]


def sent(met: Met) -> dict[str, Any]:
    """What a request says, but for what it says of its client."""
    return {key: value for key, value in met.params.items() if key != "_meta"}


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", LATEST])
async def test_the_revision_that_has_tasks_is_offered_them(
    eras: Eras, new: NewTasks, revision: str
) -> None:
    client = EraClient(eras, new.way, revision=revision)
    described = await client.initialize()
    tasks = {"tasks": OFFERED} if revision == LATEST else {}
    assert described["capabilities"] == {"tools": {}, **tasks}
    if not tasks:
        assert (await client.ask("tasks/get", taskId="t1"))["error"]["code"] == -32601
        new.states = [COMPLETED]
        answer = await client.ask("tools/call", name="long", task={})
        assert answer["result"] == DONE


async def test_a_server_without_the_extension_offers_none_and_is_asked_for_none(
    eras: Eras,
) -> None:
    way = modern_server()
    way.replies["tools/call"] = lambda met: Answer(complete(met, **DONE))
    client = EraClient(eras, way, revision=LATEST)
    assert (await client.initialize())["capabilities"] == {"tools": {}}
    answer = await client.ask("tools/call", name="long", task={"ttl": 9})
    assert answer["result"] == DONE
    assert "task" not in way.of("tools/call")[0].params
    assert (await client.ask("tasks/get", taskId="t1"))["error"]["code"] == -32601


async def test_a_list_of_tasks_is_not_offered(client: EraClient) -> None:
    assert (await client.ask("tasks/list"))["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "optional"),
        ("optional", "optional"),
        ("required", "optional"),
        ("forbidden", "forbidden"),
    ],
)
async def test_each_tool_says_that_it_may_be_called_as_a_task(
    client: EraClient, new: NewTasks, said: str | None, told: str
) -> None:
    tool = {"name": "long", "inputSchema": {"type": "object"}}
    execution = {} if said is None else {"execution": {"taskSupport": said}}
    new.way.replies["tools/list"] = lambda met: Answer(complete(met, tools=[tool | execution]))
    answer = await client.ask("tools/list")
    assert answer["result"]["tools"] == [{**tool, "execution": {"taskSupport": told}}]


async def test_of_all_servers_together_only_a_tool_that_says_so_is_a_task(
    eras: Eras, new: NewTasks
) -> None:
    client = EraClient(eras, new.way, revision=LATEST)
    tools = [
        {"name": "short", "inputSchema": {}},
        {"name": "long", "inputSchema": {}, "execution": {"taskSupport": "required"}},
    ]
    new.way.replies["tools/list"] = lambda met: Answer(complete(met, tools=tools))
    async with client.exchange(
        client.message("initialize", 0, protocolVersion=LATEST, capabilities={}), server=""
    ) as got:
        client.session = got.header("Mcp-Session-Id")
    _, answer = await client.send(client.message("tools/list"), server="")
    long = {**tools[1], "execution": {"taskSupport": "optional"}}
    assert answer["result"]["tools"] == [tools[0], long]


async def test_a_call_becomes_a_task_that_is_looked_at_until_it_is_done(
    client: EraClient, new: NewTasks
) -> None:
    assert await begun(client) == old_task()
    [call] = new.way.of("tools/call")
    assert sent(call) == {"name": "long", "arguments": {"a": 1}}
    assert call.meta["io.modelcontextprotocol/clientCapabilities"] == {
        "elicitation": {"form": {}},
        "extensions": {EXTENSION: {}},
    }
    new.states = [new_task(statusMessage="Half."), COMPLETED]
    looked = await client.ask("tasks/get", 2, taskId="t1")
    assert looked["result"] == old_task(statusMessage="Half.")
    assert (await client.ask("tasks/get", 3, taskId="t1"))["result"] == old_task("completed")
    done = await client.ask("tasks/result", 4, taskId="t1")
    assert done == {"jsonrpc": "2.0", "id": 4, "result": {**DONE, "_meta": MARK}}
    assert new.way.of("tasks/get")[0].header("Mcp-Name") == "t1"
    assert "tasks/cancel" not in new.way.methods


async def test_a_result_is_waited_for(client: EraClient, new: NewTasks) -> None:
    await begun(client)
    new.states = [new_task()]
    waiting = asyncio.create_task(client.ask("tasks/result", 2, taskId="t1"))
    await new.way.until("tasks/get", 3)
    assert not waiting.done()
    new.states = [COMPLETED]
    assert (await asyncio.wait_for(waiting, 5))["result"]["content"] == DONE["content"]


@pytest.mark.parametrize(
    ("state", "why", "answer"),
    [
        (new_task("failed", error=FAULT), "out of paper", {"error": FAULT}),
        (
            new_task("failed", error=FAULT, statusMessage="Paper."),
            "Paper.",
            {"error": FAULT},
        ),
        (
            new_task("completed", result=TROUBLE),
            "no",
            {"result": {**TROUBLE, "_meta": MARK}},
        ),
    ],
)
async def test_a_tool_s_own_error_is_a_failed_task_as_well(
    client: EraClient, new: NewTasks, state: dict[str, Any], why: str, answer: dict[str, Any]
) -> None:
    await begun(client)
    new.states = [state]
    looked = await client.ask("tasks/get", 2, taskId="t1")
    assert looked["result"] == old_task("failed", statusMessage=why)
    assert await client.ask("tasks/result", 3, taskId="t1") == {"jsonrpc": "2.0", "id": 3, **answer}


async def test_an_answer_that_comes_at_once_is_a_task_that_has_ended(
    client: EraClient, new: NewTasks
) -> None:
    new.way.replies["tools/call"] = lambda met: Answer(complete(met, **DONE))
    task = await begun(client)
    moment = "1970-01-01T00:16:40.000Z"
    assert task == {
        "taskId": task["taskId"],
        "status": "completed",
        "ttl": 60_000,
        "createdAt": moment,
        "lastUpdatedAt": moment,
    }
    assert (await client.ask("tasks/get", 2, taskId=task["taskId"]))["result"] == task
    mark = {"io.modelcontextprotocol/related-task": {"taskId": task["taskId"]}}
    for message_id in (3, 4):
        done = await client.ask("tasks/result", message_id, taskId=task["taskId"])
        assert done["result"] == {**DONE, "_meta": mark}
    refused = await client.ask("tasks/cancel", 5, taskId=task["taskId"])
    assert refused["error"]["code"] == -32602
    assert new.way.methods == ["tools/call"]


async def test_an_error_that_comes_at_once_is_the_call_s(client: EraClient, new: NewTasks) -> None:
    new.way.replies["tools/call"] = lambda met: Answer(error_of(met, -32602, "No such tool"))
    answer = await client.ask("tools/call", 1, name="none", task={})
    assert answer["error"] == {"code": -32602, "message": "No such tool"}


async def test_a_call_asks_before_it_becomes_a_task(client: EraClient, new: NewTasks) -> None:
    usual = new.way.replies["tools/call"]
    assert callable(usual)
    called: Callable[[Met], Answer] = usual
    new.way.replies["tools/call"] = lambda met: (
        called(met)
        if "inputResponses" in met.params
        else Answer(result_of(met, {"resultType": "input_required", "inputRequests": QUESTION}))
    )
    async with client.exchange(client.message("tools/call", 1, name="long", task={})) as got:
        asked = await got.next()
        await answered(client, asked)
        [answer] = await got.rest()
    assert answer["result"] == {"task": old_task()}


async def answered(client: EraClient, asked: dict[str, Any]) -> int:
    """Answer a question; the status."""
    status, _ = await client.send({"jsonrpc": "2.0", "id": asked["id"], "result": ADA})
    return status


async def test_a_cancelled_task_stays_cancelled(client: EraClient, new: NewTasks) -> None:
    await begun(client)
    new.states = [new_task(statusMessage="Half."), COMPLETED]
    told = (await client.ask("tasks/cancel", 2, taskId="t1"))["result"]
    assert told == old_task("cancelled", lastUpdatedAt="1970-01-01T00:16:40.000Z")
    assert sent(new.way.of("tasks/cancel")[0]) == {"taskId": "t1"}
    assert (await client.ask("tasks/get", 3, taskId="t1"))["result"] == told
    again = await client.ask("tasks/cancel", 4, taskId="t1")
    assert again["error"] == {"code": -32602, "message": "Cannot cancel a task that is cancelled."}
    assert "error" in await client.ask("tasks/result", 5, taskId="t1")
    assert new.way.methods == ["tools/call", "tasks/get", "tasks/cancel"]


async def test_a_look_that_was_under_way_does_not_bring_a_cancelled_task_back(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [new_task()]
    held = new.way.hold["tasks/get"] = asyncio.Event()
    looking = asyncio.create_task(client.ask("tasks/get", 2, taskId="t1"))
    await new.way.until("tasks/get")
    del new.way.hold["tasks/get"]
    await client.ask("tasks/cancel", 3, taskId="t1")
    held.set()
    looked = await asyncio.wait_for(looking, 5)
    assert looked["result"]["status"] == "cancelled"


async def test_a_task_that_has_ended_cannot_be_cancelled(client: EraClient, new: NewTasks) -> None:
    await begun(client)
    new.states = [new_task("completed", result=TROUBLE)]
    answer = await client.ask("tasks/cancel", 2, taskId="t1")
    assert answer["error"] == {"code": -32602, "message": "Cannot cancel a task that is failed."}
    assert "tasks/cancel" not in new.way.methods


async def test_who_waits_for_a_task_that_is_cancelled_is_told_at_once(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [new_task(pollIntervalMs=60_000)]
    waiting = asyncio.create_task(client.ask("tasks/result", 2, taskId="t1"))
    await new.way.until("tasks/get")
    await client.ask("tasks/cancel", 3, taskId="t1")
    answer = await asyncio.wait_for(waiting, 5)
    assert "cancelled" in answer["error"]["message"]


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel"])
async def test_a_task_is_its_session_s_alone(
    eras: Eras, new: NewTasks, client: EraClient, method: str
) -> None:
    await begun(client)
    others = [
        await at(eras, new),
        await at(eras, new, pool="zed\none\nwork"),
    ]
    for other in others:
        answer = await other.ask(method, 2, taskId="t1")
        assert answer["error"]["code"] == -32602
    for wrong in ("t2", 7, None):
        assert (await client.ask(method, 3, taskId=wrong))["error"]["code"] == -32602
    assert new.way.methods == []


async def test_what_the_server_no_longer_knows_is_its_own_error(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.way.replies["tasks/get"] = lambda met: Answer(error_of(met, -32602, "Task has expired"))
    for method in ("tasks/get", "tasks/result", "tasks/cancel"):
        answer = await client.ask(method, 2, taskId="t1")
        assert answer["error"] == {"code": -32602, "message": "Task has expired"}


async def test_what_a_task_asks_is_asked_of_who_waits_for_its_result_once(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    async with client.exchange(client.message("tasks/result", 2, taskId="t1")) as got:
        asked = await got.next()
        assert asked["method"] == "elicitation/create"
        assert asked["params"] == {**WHO, "_meta": MARK}
        other = asyncio.create_task(client.ask("tasks/result", 3, taskId="t1"))
        await new.way.until("tasks/get", 6)
        assert await answered(client, asked) == 202
        [update] = new.way.of("tasks/update")
        assert sent(update) == {"taskId": "t1", "inputResponses": {"who": ADA}}
        assert update.header("Mcp-Name") == "t1"
        # The server may show for a while what it was answered.
        await new.way.until("tasks/get", len(new.way.of("tasks/get")) + 3)
        new.states = [COMPLETED]
        [answer] = await got.rest()
    assert answer["id"] == 2
    assert (await asyncio.wait_for(other, 5))["result"] == answer["result"]
    assert len(new.way.of("tasks/update")) == 1


async def test_what_a_task_asks_is_asked_of_who_only_looks_at_it(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    async with client.exchange(client.message("tasks/get", 2, taskId="t1")) as got:
        asked, looked = await got.rest()
    assert asked["params"]["message"] == "Who?"
    assert looked["result"] == old_task("input_required")
    again = await client.ask("tasks/get", 3, taskId="t1")
    assert again["result"]["status"] == "input_required"
    assert await answered(client, asked) == 202
    assert sent(await new.way.until("tasks/update"))["inputResponses"] == {"who": ADA}


async def test_who_leaves_a_result_ends_no_task_and_comes_back_for_it(
    eras: Eras, client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [new_task(pollIntervalMs=60_000)]
    leaving = asyncio.create_task(client.ask("tasks/result", 2, taskId="t1"))
    cancelling = asyncio.create_task(client.ask("tasks/result", 3, taskId="t1"))
    await new.way.until("tasks/get", 2)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await client.send(client.message("notifications/cancelled", None, requestId=3))
    assert (await asyncio.wait_for(cancelling, 5))["error"]["code"] == -32800
    new.states = [COMPLETED]
    assert (await client.ask("tasks/result", 4, taskId="t1"))["result"]["isError"] is False
    await client.send(None, http_method="DELETE")
    await eras.close()
    assert "tasks/cancel" not in new.way.methods


async def test_a_wait_for_a_result_is_given_up_also_before_its_task_was_looked_at(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    held = new.way.hold["tasks/get"] = asyncio.Event()
    waiting = asyncio.create_task(client.ask("tasks/result", 2, taskId="t1"))
    await new.way.until("tasks/get")
    await client.send(client.message("notifications/cancelled", None, requestId=2))
    held.set()
    assert (await asyncio.wait_for(waiting, 5))["error"]["code"] == -32800
    assert len(new.way.of("tasks/get")) == 1


async def test_a_question_that_the_client_left_open_is_asked_again(new: NewTasks) -> None:
    async with both_eras(asking=0.05) as eras:
        client = await at(eras, new)
        await begun(client)
        new.states = [WAITS]
        async with client.exchange(client.message("tasks/result", 2, taskId="t1")) as got:
            first, second = await got.next(), await got.next()
            assert first["params"] == second["params"]
            assert await answered(client, first) == 202
            assert "tasks/update" not in new.way.methods
            while await answered(client, second) == 202 and not new.way.of("tasks/update"):
                # It was answered too late as well.
                second = await got.next()


async def test_a_session_ends_also_while_a_task_of_its_waits_for_an_answer(
    eras: Eras, client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    async with client.exchange(client.message("tasks/get", 2, taskId="t1")) as got:
        await got.rest()
    async with asyncio.timeout(5):
        await client.send(None, http_method="DELETE")
        await eras.close()


async def test_many_newer_sessions_end_none_whose_task_is_under_way(
    eras: Eras, new: NewTasks, client: EraClient
) -> None:
    await begun(client)
    new.states = [new_task()]
    unused = await at(eras, new)
    for _ in range(512):
        await at(eras, new)
    assert (await client.ask("tasks/get", 2, taskId="t1"))["result"] == old_task()
    assert (await unused.send(unused.message("tools/list")))[0] == 404


async def test_a_task_that_asks_what_the_client_does_not_answer_fails_and_is_ended(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    question = {"two": {"method": "sampling/createMessage", "params": {"messages": []}}}
    new.states = [new_task("input_required", inputRequests=question)]
    answer = await client.ask("tasks/result", 2, taskId="t1")
    assert "this client has not said that it answers" in answer["error"]["message"]
    looked = await client.ask("tasks/get", 3, taskId="t1")
    assert looked["result"]["status"] == "failed"
    assert looked["result"]["statusMessage"] == answer["error"]["message"]
    assert sent(await new.way.until("tasks/cancel")) == {"taskId": "t1"}


async def test_an_error_for_an_answer_fails_the_task_and_ends_it(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    async with client.exchange(client.message("tasks/result", 2, taskId="t1")) as got:
        asked = await got.next()
        error = {"code": -1, "message": "User rejected"}
        await client.send({"jsonrpc": "2.0", "id": asked["id"], "error": error})
        [answer] = await got.rest()
    assert answer["error"] == error
    await new.way.until("tasks/cancel")
    assert "tasks/update" not in new.way.methods


async def test_answers_that_the_server_refuses_fail_the_task(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    new.way.replies["tasks/update"] = lambda met: Answer(error_of(met, -32603, "Too late"))
    async with client.exchange(client.message("tasks/result", 2, taskId="t1")) as got:
        await answered(client, await got.next())
        [answer] = await got.rest()
    assert answer["error"] == {"code": -32603, "message": "Too late"}
    await new.way.until("tasks/cancel")


async def test_answers_that_come_too_late_leave_a_task_as_it_has_ended(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    new.way.replies["tasks/update"] = lambda met: Answer(error_of(met, -32602, "It has ended"))
    async with client.exchange(client.message("tasks/get", 2, taskId="t1")) as got:
        asked, _ = await got.rest()
    new.states = [COMPLETED]
    await answered(client, asked)
    await new.way.until("tasks/get", 2)
    done = await client.ask("tasks/result", 3, taskId="t1")
    assert done["result"]["content"] == DONE["content"]
    assert "tasks/cancel" not in new.way.methods


@pytest.mark.parametrize("answer", [{"result": ADA}, {"error": {"code": -1, "message": "No"}}])
async def test_answers_to_a_cancelled_task_leave_it_cancelled(
    eras: Eras, client: EraClient, new: NewTasks, answer: dict[str, Any]
) -> None:
    await begun(client)
    new.states = [WAITS]
    async with client.exchange(client.message("tasks/get", 2, taskId="t1")) as got:
        asked, _ = await got.rest()
    await client.ask("tasks/cancel", 3, taskId="t1")
    await client.send({"jsonrpc": "2.0", "id": asked["id"], **answer})
    await client.ask("tools/list", 4)
    looked = await client.ask("tasks/get", 5, taskId="t1")
    assert looked["result"]["status"] == "cancelled"
    await eras.close()
    calls = ["tools/call", "tasks/get", "tasks/get", "tasks/cancel", "tools/list"]
    assert new.way.methods == calls


async def test_answers_go_up_with_a_renewed_credential_where_theirs_is_refused(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    new.states = [WAITS]
    new.way.replies["tasks/update"] = REFUSED
    async with client.exchange(client.message("tasks/result", 2, taskId="t1")) as got:
        asked = await got.next()
        assert await answered(client, asked) == 401
        new.way.replies["tasks/update"] = lambda met: Answer(complete(met))
        client.headers = (("Authorization", "Bearer better"),)
        assert await answered(client, asked) == 202
        new.states = [COMPLETED]
        [answer] = await got.rest()
    assert answer["result"]["content"] == DONE["content"]
    assert [one.header("Authorization") for one in new.way.of("tasks/update")] == [
        "Bearer good",
        "Bearer better",
    ]


@pytest.mark.parametrize("method", ["tasks/get", "tasks/result", "tasks/cancel"])
async def test_a_refused_credential_is_the_answer_to_a_request_after_a_task(
    client: EraClient, new: NewTasks, method: str
) -> None:
    await begun(client)
    new.states = [REFUSED]
    assert (await client.send(client.message(method, 2, taskId="t1")))[0] == 401


async def test_a_wait_survives_a_server_out_of_reach_and_not_a_refused_credential(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    broken = Answer(UpstreamUnreachable("it broke"))
    new.states = [new_task(), broken, Answer(b"busy", 503), new_task(), COMPLETED]
    assert (await client.ask("tasks/result", 2, taskId="t1"))["result"]["isError"] is False
    new.states = [new_task(), REFUSED]
    answer = await client.ask("tasks/result", 3, taskId="t1")
    assert "no longer takes the credential (HTTP 401)" in answer["error"]["message"]
    new.states = [new_task(), broken]
    answer = await client.ask("tasks/result", 4, taskId="t1")
    assert "it broke" in answer["error"]["message"]
    assert "tasks/cancel" not in new.way.methods


def tells(new: NewTasks) -> tuple[Stream, Stream]:
    """Have the server tell what changes: of its tools alone, and of them and of tasks."""
    way = modern_server(extensions={EXTENSION: {}}, tools={"listChanged": True})
    way.replies |= new.way.replies
    new.way = way
    alone, both = Stream(), Stream()
    way.replies["subscriptions/listen"] = lambda met: Answer(
        both if "taskIds" in met.params["notifications"] else alone
    )
    return alone, both


async def test_a_client_that_listens_is_told_of_its_tasks(eras: Eras, new: NewTasks) -> None:
    alone, both = tells(new)
    client = await at(eras, new)
    async with client.exchange(None, http_method="GET") as got:
        await begun(client)
        listening = await new.way.until("subscriptions/listen", 2)
        assert sent(listening)["notifications"] == {"toolsListChanged": True, "taskIds": ["t1"]}
        assert (
            EXTENSION in listening.meta["io.modelcontextprotocol/clientCapabilities"]["extensions"]
        )
        await asyncio.wait_for(alone.left.wait(), 5)
        tag = {"io.modelcontextprotocol/subscriptionId": "listen-1"}
        told = {"jsonrpc": "2.0", "method": "notifications/tasks"}
        both.say({**told, "params": {**new_task(), "taskId": "t2", "_meta": tag}})
        both.say({**told, "params": {**COMPLETED, "_meta": tag}})
        heard = await got.next()
        assert heard == {
            "jsonrpc": "2.0",
            "method": "notifications/tasks/status",
            "params": old_task("completed"),
        }


async def test_a_cancelled_task_is_told_of_as_cancelled_whatever_its_server_tells(
    eras: Eras, new: NewTasks
) -> None:
    _, both = tells(new)
    new.states = [new_task()]
    client = await at(eras, new)
    async with client.exchange(None, http_method="GET") as got:
        await begun(client)
        await new.way.until("subscriptions/listen", 2)
        await client.ask("tasks/cancel", 2, taskId="t1")
        both.say({"jsonrpc": "2.0", "method": "notifications/tasks", "params": COMPLETED})
        assert (await got.next())["params"]["status"] == "cancelled"
    looked = await client.ask("tasks/get", 3, taskId="t1")
    assert looked["result"]["status"] == "cancelled"


async def test_who_leaves_as_listening_for_a_task_begins_leaves_nothing_open(
    eras: Eras, new: NewTasks
) -> None:
    _, both = tells(new)
    client = await at(eras, new)
    async with client.exchange(None, http_method="GET"):
        held = new.way.hold["subscriptions/listen"] = asyncio.Event()
        await begun(client)
        await new.way.until("subscriptions/listen", 2)
    held.set()
    await asyncio.wait_for(both.left.wait(), 5)


def at_once(new: NewTasks, text: str = "done") -> None:
    """Let each call be answered at once."""
    result = {"content": [{"type": "text", "text": text}]}
    new.way.replies["tools/call"] = lambda met: Answer(complete(met, **result))


async def test_many_answers_that_came_at_once_push_out_the_oldest_and_no_task_under_way(
    client: EraClient, new: NewTasks
) -> None:
    await begun(client)
    at_once(new)
    kept = [(await begun(client))["taskId"] for _ in range(257)]
    new.states = [new_task()]
    assert (await client.ask("tasks/get", 2, taskId="t1"))["result"] == old_task()
    gone = await client.ask("tasks/result", 3, taskId=kept[0])
    assert gone["error"]["code"] == -32602
    for task_id in kept[-255:]:
        assert "result" in await client.ask("tasks/result", 4, taskId=task_id)


async def test_large_answers_push_out_older_ones_and_the_latest_is_there_in_any_case(
    client: EraClient, new: NewTasks
) -> None:
    at_once(new)
    small = (await begun(client))["taskId"]
    at_once(new, "x" * (17 * 1024 * 1024))
    large = (await begun(client))["taskId"]
    assert "error" in await client.ask("tasks/result", 2, taskId=small)
    assert "result" in await client.ask("tasks/result", 3, taskId=large)


@pytest.mark.parametrize(
    ("ttl", "kept"), [(1, 60), (120_000, 120), (10**9, 3600), (None, 300), ("long", 300)]
)
async def test_an_answer_that_came_at_once_is_kept_for_its_time(
    client: EraClient, new: NewTasks, monkeypatch: pytest.MonkeyPatch, ttl: object, kept: int
) -> None:
    at_once(new)
    loop = asyncio.get_running_loop()
    asked = loop.time()
    answer = await client.ask("tools/call", name="short", task={"ttl": ttl})
    told = loop.time()
    task = answer["result"]["task"]
    assert task["ttl"] == kept * 1000
    monkeypatch.setattr(loop, "time", lambda: asked + kept - 1)
    assert "result" in await client.ask("tasks/result", 2, taskId=task["taskId"])
    monkeypatch.setattr(loop, "time", lambda: told + kept + 1)
    gone = await client.ask("tasks/result", 3, taskId=task["taskId"])
    assert gone["error"]["code"] == -32602


async def test_a_wait_rests_while_keyfob_is_locked_and_ends_where_its_client_may_no_more(
    eras: Eras, new: NewTasks
) -> None:
    stamps = ScriptedStamps()
    client = await at(eras, new, restamp=stamps)
    await begun(client)
    new.states = [new_task()]
    waiting = asyncio.create_task(client.ask("tasks/result", 2, taskId="t1"))
    await new.way.until("tasks/get", 2)
    stamps.forbidden = Locked("Keyfob is locked.")
    await eventually(lambda: stamps.refused > 8)
    assert not waiting.done()
    stamps.forbidden, new.states, stamps.refused = None, [COMPLETED], 0
    assert "result" in await asyncio.wait_for(waiting, 5)
    new.states = [new_task()]
    waiting = asyncio.create_task(client.ask("tasks/result", 3, taskId="t1"))
    stamps.forbidden = AccessDenied("cursor may not.")
    assert (await asyncio.wait_for(waiting, 5))["error"]["message"] == "cursor may not."
    assert stamps.refused == 1
