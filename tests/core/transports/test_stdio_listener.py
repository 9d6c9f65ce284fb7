import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from keyfob_core.model import Inbound, Outbound
from keyfob_core.transports.stdio.listener import StdioListener
from support.stdio_upstream import (
    MODERN,
    Wire,
    bridge_engine,
    event,
    listening_bridges,
    modern,
    notice,
    request,
    result,
    run_folder,
    socket_wire,
)
from support.upstreams import (
    Drop,
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sse_reply,
)

ACCEPTED = Reply(202, (("Content-Length", "0"),))
NOT_ALLOWED = Reply(405, (("Content-Length", "0"),))
NOT_FOUND = Reply(404, (("Content-Length", "0"),))


def _message(seen: Seen) -> dict[str, Any]:
    return json.loads(seen.body) if seen.body else {}


class Script:
    """A server of the handshake eras, whose answers a test replaces by method."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[Seen], Reply]] = {}
        self.session = "s1"

    def __call__(self, seen: Seen) -> Reply:
        method = _message(seen).get("method") or seen.method
        reply = self.replies.get(method)
        if reply is not None:
            return reply if isinstance(reply, Reply) else reply(seen)
        if method == "initialize":
            answer = result(_message(seen)["id"], protocolVersion="2025-06-18")
            return json_reply(answer, fields=(("Mcp-Session-Id", self.session),))
        if seen.method != "POST":
            return NOT_ALLOWED
        return json_reply(result(_message(seen)["id"])) if "id" in _message(seen) else ACCEPTED


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def upstream(script: Script) -> AsyncGenerator[ScriptedUpstream]:
    async with scripted_upstream(script) as upstream:
        yield upstream


@pytest.fixture
async def wire(upstream: ScriptedUpstream, keyfob_home: Path) -> AsyncGenerator[Wire]:
    del keyfob_home
    async with bridge_engine(upstream.url, run_folder()), socket_wire(run_folder()) as wire:
        yield wire


async def _shake_hands(wire: Wire, upstream: ScriptedUpstream) -> None:
    await wire.ask("initialize", "i")
    await wire.send(notice("notifications/initialized"))
    await upstream.received(3)


async def test_a_message_goes_up_and_its_answer_down_byte_for_byte(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    body = b'{"jsonrpc":"2.0", "id":1,"method" : "x","params":{"n":1.50,"u":"\\u00e9\xc3\xa9"}}'
    answer = b'{"jsonrpc":"2.0","id":1 , "result":{"n":2.50,"k":1,"k":2}}'
    script.replies["x"] = Reply(chunks=(answer,))
    await wire.send(body)
    assert await wire.line() == answer
    assert upstream.requests[0].body == body


async def test_an_answer_with_line_ends_becomes_one_line(wire: Wire, script: Script) -> None:
    script.replies["x"] = Reply(chunks=(json.dumps(result(a="b\nc"), indent=1).encode() + b"\r\n",))
    assert await wire.ask("x") == result(a="b\nc")


async def test_the_session_and_its_revision_are_sent_from_the_handshake_on(
    wire: Wire, upstream: ScriptedUpstream
) -> None:
    await _shake_hands(wire, upstream)
    await wire.ask("tools/list")
    first, *rest = upstream.requests
    assert {"mcp-session-id", "mcp-protocol-version"}.isdisjoint(first.names)
    assert [seen.method for seen in rest] == ["POST", "GET", "POST"]
    for seen in rest:
        assert seen.header("Mcp-Session-Id") == "s1"
        assert seen.header("MCP-Protocol-Version") == "2025-06-18"
    assert rest[0].header("Accept") == "application/json, text/event-stream"
    assert rest[1].header("Accept") == "text/event-stream"


@pytest.mark.parametrize("held", ["initialize", "notifications/initialized"])
async def test_nothing_overtakes_the_handshake(
    upstream: ScriptedUpstream, script: Script, keyfob_home: Path, held: str
) -> None:
    answered = asyncio.Event()
    shaken = json.dumps(result("i", protocolVersion="2025-06-18")).encode()
    script.replies[held] = Reply(
        fields=(("Content-Type", "application/json"), ("Mcp-Session-Id", "s1")),
        chunks=(answered, shaken),
    )

    def seen() -> list[str]:
        methods = [_message(seen).get("method") for seen in upstream.requests]
        return [method for method in methods if method not in (None, "other")]

    async with (
        bridge_engine(upstream.url, run_folder()),
        socket_wire(run_folder()) as wire,
        socket_wire(run_folder()) as other,
    ):
        await wire.send(request("initialize", "i"))
        await wire.send(notice("notifications/initialized"))
        await wire.send(request("tools/list", 2))
        for _ in range(20):
            await other.ask("other")
        assert seen()[-1] == held
        answered.set()
        assert [(await wire.receive())["id"] for _ in "i2"] == ["i", 2]
    assert seen() == ["initialize", "notifications/initialized", "tools/list"]
    listing = next(seen for seen in upstream.requests if b"tools/list" in seen.body)
    assert listing.header("Mcp-Session-Id") == "s1"


async def test_a_slow_request_holds_nothing_up(wire: Wire, script: Script) -> None:
    held = asyncio.Event()
    script.replies["slow"] = sse_reply(held, event(result(1)))
    await wire.send(request("slow", 1))
    assert (await wire.ask("fast", 2))["id"] == 2
    held.set()
    assert (await wire.receive())["id"] == 1


async def test_what_the_server_says_unasked_comes_as_lines(wire: Wire, script: Script) -> None:
    script.replies["GET"] = sse_reply(b": hello\n\n", event(notice("a"), id=1), asyncio.Event())
    await wire.ask("initialize")
    await wire.send(notice("notifications/initialized"))
    assert await wire.receive() == notice("a")


async def test_the_servers_own_stream_is_taken_up_behind_its_last_event(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    def reply(seen: Seen) -> Reply:
        if seen.header("Last-Event-ID") is None:
            return sse_reply(event(notice("a"), id="é1", retry=10))
        return sse_reply(event(notice("b"), id=2), asyncio.Event())

    script.replies["GET"] = reply
    await wire.ask("initialize")
    await wire.send(notice("notifications/initialized"))
    assert [(await wire.receive())["method"] for _ in "ab"] == ["a", "b"]
    resumed = next(seen for seen in upstream.requests if seen.header("Last-Event-ID"))
    assert "Last-Event-ID: é1\r\n".encode() in resumed.head


async def test_a_request_of_the_server_is_answered_by_a_post(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies["x"] = sse_reply(event(request("roots/list", 1)), event(result(1)))
    assert (await wire.ask("x", 1))["method"] == "roots/list"
    assert await wire.receive() == result(1)
    await wire.send(result(1, roots=[]))
    assert _message(await upstream.received(2)) == result(1, roots=[])


async def test_a_broken_answer_is_taken_up_where_it_broke(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies["x"] = sse_reply(
        event(None, id="e1", retry=10), event(notice("p"), id="e2"), Drop()
    )
    script.replies["GET"] = sse_reply(event(result(1), id="e3"))
    await wire.send(request("x", 1))
    assert await wire.receive() == notice("p")
    assert await wire.receive() == result(1)
    assert upstream.requests[-1].header("Last-Event-ID") == "e2"


@pytest.mark.parametrize("end", [(), (Drop(),)], ids=["in order", "broken off"])
async def test_an_answer_is_asked_for_again_as_long_as_the_server_works_at_it(
    wire: Wire, script: Script, end: tuple[Drop, ...]
) -> None:
    script.replies["x"] = sse_reply(event(None, id="e1", retry=10), *end)
    # Many more times than a stream that breaks is taken up.
    polls = [sse_reply(b": at work\n\n") for _ in range(12)]
    script.replies["GET"] = lambda _: polls.pop() if polls else sse_reply(event(result(1)))
    assert await wire.ask("x", 1) == result(1)


@pytest.mark.parametrize(
    "reply",
    [sse_reply(b": at work\n\n", Drop()), Reply(503, (("Content-Length", "0"),))],
    ids=["broken off", "out of order"],
)
async def test_an_answer_that_fails_again_and_again_is_an_error(
    wire: Wire, upstream: ScriptedUpstream, script: Script, reply: Reply
) -> None:
    script.replies["x"] = sse_reply(event(None, id="e1", retry=10))
    script.replies["GET"] = reply
    assert (await wire.ask("x", 1))["error"]["code"] == -31007
    assert len([seen for seen in upstream.requests if seen.method == "GET"]) == 6


async def test_a_broken_answer_without_ids_is_an_error_for_the_request(
    wire: Wire, script: Script
) -> None:
    script.replies["x"] = sse_reply(event(notice("p")), Drop())
    assert await wire.ask("x", 7) == notice("p")
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (7, -31007)


@pytest.mark.parametrize("sign", [b"ping", b"null", b'"alive"'])
async def test_a_sign_of_life_in_the_form_of_data_is_no_answer(
    wire: Wire, script: Script, sign: bytes
) -> None:
    script.replies["x"] = sse_reply(b"data: " + sign + b"\n\n")
    answer = await wire.ask("x", 7)
    assert (answer["id"], answer["error"]["code"]) == (7, -31007)


async def test_an_empty_object_among_events_is_no_answer(wire: Wire, script: Script) -> None:
    script.replies["x"] = sse_reply(event({}))
    assert await wire.ask("x", 7) == {}
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (7, -31007)


async def test_the_answers_to_a_batch_may_come_as_one_event(
    wire: Wire, upstream: ScriptedUpstream
) -> None:
    answers = [result(1), result(2)]
    upstream.respond = lambda _: sse_reply(event(answers))
    await wire.send([request("a", 1), request("b", 2)])
    assert json.loads(await wire.line()) == answers
    upstream.respond = lambda _: json_reply(result(3))
    # Nothing was left owed of it.
    assert await wire.ask("c", 3) == result(3)


async def test_an_answer_that_cannot_be_taken_up_is_an_error(wire: Wire, script: Script) -> None:
    script.replies["x"] = sse_reply(event(None, id="e1", retry=10))
    assert (await wire.ask("x", 7))["error"]["code"] == -31007


async def test_a_dead_session_is_begun_again_and_the_request_repeated(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    await _shake_hands(wire, upstream)
    script.session = "s2"
    script.replies["tools/list"] = lambda seen: (
        json_reply(result(2, ok=True)) if seen.header("Mcp-Session-Id") == "s2" else NOT_FOUND
    )
    assert await wire.ask("tools/list", 2) == result(2, ok=True)
    methods = [_message(seen).get("method", seen.method) for seen in upstream.requests[3:]]
    assert methods[:3] == ["tools/list", "initialize", "notifications/initialized"]
    again = next(seen for seen in upstream.requests[4:] if b"initialize" in seen.body)
    assert "mcp-session-id" not in again.names


async def test_a_session_that_stays_dead_is_an_error(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    await _shake_hands(wire, upstream)
    script.replies["tools/list"] = NOT_FOUND
    assert "error" in await wire.ask("tools/list", 2)
    assert "result" in await wire.ask("tools/call", 3, name="t")


async def test_a_session_that_could_not_be_begun_again_is_tried_with_the_next_request(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    await _shake_hands(wire, upstream)
    script.session = "s2"
    script.replies["tools/list"] = lambda seen: (
        json_reply(result(3)) if seen.header("Mcp-Session-Id") == "s2" else NOT_FOUND
    )
    script.replies["initialize"] = Reply(503, (("Content-Length", "0"),))
    assert "error" in await wire.ask("tools/list", 2)
    del script.replies["initialize"]
    assert await wire.ask("tools/list", 3) == result(3)


async def test_the_session_is_ended_with_the_connection(
    upstream: ScriptedUpstream, keyfob_home: Path
) -> None:
    async with bridge_engine(upstream.url, run_folder()):
        async with socket_wire(run_folder()) as wire:
            await _shake_hands(wire, upstream)
        ended = await upstream.received(4)
        assert (ended.method, ended.header("Mcp-Session-Id")) == ("DELETE", "s1")


async def test_a_modern_request_says_in_its_headers_what_it_says_in_its_body(
    wire: Wire, upstream: ScriptedUpstream
) -> None:
    await wire.send(modern("tools/call", 1, name="größe"))
    await wire.receive()
    await wire.send(modern("resources/read", 2, uri="file:///a b"))
    await wire.receive()
    await wire.send(modern("tools/list", 3))
    await wire.receive()
    call, read, listing = upstream.requests
    assert call.header("MCP-Protocol-Version") == MODERN
    assert call.header("Mcp-Method") == "tools/call"
    assert call.header("Mcp-Name") == "=?base64?Z3LDtsOfZQ==?="
    assert read.header("Mcp-Name") == "file:///a b"
    assert "mcp-name" not in listing.names
    assert "mcp-session-id" not in call.names | read.names | listing.names


async def test_cancelling_a_modern_request_closes_its_stream_and_says_nothing(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies["tools/call"] = sse_reply(event(notice("p")), asyncio.Event())
    await wire.send(modern("tools/call", 1, name="t"))
    assert await wire.receive() == notice("p")
    await wire.send(notice("notifications/cancelled", requestId=1))
    async with asyncio.timeout(5):
        await upstream.hung_up.wait()
    await wire.send(modern("tools/list", 2))
    assert (await wire.receive())["id"] == 2
    assert [seen.header("Mcp-Method") for seen in upstream.requests] == ["tools/call", "tools/list"]


ANNOTATED = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "page": {"type": "object", "properties": {"n": {"type": "integer", "x-mcp-header": "N"}}},
    },
}
ARGUMENTS = {"region": "größe", "page": {"n": 7}, "other": 1}
REPEATED = {"Mcp-Param-Region": "=?base64?Z3LDtsOfZQ==?=", "Mcp-Param-N": "7"}


def _params(seen: Seen) -> dict[str, str]:
    """The headers that repeat arguments, and fails where one came twice."""
    found = [(name, value) for name, value in seen.fields if name.startswith("Mcp-Param-")]
    assert len(dict(found)) == len(found)
    return dict(found)


def _listing(message_id: int | str, *names: str, cursor: str | None = None) -> dict[str, Any]:
    tools = [{"name": name, "inputSchema": ANNOTATED} for name in names]
    return result(message_id, tools=tools, **({} if cursor is None else {"nextCursor": cursor}))


@pytest.mark.parametrize("kind", ["json", "events"])
async def test_arguments_are_repeated_as_headers_as_the_list_of_tools_says(
    wire: Wire, upstream: ScriptedUpstream, script: Script, kind: str
) -> None:
    listing = _listing(1, "t")
    script.replies["tools/list"] = (
        json_reply(listing) if kind == "json" else sse_reply(event(notice("p")), event(listing))
    )
    await wire.send(modern("tools/list", 1))
    while "result" not in await wire.receive():
        pass
    await wire.send(modern("tools/call", 2, name="t", arguments=ARGUMENTS))
    await wire.receive()
    await wire.send(modern("tools/call", 3, name="other", arguments=ARGUMENTS))
    await wire.receive()
    assert [_params(seen) for seen in upstream.requests] == [{}, REPEATED, {}]


def _wanting(seen: Seen) -> Reply:
    """Takes a call only with the headers of its arguments."""
    message = _message(seen)
    if _params(seen) == REPEATED:
        return json_reply(result(message["id"], ok=True))
    error = {"code": -32020, "message": "A header is missing."}
    return json_reply({"jsonrpc": "2.0", "id": message["id"], "error": error}, status=400)


async def test_a_call_whose_tool_was_never_listed_is_sent_again_once_its_headers_are_known(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    def listing(seen: Seen) -> Reply:
        asked = _message(seen)
        assert seen.header("Mcp-Method") == "tools/list"
        assert seen.header("MCP-Protocol-Version") == MODERN
        assert "progressToken" not in asked["params"]["_meta"]
        cursor = asked["params"].get("cursor")
        page = _listing(asked["id"], "t") if cursor else _listing(asked["id"], "a", cursor="2")
        return sse_reply(event(notice("p")), event(page))

    script.replies |= {"tools/list": listing, "tools/call": _wanting}
    call = modern("tools/call", 1, name="t", arguments=ARGUMENTS)
    call["params"]["_meta"]["progressToken"] = "p"
    await wire.send(call)
    assert await wire.receive() == result(1, ok=True)
    methods = [_message(seen)["method"] for seen in upstream.requests]
    assert methods == ["tools/call", "tools/list", "tools/list", "tools/call"]
    # What was learned holds for the next call.
    await wire.send(modern("tools/call", 2, name="t", arguments=ARGUMENTS))
    assert await wire.receive() == result(2, ok=True)
    assert len(upstream.requests) == 5


async def test_a_call_that_lacks_what_no_list_names_is_refused_with_the_servers_words(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies |= {"tools/call": _wanting, "tools/list": NOT_FOUND}
    await wire.send(modern("tools/call", 1, name="t", arguments=ARGUMENTS))
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (1, -32020)
    methods = [_message(seen)["method"] for seen in upstream.requests]
    assert methods == ["tools/call", "tools/list"]


async def test_another_refusal_of_a_call_is_passed_on_at_once(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    for body in (b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}', b"no"):
        script.replies["tools/call"] = Reply(400, (("Content-Type", "application/json"),), (body,))
        await wire.send(modern("tools/call", 1, name="t", arguments=ARGUMENTS))
        assert "error" in await wire.receive()
    assert len(upstream.requests) == 2


async def test_cancelling_in_the_handshake_era_is_told_to_the_server(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies["tools/call"] = sse_reply(event(notice("p")), asyncio.Event())
    await _shake_hands(wire, upstream)
    await wire.send(request("tools/call", 1, name="t"))
    assert await wire.receive() == notice("p")
    await wire.send(notice("notifications/cancelled", requestId=1))
    assert _message(await upstream.received(5))["method"] == "notifications/cancelled"
    async with asyncio.timeout(5):
        await upstream.hung_up.wait()


async def test_a_notice_that_the_server_does_not_take_holds_nothing_up_for_long(
    upstream: ScriptedUpstream, script: Script, keyfob_home: Path
) -> None:
    script.replies["notifications/cancelled"] = Reply(chunks=(asyncio.Event(),))
    script.replies["tools/call"] = sse_reply(event(notice("p")), asyncio.Event())
    async with (
        bridge_engine(upstream.url, run_folder(), notice_seconds=0.05),
        socket_wire(run_folder()) as wire,
    ):
        await _shake_hands(wire, upstream)
        await wire.send(request("tools/call", 1, name="t"))
        assert await wire.receive() == notice("p")
        await wire.send(notice("notifications/cancelled", requestId=1))
        async with asyncio.timeout(5):
            await upstream.hung_up.wait()
        assert (await wire.ask("ping", 2))["id"] == 2


async def test_the_end_of_the_connection_closes_what_is_open_upstream(
    upstream: ScriptedUpstream, script: Script, keyfob_home: Path
) -> None:
    script.replies["tools/call"] = sse_reply(event(notice("p")), asyncio.Event())
    async with bridge_engine(upstream.url, run_folder()):
        async with socket_wire(run_folder()) as wire:
            await wire.ask("tools/call", 1, name="t")
        async with asyncio.timeout(5):
            await upstream.hung_up.wait()


async def test_a_half_closed_connection_still_gets_its_last_answers(
    wire: Wire, script: Script
) -> None:
    script.replies["x"] = sse_reply(event(notice("p")), event(result(1)))
    await wire.send(request("x", 1))
    wire.writer.write_eof()
    assert [await wire.receive() for _ in "12"] == [notice("p"), result(1)]
    assert await wire.line() == b""


@pytest.mark.parametrize("status", [400, 404, 405, 500])
async def test_a_refusal_that_is_json_rpc_is_passed_on_under_the_requests_id(
    wire: Wire, script: Script, status: int
) -> None:
    error = {"code": -32020, "message": "no"}
    for given in (None, 1, "server-error"):
        script.replies["x"] = json_reply(
            {"jsonrpc": "2.0", "id": given, "error": error}, status=status
        )
        assert await wire.ask("x", 1) == {"jsonrpc": "2.0", "id": 1, "error": error}


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (modern("server/discover"), 404, -32601),
        (request("x"), 404, -32603),
        (request("x"), 405, -32603),
        (request("x"), 503, -31007),
        (request("x"), 302, -32603),
    ],
)
async def test_a_refusal_without_json_rpc_becomes_an_error(
    wire: Wire, upstream: ScriptedUpstream, message: object, status: int, code: int
) -> None:
    upstream.respond = lambda _: Reply(status, (("Content-Type", "text/html"),), (b"<p>no</p>",))
    await wire.send(message)
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (1, code)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, (("Content-Type", "text/html"),), (b"<html>",)),
        Reply(200, (("Content-Type", "application/json"),), (b"<html>",)),
        ACCEPTED,
    ],
)
async def test_an_answer_that_is_none_becomes_an_error(
    wire: Wire, upstream: ScriptedUpstream, reply: Reply
) -> None:
    upstream.respond = lambda _: reply
    assert (await wire.ask("x", 5))["error"]["code"] == -31007


async def test_a_server_that_cannot_be_reached_is_an_error_for_the_request(
    keyfob_home: Path, unused_tcp_port: int
) -> None:
    async with (
        bridge_engine(f"http://127.0.0.1:{unused_tcp_port}/mcp", run_folder()),
        socket_wire(run_folder()) as wire,
    ):
        answer = await wire.ask("x", 5)
    assert (answer["id"], answer["error"]["code"]) == (5, -31007)


async def test_the_answers_to_a_batch_come_as_one_line(
    wire: Wire, upstream: ScriptedUpstream
) -> None:
    answers = [result(1), result(2)]
    upstream.respond = lambda _: json_reply(answers)
    await wire.send([request("a", 1), request("b", 2)])
    assert json.loads(await wire.line()) == answers


async def test_every_member_of_a_refused_batch_is_answered(
    wire: Wire, upstream: ScriptedUpstream
) -> None:
    upstream.respond = lambda _: Reply(400, (("Content-Length", "0"),))
    await wire.send([request("a", 1), notice("n"), request("b", "1")])
    assert [(await wire.receive())["id"] for _ in "12"] == [1, "1"]


@pytest.mark.parametrize(
    ("line", "message_id", "code"),
    [
        (b"{", None, -32700),
        (b"5", None, -32600),
        (b'{"jsonrpc":"2.0","id":4,"method":"a","method":"b"}', 4, -32700),
        (b'{"jsonrpc":"2.0","id":"q","method":"tools/call"}', "q", -32600),
        (b"[" * 100_000, None, -32700),
    ],
)
async def test_a_line_that_is_no_message_is_answered_with_an_error(
    wire: Wire, upstream: ScriptedUpstream, line: bytes, message_id: Any, code: int
) -> None:
    await wire.send(line)
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (message_id, code)
    assert upstream.requests == []
    await wire.send(b"\r\n")
    assert (await wire.ask("x", 1))["id"] == 1


async def test_a_line_that_is_too_long_is_refused_and_the_next_one_served(
    upstream: ScriptedUpstream, keyfob_home: Path
) -> None:
    async with (
        bridge_engine(upstream.url, run_folder(), longest_line=1 << 20),
        socket_wire(run_folder()) as wire,
    ):
        await wire.send(request("x", 1, text="a" * (3 << 20)))
        assert (await wire.receive())["error"]["code"] == -32600
        assert (await wire.ask("x", 2))["id"] == 2


async def test_without_a_server_every_request_is_for_all_of_them(
    upstream: ScriptedUpstream, keyfob_home: Path
) -> None:
    async with (
        bridge_engine(upstream.url, run_folder()) as relay,
        socket_wire(run_folder(), server=None) as wire,
    ):
        assert "error" not in await wire.ask("initialize")
        assert {inbound.server for inbound in relay.inbound} == {""}


@pytest.mark.parametrize(
    "line", [b"", b"GET / HTTP/1.1", b'{"keyfob": 2}', b'{"keyfob": 1, "server": 5}', b"[1]"]
)
async def test_what_opens_like_no_bridge_is_closed(
    upstream: ScriptedUpstream, keyfob_home: Path, line: bytes
) -> None:
    async with bridge_engine(upstream.url, run_folder()):
        reader, writer = await asyncio.open_unix_connection(run_folder() / "bridge.sock")
        writer.write(line + b"\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        await writer.wait_closed()


async def test_what_the_bridge_was_told_reaches_the_relay(
    upstream: ScriptedUpstream, keyfob_home: Path
) -> None:
    async with (
        bridge_engine(upstream.url, run_folder()) as relay,
        socket_wire(run_folder(), client="cursor", token="kf_x") as wire,
    ):
        await wire.ask("a", 1)
        await wire.ask("b", 2)
    first, second, *_ = relay.inbound
    assert (first.server, first.claimed_name, first.token) == ("files", "cursor", "kf_x")
    assert first.connection_id
    assert first.connection_id == second.connection_id


ENDLESS = 4000


class EndlessRelay:
    """Answers with events as fast as they are taken."""

    def __init__(self) -> None:
        self.taken = 0

    @asynccontextmanager
    async def handle(self, inbound: Inbound) -> AsyncGenerator[Outbound]:
        answers = self._events() if b"endless" in inbound.body else self._answer()
        yield Outbound(status=200, headers=(("Content-Type", "text/event-stream"),), body=answers)

    async def _events(self) -> AsyncIterator[bytes]:
        for self.taken in range(ENDLESS):
            yield event(notice("p", text="x" * 50_000))

    async def _answer(self) -> AsyncIterator[bytes]:
        yield event(result(1))


async def test_a_client_that_does_not_read_holds_the_server_back(keyfob_home: Path) -> None:
    relay = EndlessRelay()
    async with (
        listening_bridges(StdioListener(relay), run_folder()),
        socket_wire(run_folder()) as idle,
        socket_wire(run_folder()) as busy,
    ):
        cast("asyncio.ReadTransport", idle.writer.transport).pause_reading()
        await idle.send(request("endless", 1))
        for _ in range(50):
            await busy.ask("x")
        held_at = relay.taken
        for _ in range(50):
            await busy.ask("x")
        assert 0 < held_at == relay.taken < ENDLESS - 1


REGION = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}


def _routed(seen: Seen) -> Reply:
    """A call that the server takes with the header of its argument alone."""
    message = _message(seen)
    if seen.header("mcp-param-region") == message["params"]["arguments"]["region"]:
        return json_reply(result(message["id"], content=[]))
    error = {"code": -32020, "message": "a header is missing"}
    return json_reply({"jsonrpc": "2.0", "id": message["id"], "error": error}, status=400)


def _listed(*names: str, **fields: str) -> Callable[[Seen], Reply]:
    tools = [{"name": name, "inputSchema": REGION} for name in names]
    return lambda seen: json_reply(result(_message(seen)["id"], tools=tools, **fields))


async def test_a_call_repeats_in_headers_what_the_list_of_tools_told_of(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies |= {"tools/list": _listed("routed"), "tools/call": _routed}
    await wire.send(modern("tools/list", 1))
    await wire.receive()
    await wire.send(modern("tools/call", 2, name="routed", arguments={"region": "eu"}))
    assert (await wire.receive())["result"] == {"content": []}
    assert [_message(seen).get("method") for seen in upstream.requests] == [
        "tools/list",
        "tools/call",
    ]


async def test_a_call_that_lacks_a_header_is_made_again_once_the_list_was_read(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    def paged(seen: Seen) -> Reply:
        first = "cursor" not in _message(seen)["params"]
        return (_listed("other", nextCursor="n") if first else _listed("routed"))(seen)

    script.replies |= {"tools/list": paged, "tools/call": _routed}
    await wire.send(modern("tools/call", 2, name="routed", arguments={"region": "eu"}))
    assert (await wire.receive())["result"] == {"content": []}
    methods = [_message(seen).get("method") for seen in upstream.requests]
    assert methods == ["tools/call", "tools/list", "tools/list", "tools/call"]


async def test_a_call_whose_tool_is_in_no_list_gets_the_server_s_own_refusal(
    wire: Wire, upstream: ScriptedUpstream, script: Script
) -> None:
    script.replies |= {"tools/list": _listed("other"), "tools/call": _routed}
    await wire.send(modern("tools/call", 2, name="routed", arguments={"region": "eu"}))
    answer = await wire.receive()
    assert (answer["id"], answer["error"]["code"]) == (2, -32020)
    assert len(upstream.requests) == 2
