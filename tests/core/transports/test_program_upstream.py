from __future__ import annotations

import asyncio
from pathlib import Path

from keyfob_core.messages.headers import header
from support.eventually import eventually
from support.program_upstream import (
    SHORT,
    encoded,
    gone,
    notice,
    program,
    programs,
    value_of,
)


async def test_an_answer_that_comes_alone_is_json_and_the_program_s_own_bytes(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        opened = await at.begin()
        answer = await at.post(at.call("echo", a="ü"))
    assert opened.status == answer.status == 200
    assert header(answer.headers, "content-type") == "application/json"
    assert int(header(answer.headers, "content-length") or "") == len(answer.body)
    assert answer.value == {"a": "ü"}


async def test_each_message_reaches_the_program_as_one_line_and_else_byte_for_byte(
    tmp_path: Path,
) -> None:
    odd = b'{"jsonrpc" :"2.0",  "id":7,"method":"x/y","params":{"z":1.50,"u":"\\u00fc \xc3\xbc"}}'
    async with programs(tmp_path) as at:
        await at.begin()
        assert (await at.post(odd)).messages[0]["id"] == 7
        broken = odd.replace(b'"id":7,', b'\r\n "id":8,\n').replace(b",  ", b",\n  ")
        assert (await at.post(b"\xef\xbb\xbf" + broken + b"\n")).messages[0]["id"] == 8
        lines = await at.lines()
    assert odd + b"\n" in lines
    assert broken.replace(b"\r", b" ").replace(b"\n", b" ").strip() + b"\n" in lines


async def test_what_comes_before_an_answer_makes_it_a_stream_in_the_program_s_order(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        answer = await at.post(at.call("burst", count=200))
    assert answer.is_events
    told = [message["params"]["data"] for message in answer.messages[:-1]]
    assert told == [str(number) for number in range(200)]
    assert answer.value == "done"


async def test_a_stream_begins_when_an_answer_takes_long_and_is_kept_alive(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.stream(at.call("hold")) as held:
            assert header(held.response.headers, "content-type") == "text/event-stream"
            assert await anext(held.response.body) == b":\n\n"
            released = asyncio.create_task(at.tool("release"))
            assert value_of(await held.next()) == "released"
            assert await held.ended()
            assert await released == "done"


async def test_answers_in_another_order_reach_who_asked(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        asked = [asyncio.create_task(at.post(at.call("hold", 100 + n))) for n in range(5)]
        await eventually(lambda: at.holds(5))
        await at.tool("release")
        answers = [await one for one in asked]
    assert [answer.messages[0]["id"] for answer in answers] == [100, 101, 102, 103, 104]


async def test_a_number_and_a_text_are_two_ids(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        number, text = (asyncio.create_task(at.post(at.call("hold", n))) for n in (900, "900"))
        await eventually(lambda: at.holds(2))
        await at.tool("release")
        assert (await number).messages[0]["id"] == 900
        assert (await text).messages[0]["id"] == "900"


async def test_an_id_that_is_under_way_is_refused_a_second_time(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        first = asyncio.create_task(at.post(at.call("hold", 5)))
        await eventually(lambda: at.holds(1))
        second = await at.post(at.call("echo", 5))
        assert second.status == 400
        assert second.messages[0]["error"]["code"] == -32600
        await at.tool("release")
        assert (await first).value == "released"


async def test_progress_goes_with_the_call_whose_token_it_names(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with (
            at.listen() as listening,
            at.stream(at.call("hold", _token=1)) as one,
            at.stream(at.call("hold", _token="1")) as other,
        ):
            mine = await at.post(at.call("progress", _token="mine"))
            assert [m["params"]["progressToken"] for m in mine.messages[:-1]] == ["mine"]
            assert (await one.next())["params"]["progressToken"] == 1
            assert (await other.next())["params"]["progressToken"] == "1"
            assert (await at.tool("change"), await listening.next())[0] == "done"


async def test_what_the_program_says_unasked_goes_to_the_stream_that_listens(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.listen() as listening:
            answer = await at.post(at.call("change"))
            assert not answer.is_events
            heard = await listening.next()
    assert heard["method"] == "notifications/tools/list_changed"


async def test_where_nobody_listens_it_goes_with_the_call_that_is_under_way(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        answer = await at.post(at.call("change"))
    assert [m.get("method") for m in answer.messages] == ["notifications/tools/list_changed", None]


async def test_what_is_said_while_nobody_is_there_waits_for_who_listens_next(
    tmp_path: Path,
) -> None:
    line = b'{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}\n'
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.listen() as listening:
            pass
        assert await listening.ended()
        # Answered first, so that no call is under way when the line follows.
        after = at.call("raw", data=encoded(b'{"jsonrpc":"2.0","id":77,"result":{}}\n' + line))
        after["id"] = 77
        await at.post(after)
        await at.tool("echo")
        async with at.listen() as listening:
            assert (await listening.next())["method"] == "notifications/resources/list_changed"


async def test_a_client_that_listens_anew_takes_the_place_of_the_older_stream(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.listen() as older, at.listen() as newer:
            assert await older.ended()
            await at.tool("change")
            assert (await newer.next())["method"] == "notifications/tools/list_changed"


async def test_a_request_of_the_program_s_is_answered_by_the_client(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.stream(at.call("ask")) as asking:
            question = await asking.next()
            assert question["method"] == "roots/list"
            response = {"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}}
            assert (await at.post(response)).status == 202
            assert value_of(await asking.next()) == {"roots": []}


async def test_sessions_have_programs_of_their_own_and_know_nothing_of_each_other(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        first = at.session
        one = (await at.tool("where"))["pid"]
        await at.begin()
        other = (await at.tool("where"))["pid"]
        assert one != other
        assert first != at.session
        at.session = first
        assert (await at.tool("where"))["pid"] == one
        assert at.upstream.running("files") == 2


async def test_a_session_of_another_pool_or_of_nobody_is_not_found(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        for changed in ({"pool": "claude\nfiles\nwork"}, {"pool": "cursor\nfiles\nhome"}):
            for method in ("POST", "GET", "DELETE"):
                answer = await at.post(at.call("echo"), http_method=method, **changed)
                assert answer.status == 404
        at.session = "made-up"
        assert (await at.post(at.call("echo"))).status == 404
        assert (await at.post(notice("notifications/initialized"))).status == 404
        at.session = None
        missing = await at.post(at.call("echo"))
        assert missing.status == 400
        assert "Mcp-Session-Id" in missing.messages[0]["error"]["message"]


async def test_delete_ends_the_session_and_its_program(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        async with at.listen() as listening:
            assert (await at.post(b"", http_method="DELETE")).status == 204
            assert await listening.ended()
        await gone(pid)
        assert (await at.post(at.call("echo"))).status == 404


async def test_a_program_that_refuses_to_begin_leaves_no_session_behind(tmp_path: Path) -> None:
    async with programs(tmp_path, program("--refuse")) as at:
        answer = await at.begin()
        assert answer.messages[0]["error"]["message"] == "not by handshake"
        assert at.session is None
        await eventually(lambda: at.upstream.running("files") == 0)


async def test_from_2026_on_requests_of_one_pool_share_a_program_without_a_session(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        found = await at.post(at.message("server/discover"), modern=True)
        assert found.messages[0]["result"]["supportedVersions"] == ["2026-07-28"]
        assert header(found.headers, "mcp-session-id") is None
        first = await at.tool("where", modern=True)
        second = await at.tool("where", modern=True)
        assert first["pid"] == second["pid"]
        at.pool = "cursor\nfiles\nhome"
        assert (await at.tool("where", modern=True))["pid"] != first["pid"]
        at.conversation = "bridge-1"
        assert at.upstream.running("files") == 2
        for method in ("GET", "DELETE"):
            assert (await at.post(b"", http_method=method, modern=True)).status == 405


async def test_two_windows_that_use_the_same_id_at_once_get_a_program_each(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at, at.stream(at.call("hold", 1), modern=True) as held:
        assert (await at.post(at.call("echo", 1, a=2), modern=True)).value == {"a": 2}
        assert at.upstream.running("files") == 2
        await at.tool("release", modern=True)
        assert value_of(await held.next()) == "released"


async def test_closing_a_stream_cancels_its_call_from_2026_on(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        async with at.stream(at.call("hold", "long"), modern=True):
            pass

        async def cancelled() -> bool:
            lines = await at.lines(modern=True)
            return any(b"cancelled" in line and b'"requestId": "long"' in line for line in lines)

        await eventually(cancelled)


async def test_in_the_handshake_eras_only_the_client_cancels(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.stream(at.call("hold", "long")) as held:
            cancelled = notice("notifications/cancelled", requestId="long")
            assert (await at.post(cancelled)).status == 202
            assert await held.ended()
        async with at.stream(at.call("hold", "other")):
            pass
        lines = await at.lines()
    assert [b"cancelled" in line for line in lines].count(True) == 1


async def test_a_listening_request_gets_what_is_tagged_for_it_and_ends_as_the_program_says(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        listen = at.message("subscriptions/listen", "l1", notifications={})
        async with at.stream(listen, modern=True) as listening:
            acknowledged = await listening.next()
            assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
            async with at.stream(at.call("hold"), modern=True):
                await at.tool("change", modern=True)
                heard = await listening.next()
                assert heard["method"] == "notifications/tools/list_changed"
            await at.tool("unlisten", modern=True)
            assert await listening.ended()


async def test_an_unknown_method_is_404_where_the_program_is_known_to_be_of_2026(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path, program("--era", "legacy")) as at:
        probe = await at.post(at.message("server/discover"), modern=True)
        # A client takes a 404 with this code for the answer of a modern server.
        assert (probe.status, probe.messages[0]["error"]["code"]) == (200, -32601)
        await at.tool("echo", modern=True)
        again = await at.post(at.message("server/discover"), modern=True)
        assert again.status == 404


async def test_the_program_that_was_only_asked_for_its_era_serves_the_session(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path, program("--era", "legacy")) as at:
        await at.post(at.message("server/discover"), modern=True)
        await at.begin()
        lines = await at.lines()
        assert b"server/discover" in lines[0]
        assert at.upstream.running("files") == 1
        # One that has answered is of 2026 and keeps to that.
        await at.tool("echo", modern=True)
        await at.begin()
        assert at.upstream.running("files") == 3


async def test_a_batch_is_one_line_and_its_answers_are_one_stream(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin("2025-03-26")
        batch = [at.call("echo", "a", n=1), at.call("echo", "b", n=2), notice("notifications/x")]
        answer = await at.post(batch)
        lines = await at.lines()
    assert [message["id"] for message in answer.messages] == ["a", "b"]
    assert sum(line.startswith(b"[") for line in lines) == 1


async def test_nobody_who_reads_slowly_holds_the_program_up_for_ever(tmp_path: Path) -> None:
    limits = SHORT
    async with programs(tmp_path, limits=limits) as at:
        await at.begin()
        flood = at.call("burst", count=64, size=1 << 16)
        async with at.stream(flood) as unread:
            assert unread.response.status == 200
            assert (await at.post(at.call("echo", a=1))).value == {"a": 1}


async def test_a_large_message_passes_both_ways(tmp_path: Path) -> None:
    size = 8 * 1024 * 1024
    async with programs(tmp_path) as at:
        await at.begin()
        answer = await at.post(at.call("echo", text="y" * size))
        assert len(answer.value["text"]) == size


async def test_a_body_that_is_no_json_rpc_is_refused_before_anything_is_started(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        for body in (b"", b"nothing", b"[]", b'{"a": 1}', b"[1]"):
            assert (await at.post(body)).status == 400
        assert at.upstream.running("files") == 0
