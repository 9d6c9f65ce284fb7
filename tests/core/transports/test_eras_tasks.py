"""Tasks of 2025-11-25 for clients of 2026-07-28, and those of the extension for clients before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.transports.eras.way import Eras
from support.era_tasks import (
    ADA,
    DONE,
    EXTENSION,
    FAULT,
    MARK,
    REQUIRED,
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
    ScriptedWay,
    Stream,
    both_eras,
    error_of,
    handshake_server,
    result_of,
)

SERVER = {"_meta": {"io.modelcontextprotocol/serverInfo": {"name": "old", "version": "1"}}}
TAKES_TASKS = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
FORM = {"elicitation": {"form": {}}}
WITH_TASKS = {**FORM, "extensions": {EXTENSION: {}}}
REFUSED = Answer(b"who are you", 401, (("WWW-Authenticate", 'Bearer error="invalid_token"'),))
TOOLS = [
    {"name": "long", "inputSchema": {}, "execution": {"taskSupport": "required"}},
    {"name": "either", "inputSchema": {}, "execution": {"taskSupport": "optional"}},
    {"name": "short", "inputSchema": {}},
]


def who(message_id: str = "q1", **meta: Any) -> dict[str, Any]:
    """What a server of 2025-11-25 asks for its task."""
    params = {**WHO, "_meta": meta or MARK}
    return {"jsonrpc": "2.0", "id": message_id, "method": "elicitation/create", "params": params}


def say(stream: Stream, message: dict[str, Any]) -> Callable[[Met], Answer]:
    def answer(_: Met) -> Answer:
        stream.say(message)
        return Answer(stream)

    return answer


@pytest.fixture
async def eras() -> AsyncGenerator[Eras]:
    async with both_eras() as eras:
        yield eras


@pytest.fixture
def old() -> ScriptedWay:
    """A server of 2025-11-25 that makes tasks."""
    way = handshake_server(tasks=TAKES_TASKS)

    def called(met: Met) -> Answer:
        is_task = "task" in met.params
        return Answer(result_of(met, {"task": old_task()} if is_task else DONE))

    way.replies["tools/list"] = lambda met: Answer(result_of(met, {"tools": TOOLS}))
    way.replies["tools/call"] = called
    way.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task()))
    way.replies["tasks/result"] = lambda met: Answer(result_of(met, {**DONE, "_meta": MARK}))
    return way


async def acquainted(client: EraClient) -> EraClient:
    """A client whose server is known, with the requests so far forgotten."""
    await client.ask("server/discover")
    client.way.met.clear()
    return client


@pytest.fixture
async def plain(eras: Eras, old: ScriptedWay) -> EraClient:
    """A client of 2026-07-28 that knows of no tasks."""
    return await acquainted(EraClient(eras, old, capabilities=FORM))


@pytest.fixture
async def knowing(eras: Eras, old: ScriptedWay) -> EraClient:
    """A client of 2026-07-28 that knows of tasks."""
    return await acquainted(EraClient(eras, old, capabilities=WITH_TASKS))


async def test_a_tool_that_is_nothing_but_a_task_answers_a_client_that_knows_of_none(
    plain: EraClient, old: ScriptedWay
) -> None:
    answer = await plain.ask("tools/call", 4, name="long", arguments={"a": 1})
    assert answer == {
        "jsonrpc": "2.0",
        "id": 4,
        "result": {**DONE, "resultType": "complete", **SERVER},
    }
    assert old.methods == ["tools/list", "tools/call", "tasks/result"]
    assert old.of("tools/call")[0].params == {"name": "long", "arguments": {"a": 1}, "task": {}}
    assert old.of("tasks/result")[0].params == {"taskId": "t1"}


@pytest.mark.parametrize("name", ["short", "either", "unknown"])
async def test_every_other_tool_is_called_as_ever(
    knowing: EraClient, old: ScriptedWay, name: str
) -> None:
    answer = await knowing.ask("tools/call", name=name, task={"ttl": 1})
    assert answer["result"]["content"] == DONE["content"]
    assert old.of("tools/call")[0].params == {"name": name}


async def test_the_list_of_tools_is_read_once_until_the_server_says_it_has_changed(
    eras: Eras, old: ScriptedWay
) -> None:
    own = Stream()
    old.replies["GET"] = Answer(own)
    client = await acquainted(EraClient(eras, old))
    for _ in range(2):
        await client.ask("tools/call", name="long")
    assert old.methods.count("tools/list") == 1
    own.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    async with asyncio.timeout(5):
        while old.methods.count("tools/list") == 1:
            await client.ask("tools/call", name="short")


async def test_a_server_without_tasks_is_not_asked_for_its_tools(eras: Eras) -> None:
    way = handshake_server()
    client = await acquainted(EraClient(eras, way))
    await client.ask("tools/call", name="long")
    assert way.methods == ["tools/call"]


async def test_a_long_list_of_tools_is_read_to_its_end(plain: EraClient, old: ScriptedWay) -> None:
    def listed(met: Met) -> Answer:
        if met.params.get("cursor") == "2":
            return Answer(result_of(met, {"tools": TOOLS}))
        return Answer(result_of(met, {"tools": [], "nextCursor": "2"}))

    old.replies["tools/list"] = listed
    await plain.ask("tools/call", name="long")
    assert "task" in old.of("tools/call")[0].params


async def test_what_a_task_asks_is_asked_in_the_call_of_a_client_that_knows_of_none(
    plain: EraClient, old: ScriptedWay
) -> None:
    stream = Stream()
    old.replies["tasks/result"] = say(stream, who())
    asked = await plain.ask("tools/call", 1, name="long")
    question = {"method": "elicitation/create", "params": WHO}
    assert asked["result"]["inputRequests"] == {"input-1": question}

    def take(met: Met) -> Answer:
        stream.say(result_of(old.of("tasks/result")[0], DONE))
        return Answer(b"", 202)

    old.replies["response"] = take
    state = asked["result"]["requestState"]
    answer = await plain.ask(
        "tools/call", 2, name="long", requestState=state, inputResponses={"input-1": ADA}
    )
    assert answer["result"]["content"] == DONE["content"]
    [given] = old.of("response")
    assert given.message["id"] == "q1"
    assert given.message["result"] == {**ADA, "_meta": MARK}


@pytest.mark.parametrize("where", ["own", "another call's"])
async def test_what_a_task_asks_elsewhere_is_asked_in_its_own_call(
    eras: Eras, old: ScriptedWay, where: str
) -> None:
    own, busy = Stream(), Stream()
    old.replies["GET"] = Answer(own)
    client = await acquainted(EraClient(eras, old, capabilities=FORM))
    usual = old.replies["tools/call"]
    assert callable(usual)
    called = usual
    old.replies["tasks/result"] = Answer(Stream())
    waiting = asyncio.create_task(client.ask("tools/call", 1, name="long"))
    await old.until("tasks/result")
    old.replies["tools/call"] = lambda met: (
        Answer(busy) if met.params["name"] == "short" else called(met)
    )
    other = asyncio.create_task(client.ask("tools/call", 2, name="short"))
    await old.until("tools/call", 2)
    (own if where == "own" else busy).say(who())
    asked = await asyncio.wait_for(waiting, 5)
    assert asked["result"]["inputRequests"]["input-1"]["params"] == WHO
    assert not other.done()
    assert old.of("response") == []
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)


async def test_an_error_of_a_task_is_the_error_of_its_call(
    plain: EraClient, old: ScriptedWay
) -> None:
    old.replies["tasks/result"] = lambda met: Answer(error_of(met, -32603, "out of paper"))
    answer = await plain.ask("tools/call", 1, name="long")
    assert answer["error"] == {"code": -32603, "message": "out of paper"}


async def test_progress_of_a_task_is_told_under_the_call_s_token(
    plain: EraClient, old: ScriptedWay
) -> None:
    stream = Stream()
    old.replies["tasks/result"] = Answer(stream)
    message = plain.message("tools/call", 1, name="long", meta={"progressToken": "p"})
    asking = asyncio.create_task(_transcript(plain, message))
    await old.until("tasks/result")
    token = old.of("tools/call")[0].message["id"]
    progress = {"progressToken": token, "progress": 1, "_meta": MARK}
    stream.say({"jsonrpc": "2.0", "method": "notifications/progress", "params": progress})
    stream.say(result_of(old.of("tasks/result")[0], DONE))
    told, answer = await asking
    assert (told["params"]["progressToken"], told["params"]["progress"]) == ("p", 1)
    assert answer["result"]["content"] == DONE["content"]


async def _transcript(client: EraClient, message: dict[str, Any]) -> list[Any]:
    async with client.exchange(message) as got:
        return await got.rest()


async def test_a_client_that_leaves_has_its_task_cancelled_by_the_task_s_own_message(
    plain: EraClient, old: ScriptedWay
) -> None:
    old.replies["tasks/result"] = Answer(Stream())
    waiting = asyncio.create_task(plain.ask("tools/call", 1, name="long"))
    await old.until("tasks/result")
    waiting.cancel()
    assert (await old.until("tasks/cancel")).params == {"taskId": "t1"}
    await asyncio.gather(waiting, return_exceptions=True)
    await plain.eras.close()
    assert "notifications/cancelled" not in old.methods


async def test_a_task_whose_credential_is_refused_for_good_fails_and_is_not_begun_again(
    plain: EraClient, old: ScriptedWay
) -> None:
    old.replies["tasks/result"] = REFUSED
    status, answer = await plain.send(plain.message("tools/call", 1, name="long"))
    assert status == 200
    assert "no longer takes the credential (HTTP 401)" in answer["error"]["message"]
    assert old.methods.count("tools/call") == 1


async def test_a_server_that_makes_tasks_is_described_with_the_extension(
    knowing: EraClient,
) -> None:
    described = await knowing.ask("server/discover")
    assert described["result"]["capabilities"] == {
        "tools": {},
        "logging": {},
        "extensions": {EXTENSION: {}},
    }


async def test_a_client_that_knows_of_tasks_gets_one_and_looks_at_it_until_it_is_done(
    knowing: EraClient, old: ScriptedWay
) -> None:
    created = await knowing.ask("tools/call", 1, name="long")
    assert created["result"] == {"resultType": "task", **new_task(), **SERVER}
    looked = await knowing.ask("tasks/get", 2, taskId="t1")
    assert looked["result"] == {"resultType": "complete", **new_task(), **SERVER}
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("completed")))
    done = await knowing.ask("tasks/get", 3, taskId="t1")
    assert done["result"] == {
        "resultType": "complete",
        **new_task("completed", result=DONE),
        **SERVER,
    }
    assert old.methods == ["tools/list", "tools/call", "tasks/get", "tasks/get", "tasks/result"]


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        ("failed", {"error": FAULT}, {"status": "failed", "error": FAULT}),
        ("completed", {"error": FAULT}, {"status": "failed", "error": FAULT}),
        ("failed", {"result": TROUBLE}, {"status": "completed", "result": TROUBLE}),
    ],
)
async def test_only_an_error_of_the_protocol_is_a_failed_task(
    knowing: EraClient,
    old: ScriptedWay,
    status: str,
    answer: dict[str, Any],
    told: dict[str, Any],
) -> None:
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task(status)))
    old.replies["tasks/result"] = lambda met: Answer(
        {"jsonrpc": "2.0", "id": met.message["id"], **answer}
    )
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert {key: looked["result"].get(key) for key in told} == told


async def test_what_a_task_asks_stands_in_its_state_and_its_answer_is_given_once(
    knowing: EraClient, old: ScriptedWay
) -> None:
    await knowing.ask("tools/call", 1, name="long")
    stream = Stream()
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("input_required")))
    old.replies["tasks/result"] = say(stream, who())
    question = {"method": "elicitation/create", "params": WHO}
    for _ in range(2):
        looked = await knowing.ask("tasks/get", taskId="t1")
        assert looked["result"]["status"] == "input_required"
        assert looked["result"]["inputRequests"] == {"input-1": question}
    stream.say(who("q2"))
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert list(looked["result"]["inputRequests"]) == ["input-1", "input-2"]
    assert old.methods.count("tasks/result") == 1
    given = {"input-1": ADA, "input-9": ADA}
    for _ in range(2):
        taken = await knowing.ask("tasks/update", taskId="t1", inputResponses=given)
        assert taken["result"] == {"resultType": "complete", **SERVER}
    [response] = old.of("response")
    assert (response.message["id"], response.message["result"]) == ("q1", {**ADA, "_meta": MARK})
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert list(looked["result"]["inputRequests"]) == ["input-2"]
    withdrawn = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    stream.say({**withdrawn, "params": {"requestId": "q2"}})
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert (looked["result"]["status"], "inputRequests" in looked["result"]) == ("working", False)


async def test_what_a_task_asks_on_the_server_s_own_stream_is_its_question_too(
    eras: Eras, old: ScriptedWay
) -> None:
    own = Stream()
    old.replies["GET"] = Answer(own)
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("input_required")))
    old.replies["tasks/result"] = Answer(Stream())
    client = await acquainted(EraClient(eras, old, capabilities=WITH_TASKS))
    await client.ask("tools/call", 1, name="long")
    own.say(who())
    async with asyncio.timeout(5):
        while True:
            looked = await client.ask("tasks/get", taskId="t1")
            if "inputRequests" in looked["result"]:
                break
    assert looked["result"]["inputRequests"]["input-1"]["params"] == WHO
    assert old.of("response") == []


async def test_a_question_that_the_client_does_not_answer_is_refused_to_the_task(
    knowing: EraClient, old: ScriptedWay
) -> None:
    await knowing.ask("tools/call", 1, name="long")
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("input_required")))
    stream = Stream()
    roots = {"jsonrpc": "2.0", "id": "r", "method": "roots/list", "params": {"_meta": MARK}}
    old.replies["tasks/result"] = say(stream, roots)
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert looked["result"]["status"] == "working"
    refused = await old.until("response")
    assert (refused.message["id"], refused.message["error"]["code"]) == ("r", -32601)


async def test_a_cancelled_task_is_acknowledged_even_where_it_has_ended_before(
    knowing: EraClient, old: ScriptedWay
) -> None:
    acknowledged = {"resultType": "complete", **SERVER}
    cancelled = await knowing.ask("tasks/cancel", taskId="t1")
    assert cancelled["result"] == acknowledged
    old.replies["tasks/cancel"] = lambda met: Answer(error_of(met, -32602, "It has ended."))
    assert (await knowing.ask("tasks/cancel", taskId="t1"))["result"] == acknowledged
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("cancelled")))
    looked = await knowing.ask("tasks/get", taskId="t1")
    assert looked["result"] == {"resultType": "complete", **new_task("cancelled"), **SERVER}


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_a_task_that_the_server_does_not_know_is_its_to_refuse(
    knowing: EraClient, old: ScriptedWay, method: str
) -> None:
    for asked in ("tasks/get", "tasks/cancel"):
        old.replies[asked] = lambda met: Answer(error_of(met, -32602, "Task not found"))
    answer = await knowing.ask(method, 3, taskId="other")
    assert answer == {
        "jsonrpc": "2.0",
        "id": 3,
        "error": {"code": -32602, "message": "Task not found"},
    }


async def test_requests_after_tasks_are_refused_as_the_extension_says(
    eras: Eras, plain: EraClient, knowing: EraClient
) -> None:
    status, undeclared = await plain.send(plain.message("tasks/get", taskId="t1"))
    assert (status, undeclared["error"]["code"]) == (400, -32021)
    assert undeclared["error"]["data"] == REQUIRED
    nameless = await knowing.ask("tasks/get")
    assert nameless["error"]["code"] == -32602
    for gone in ("tasks/list", "tasks/result"):
        status, answer = await knowing.send(knowing.message(gone, taskId="t1"))
        assert (status, answer["error"]["code"]) == (404, -32601)
    other = await acquainted(EraClient(eras, handshake_server(), capabilities=WITH_TASKS))
    status, answer = await other.send(
        other.message("tasks/get", taskId="t1"), server="two", url="http://two.example/mcp"
    )
    assert (status, answer["error"]["code"]) == (404, -32601)


@pytest.mark.parametrize(
    ("method", "status"), [("tasks/get", "working"), ("tasks/result", "input_required")]
)
async def test_a_look_at_a_task_meets_a_refused_credential_like_any_request(
    knowing: EraClient, old: ScriptedWay, method: str, status: str
) -> None:
    old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task(status)))
    old.replies[method] = REFUSED
    met, _ = await knowing.send(knowing.message("tasks/get", taskId="t1"))
    assert met == 401


async def test_a_session_stays_for_a_task_until_it_has_ended(old: ScriptedWay) -> None:
    async with both_eras(idle=0.1) as eras:
        old.replies["GET"] = Answer(Stream())
        client = await acquainted(EraClient(eras, old, capabilities=WITH_TASKS))
        created = await client.ask("tools/call", 1, name="long")
        assert created["result"]["resultType"] == "task"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await old.until("DELETE")
        old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("completed")))
        await client.ask("tasks/get", 2, taskId="t1")
        await old.until("DELETE")


@pytest.fixture
def new() -> NewTasks:
    return NewTasks()


@pytest.fixture
async def before(eras: Eras, new: NewTasks) -> EraClient:
    """A client of 2025-11-25 at it."""
    client = EraClient(eras, new.way, revision="2025-11-25")
    await client.initialize(elicitation={})
    new.way.met.clear()
    return client


async def test_a_client_of_old_is_answered_with_the_end_of_a_task(
    before: EraClient, new: NewTasks
) -> None:
    new.states = [new_task(), new_task("completed", result=DONE)]
    answer = await before.ask("tools/call", 5, name="long", arguments={"a": 1})
    assert answer == {"jsonrpc": "2.0", "id": 5, "result": DONE}
    assert new.way.methods == ["tools/call", "tools/call", "tasks/get", "tasks/get"]
    look = new.way.of("tasks/get")[0]
    assert look.params["taskId"] == look.header("Mcp-Name") == "t1"
    assert look.header("Mcp-Method") == "tasks/get"
    assert look.meta["io.modelcontextprotocol/clientCapabilities"] == {
        "elicitation": {"form": {}},
        "extensions": {EXTENSION: {}},
    }


async def test_what_a_task_asks_is_asked_of_a_client_of_old_once(
    before: EraClient, new: NewTasks
) -> None:
    question = {"who": {"method": "elicitation/create", "params": WHO}}
    waits = new_task("input_required", inputRequests=question)
    new.states = [waits, waits, new_task("completed", result=DONE)]
    async with before.exchange(before.message("tools/call", 5, name="long")) as got:
        asked = await got.next()
        assert (asked["method"], asked["params"]["message"]) == ("elicitation/create", "Who?")
        status, _ = await before.send({"jsonrpc": "2.0", "id": asked["id"], "result": ADA})
        assert status == 202
        assert [one.get("result") for one in await got.rest()] == [DONE]
    [update] = new.way.of("tasks/update")
    assert update.header("Mcp-Name") == "t1"
    assert {k: v for k, v in update.params.items() if k != "_meta"} == {
        "taskId": "t1",
        "inputResponses": {"who": ADA},
    }


async def test_a_task_that_asks_what_the_client_does_not_answer_is_ended(
    before: EraClient, new: NewTasks
) -> None:
    question = {"two": {"method": "sampling/createMessage", "params": {"messages": []}}}
    new.states = [new_task("input_required", inputRequests=question)]
    answer = await before.ask("tools/call", 5, name="long")
    assert "this client has not said that it answers" in answer["error"]["message"]
    assert (await new.way.until("tasks/cancel")).params["taskId"] == "t1"
    assert "tasks/update" not in new.way.methods


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (new_task("failed", error=FAULT), FAULT),
        (
            new_task("cancelled", statusMessage="Too late."),
            {"code": -32603, "message": "Too late."},
        ),
        (
            new_task("cancelled"),
            {"code": -32603, "message": "The server ended its task as cancelled."},
        ),
    ],
)
async def test_a_task_that_goes_wrong_is_an_error_of_the_call(
    before: EraClient, new: NewTasks, state: dict[str, Any], error: dict[str, Any]
) -> None:
    new.states = [state]
    answer = await before.ask("tools/call", 5, name="long")
    assert answer["error"] == error
    assert "tasks/cancel" not in new.way.methods


async def test_a_server_out_of_reach_for_a_moment_does_not_end_a_task(
    before: EraClient, new: NewTasks
) -> None:
    broken = Answer(UpstreamUnreachable("it broke"))
    new.states = [broken, Answer(b"busy", 503), new_task("completed", result=DONE)]
    answer = await before.ask("tools/call", 5, name="long")
    assert answer["result"] == DONE


async def test_a_call_that_the_client_cancels_ends_its_task(
    before: EraClient, new: NewTasks
) -> None:
    new.states = [new_task(pollIntervalMs=60_000)]
    waiting = asyncio.create_task(before.ask("tools/call", 5, name="long"))
    await new.way.until("tasks/get")
    # By then it waits for the next look: a stream would have begun for nothing.
    await before.ask("tools/list", 6)
    await before.send(before.message("notifications/cancelled", None, requestId=5))
    assert (await waiting)["error"]["code"] == -32800
    assert (await new.way.until("tasks/cancel")).params["taskId"] == "t1"


async def test_a_client_of_old_that_leaves_ends_its_task(before: EraClient, new: NewTasks) -> None:
    new.states = [new_task(pollIntervalMs=60_000)]
    waiting = asyncio.create_task(before.ask("tools/call", 5, name="long"))
    await new.way.until("tasks/get")
    waiting.cancel()
    assert (await new.way.until("tasks/cancel")).header("Mcp-Name") == "t1"
    await asyncio.gather(waiting, return_exceptions=True)


async def test_another_capability_that_is_missing_is_the_client_s_to_hear_of(
    before: EraClient, new: NewTasks
) -> None:
    data = {"requiredCapabilities": {"sampling": {}, "extensions": {EXTENSION: {}}}}
    new.way.replies["tools/call"] = lambda met: Answer(error_of(met, -32021, "No", data), 400)
    answer = await before.ask("tools/call", 5, name="long")
    assert answer["error"]["data"] == data
    assert new.way.methods == ["tools/call"]


async def test_a_refusal_that_comes_late_is_called_again_as_well(
    before: EraClient, new: NewTasks
) -> None:
    new.states = [new_task("completed", result=DONE)]
    usual, stream = new.way.replies["tools/call"], Stream()
    assert callable(usual)

    def called(met: Met) -> Answer:
        answer = usual(met)
        if answer.status == 200:
            return answer
        stream.say(answer.body)
        return Answer(stream)

    new.way.replies["tools/call"] = called
    answer = await before.ask("tools/call", 5, name="long")
    assert answer["result"] == DONE


def status_of(task_id: str, status: str = "working") -> dict[str, Any]:
    """What a server of 2025-11-25 tells of a task unasked."""
    params = {**old_task(status), "taskId": task_id}
    return {"jsonrpc": "2.0", "method": "notifications/tasks/status", "params": params}


async def test_who_listens_for_a_task_is_told_what_asking_for_it_would_tell(
    eras: Eras, old: ScriptedWay
) -> None:
    own = Stream()
    old.replies["GET"] = Answer(own)
    knowing = await acquainted(EraClient(eras, old, capabilities=WITH_TASKS))
    wanted = {"taskIds": ["t1"]}
    message = knowing.message("subscriptions/listen", "listen-1", notifications=wanted)
    async with knowing.exchange(message) as got:
        tag = {"io.modelcontextprotocol/subscriptionId": "listen-1"}
        acknowledged = await got.next()
        assert acknowledged["params"] == {"notifications": wanted, "_meta": tag}
        own.say(status_of("t2"))
        own.say(status_of("t1"))
        told = {"jsonrpc": "2.0", "method": "notifications/tasks"}
        assert await got.next() == {**told, "params": {**new_task(), "_meta": tag}}
        old.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("completed")))
        own.say(status_of("t1", "completed"))
        ended = new_task("completed", result=DONE)
        assert await got.next() == {**told, "params": {**ended, "_meta": tag}}
    assert {met.params["taskId"] for met in old.of("tasks/get")} == {"t1"}


async def test_who_listens_for_a_task_must_say_that_it_knows_of_them(plain: EraClient) -> None:
    wanted = {"taskIds": ["t1"]}
    message = plain.message("subscriptions/listen", 3, notifications=wanted)
    status, answer = await plain.send(message)
    assert (status, answer["error"]["code"], answer["error"]["data"]) == (400, -32021, REQUIRED)


async def test_a_server_without_tasks_is_not_said_to_tell_of_one(eras: Eras) -> None:
    way = handshake_server(tools={"listChanged": True})
    client = await acquainted(EraClient(eras, way, capabilities=WITH_TASKS))
    wanted = {"taskIds": ["t1"], "toolsListChanged": True}
    async with client.exchange(
        client.message("subscriptions/listen", 1, notifications=wanted)
    ) as got:
        honored = (await got.next())["params"]["notifications"]
    assert honored == {"toolsListChanged": True}


async def test_what_is_no_task_s_id_is_not_listened_for(eras: Eras, old: ScriptedWay) -> None:
    client = await acquainted(EraClient(eras, old, capabilities=WITH_TASKS))
    wanted = {"taskIds": [{}, ["t1"], 1, None, "t1", "t1"]}
    async with client.exchange(
        client.message("subscriptions/listen", 1, notifications=wanted)
    ) as got:
        assert (await got.next())["params"]["notifications"] == {"taskIds": ["t1"]}


async def test_a_server_that_tells_much_of_a_task_is_asked_for_it_once_at_a_time(
    eras: Eras,
) -> None:
    way = handshake_server(tasks=TAKES_TASKS, tools={"listChanged": True})
    own, held = Stream(), Stream()
    way.replies["GET"] = Answer(own)
    way.replies["tasks/get"] = Answer(held)
    client = await acquainted(EraClient(eras, way, capabilities=WITH_TASKS))
    wanted = {"taskIds": ["t1"], "toolsListChanged": True}
    message = client.message("subscriptions/listen", 1, notifications=wanted)
    async with client.exchange(message) as got:
        await got.next()
        own.say(status_of("t1"))
        first = await way.until("tasks/get")
        for _ in range(20):
            own.say(status_of("t1"))
        own.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        assert (await got.next())["method"] == "notifications/tools/list_changed"
        assert len(way.of("tasks/get")) == 1
        way.replies["tasks/get"] = lambda met: Answer(result_of(met, old_task("cancelled")))
        held.say(result_of(first, old_task()))
        # What was told meanwhile may be news: it is asked for once more, and that is all.
        told = [(await got.next())["params"]["status"] for _ in range(2)]
        assert told == ["working", "cancelled"]
        own.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        assert (await got.next())["method"] == "notifications/tools/list_changed"
        assert len(way.of("tasks/get")) == 2
