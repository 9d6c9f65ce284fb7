from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from keyfob_core.config import Server
from keyfob_core.errors import ConfigInvalid, CredentialMissing, UpstreamUnreachable
from support.eventually import eventually
from support.program_upstream import (
    PROGRAM,
    SHORT,
    Programs,
    encoded,
    gone,
    key,
    program,
    programs,
    value_of,
)

WITH_TOKEN = program(env={"TOKEN": "{secret}"})


async def test_a_program_that_dies_fails_what_is_under_way_with_its_last_words(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        held = asyncio.create_task(at.post(at.call("hold")))
        await eventually(lambda: at.holds(1))
        with pytest.raises(UpstreamUnreachable, match=r"with exit code 3.*I cannot go on") as died:
            await at.post(at.call("die"))
        assert "keyfob server log files" in died.value.hint
        assert "ended (with exit code 3)" in await _said(held)
        assert "I cannot go on" in at.log()


async def test_a_program_that_is_killed_in_a_call_is_started_anew_and_the_session_lives_on(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        await at.post(at.message("logging/setLevel", level="debug"))
        await at.post(at.message("resources/subscribe", uri="file:///a"))
        await at.post(at.message("resources/subscribe", uri="file:///b"))
        await at.post(at.message("resources/unsubscribe", uri="file:///a"))
        pid = (await at.tool("where"))["pid"]
        before = await at.lines()
        held = asyncio.create_task(at.post(at.call("hold")))
        await eventually(lambda: at.holds(1))
        os.kill(pid, signal.SIGKILL)
        assert "by signal 9" in await _said(held)
        async with at.listen() as listening:
            assert (await at.tool("where"))["pid"] != pid
            lines = await at.lines()
            await at.tool("change")
            assert (await listening.next())["method"] == "notifications/tools/list_changed"
    # Its opening and its settings again, as they were; nothing that was a call.
    assert lines[:2] == before[:2]
    assert b"initialize" in lines[0]
    assert [b"setLevel" in lines[2], b"file:///b" in lines[3]] == [True, True]
    assert not any(b"hold" in line or b"file:///a" in line for line in lines)


async def test_an_error_that_comes_late_is_told_in_the_stream_before_it_breaks(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        async with at.stream(at.call("hold", "late")) as held:
            await at.tool("echo")
            with pytest.raises(UpstreamUnreachable):
                await at.post(at.call("die"))
            told = await held.next()
            assert told["id"] == "late"
            assert told["error"]["data"] == {"code": "upstream_unreachable"}
            with pytest.raises(UpstreamUnreachable):
                await anext(held.response.body)


async def test_a_session_that_the_new_process_does_not_take_up_is_begun_anew_by_its_client(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        with pytest.raises(UpstreamUnreachable):
            await at.post(at.call("die"))
        at.servers["files"] = program("--version", "2024-11-05")
        assert (await at.post(at.call("echo"))).status == 404
        await at.begin()
        assert await at.tool("echo", a=1) == {"a": 1}


async def test_a_program_that_keeps_dying_is_started_less_and_less_often(tmp_path: Path) -> None:
    now = [1000.0]
    async with programs(tmp_path, program("--fail"), clock=lambda: now[0]) as at:
        hints: list[str] = []
        for _ in range(10):
            with pytest.raises(UpstreamUnreachable, match="cannot start today") as refused:
                await at.begin()
            if "tried again" in refused.value.hint:
                hints.append(refused.value.hint)
                now[0] += 60
        assert at.log().count("(started)") == 6
        assert "cannot start today" in (at.upstream.problem("files") or "")
    waits = [hint.partition(";")[0] for hint in hints]
    assert waits == [f"It is tried again in {seconds} s" for seconds in (1, 2, 4, 8)]


async def test_an_ended_program_that_can_go_on_is_no_problem_any_more(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        with pytest.raises(UpstreamUnreachable):
            await at.post(at.call("die"))
        assert at.upstream.problem("files")
        await at.tool("echo")
        assert at.upstream.problem("files") is None


async def test_a_program_that_is_nowhere_is_a_clear_error(tmp_path: Path) -> None:
    missing = Server("files", command=("no-such-program-anywhere",))
    async with programs(tmp_path, missing) as at:
        with pytest.raises(ConfigInvalid, match="there is no program 'no-such-program") as found:
            await at.begin()
    assert found.value.field == "servers.files.command"


async def test_a_rotated_secret_renews_the_program_between_two_calls(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("first-secret")) as at:
        await at.begin()
        first = await at.tool("env")
        pid = (await at.tool("where"))["pid"]
        at.credential = key("second-secret", 2)
        second = await at.tool("env")
        lines = await at.lines()
        await gone(pid)
    assert (first["TOKEN"], second["TOKEN"]) == ("first-secret", "second-secret")
    assert [b'"initialize"' in lines[0], b"initialized" in lines[1]] == [True, True]


async def test_a_program_is_never_renewed_during_a_call(tmp_path: Path) -> None:
    patient = replace(SHORT, quiet=20.0)
    async with programs(tmp_path, WITH_TOKEN, credential=key("first"), limits=patient) as at:
        await at.begin()
        async with at.stream(at.call("hold")) as held:
            at.credential = key("second", 2)
            waiting = asyncio.create_task(at.tool("env"))
            # What does not begin anything passes all the same.
            response = {"jsonrpc": "2.0", "id": "nobody-asked", "result": {}}
            assert (await at.post(response)).status == 202
            await asyncio.wait((waiting,), timeout=0.3)
            assert not waiting.done()
            # Whoever comes now waits as well, so the program is told past them.
            await at.dialogue.tell(json.dumps(at.call("release")).encode())
            assert value_of(await held.next()) == "released"
        assert (await waiting)["TOKEN"] == "second"


async def test_a_call_that_another_waits_for_goes_to_the_program_as_it_is(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("first")) as at:
        await at.begin()
        async with at.stream(at.call("hold")) as held:
            at.credential = key("second", 2)
            assert (await at.tool("env"))["TOKEN"] == "first"
            # It is not waited for twice.
            async with asyncio.timeout(0.25):
                assert (await at.tool("env"))["TOKEN"] == "first"
            await at.tool("release")
            assert value_of(await held.next()) == "released"
        assert (await at.tool("env"))["TOKEN"] == "second"


async def test_from_2026_on_a_new_secret_has_a_program_of_its_own_at_once(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("first")) as at:
        async with at.stream(at.call("hold"), modern=True) as held:
            pid = (await at.tool("where", modern=True))["pid"]
            at.credential = key("second", 2)
            assert (await at.tool("env", modern=True))["TOKEN"] == "second"
            assert at.upstream.running("files") == 2
            os.kill(pid, 0)
            assert held.response.status == 200
        await gone(pid)
        assert at.upstream.running("files") == 1


async def test_a_program_that_works_at_a_task_is_renewed_once_that_is_over(tmp_path: Path) -> None:
    patient = replace(SHORT, quiet=20.0)
    async with programs(tmp_path, WITH_TOKEN, credential=key("first"), limits=patient) as at:
        await at.begin()
        begun = await at.post(at.call("task", ttl=60_000))
        assert begun.messages[-1]["result"]["task"]["status"] == "working"
        at.credential = key("second", 2)
        # Nobody waits for it to end.
        async with asyncio.timeout(5):
            assert (await at.tool("env"))["TOKEN"] == "first"
        assert (await about(at, "tasks/get"))["status"] == "working"
        await at.tool("finish")
        assert (await about(at, "tasks/get"))["status"] == "completed"
        assert (await about(at, "tasks/result"))["content"] == []
        assert (await at.tool("env"))["TOKEN"] == "second"


@pytest.mark.parametrize("end", ["tasks/cancel", "ttl"])
async def test_a_task_that_is_cancelled_or_out_of_date_keeps_no_program(
    tmp_path: Path, end: str
) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("first")) as at:
        await at.begin()
        await at.post(at.call("task", ttl=60_000 if end == "tasks/cancel" else 0))
        at.credential = key("second", 2)
        if end == "tasks/cancel":
            assert (await about(at, end))["status"] == "cancelled"
        assert (await at.tool("env"))["TOKEN"] == "second"


async def test_from_2026_on_a_task_is_asked_after_where_it_is_at_work(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("first")) as at:
        begun = await at.post(at.call("task", ttlMs=None), modern=True)
        assert begun.messages[-1]["result"]["resultType"] == "task"
        pid = (await at.tool("where", modern=True))["pid"]
        at.credential = key("second", 2)
        assert (await at.tool("env", modern=True))["TOKEN"] == "second"
        assert at.upstream.running("files") == 2
        assert (await about(at, "tasks/get", modern=True))["status"] == "working"
        os.kill(pid, 0)
        assert (await about(at, "tasks/update", modern=True))["result"] == {"content": []}
        await gone(pid)
        assert (await about(at, "tasks/get", modern=True)) == {"method": "tasks/get"}


async def test_a_program_that_works_at_a_task_is_not_idle(tmp_path: Path) -> None:
    async with programs(tmp_path, limits=replace(SHORT, idle=0.1)) as at:
        await at.begin()
        await at.post(at.call("task", ttl=None))
        pid = (await at.tool("where"))["pid"]
        other = replace(at, session=None)
        await other.begin()
        await gone((await other.tool("where"))["pid"])
        os.kill(pid, 0)
        await at.tool("finish")
        await about(at, "tasks/result")
        await gone(pid)


async def about(at: Programs, method: str, *, modern: bool = False) -> Any:
    """What a request after the first task is answered."""
    answer = await at.post(at.message(method, taskId="t1"), modern=modern)
    return answer.messages[-1]["result"]


async def test_a_changed_secret_that_the_program_is_not_given_leaves_it_alone(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path, credential=key("first")) as at:
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        at.credential = key("second", 2)
        assert (await at.tool("where"))["pid"] == pid


async def test_a_program_without_the_secret_it_wants_is_not_started(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN) as at:
        with pytest.raises(CredentialMissing) as missing:
            await at.begin()
        assert "keyfob connect files --secret-stdin" in missing.value.hint
        assert at.upstream.running("files") == 0


async def test_several_secrets_go_where_their_numbers_say(tmp_path: Path) -> None:
    server = program(env={"A": "x-{secret2}", "B": "{secret}:{secret2}", "C": "plain {a}"})
    async with programs(tmp_path, server, credential=key("one", 1, "two")) as at:
        await at.begin()
        seen = await at.tool("env")
    assert (seen["A"], seen["B"], seen["C"]) == ("x-two", "one:two", "plain {a}")


async def test_a_secret_can_come_on_a_descriptor_and_stands_in_no_environment(
    tmp_path: Path,
) -> None:
    server = program(secret_fd=True)
    async with programs(tmp_path, server, credential=key("on-a-descriptor")) as at:
        await at.begin()
        environment = await at.tool("env")
        open_before = (await at.tool("where"))["descriptors"]
        assert await at.tool("secret") == ["on-a-descriptor"]
    assert "on-a-descriptor" not in environment.values()
    assert int(environment["KEYFOB_SECRET_FD"]) in open_before


async def test_what_nobody_uses_is_ended_and_a_session_wakes_again(tmp_path: Path) -> None:
    now = [1000.0]
    async with programs(tmp_path, clock=lambda: now[0]) as at:
        await at.tool("where", modern=True)
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        assert at.upstream.running("files") == 2
        now[0] += SHORT.idle + 1
        await eventually(lambda: at.upstream.running("files") == 0)
        assert (await at.tool("where"))["pid"] != pid


async def test_a_session_with_a_client_that_listens_or_waits_is_not_idle(tmp_path: Path) -> None:
    now = [1000.0]
    async with programs(tmp_path, clock=lambda: now[0]) as at:
        await at.begin()
        session = at.upstream.session(at.session or "", at.pool)
        assert session is not None
        for waiting in (at.listen(), at.stream(at.call("hold"))):
            async with waiting:
                now[0] += SHORT.idle + 1
                assert session.idle_for() == 0
            await at.tool("release")
        now[0] += SHORT.idle + 1
        assert session.idle_for() == SHORT.idle + 1


async def test_a_session_that_was_forgotten_is_not_found(tmp_path: Path) -> None:
    async with programs(tmp_path, limits=replace(SHORT, abandoned=0.2)) as at:
        await at.begin()
        await eventually(lambda: at.upstream.running("files") == 0)
        assert (await at.post(at.call("echo"))).status == 404


async def test_a_program_ends_with_its_server_its_client_or_its_account(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        for ended in ({"server": "files"}, {"client": "cursor"}, {"account": "work"}):
            await at.begin()
            pid = (await at.tool("where"))["pid"]
            at.upstream.end_of(server="another")
            assert (await at.tool("where"))["pid"] == pid
            at.upstream.end_of(**ended)
            assert (await at.post(at.call("echo"))).status == 404
            await gone(pid)


async def test_a_server_that_is_taken_out_of_the_configuration_ends_its_programs(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        del at.servers["files"]
        await eventually(lambda: at.upstream.running("files") == 0)
        with pytest.raises(UpstreamUnreachable, match="no program 'files'"):
            await at.post(at.call("echo"))


async def test_a_changed_command_is_what_runs_next(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        at.servers["files"] = program("--ignore-term")
        await gone(pid)
        assert "--ignore-term" in (await at.tool("where"))["argv"]


async def test_lines_that_are_no_message_are_dropped_and_noted(tmp_path: Path) -> None:
    noise = (
        b"Server running on stdio\n",
        b"\xff\xfe\x00 broken \x1b[2J\n",
        b"<html>\n",
        b'42\nnull\n"text"\n[]\n[1]\n{}\n',
        b'{"level": "info"}\n',
        b"[" * 100_000 + b"\n",
        b'{"jsonrpc":"2.0","id":"never-asked","result":{}}\n',
        b'{"jsonrpc":"2.0","id":{"a":1},"result":{}}\n',
        b'{"jsonrpc":"2.0","id":true,"method":"roots/list"}\n',
        b"\n\r\n   \n",
    )
    async with programs(tmp_path) as at:
        await at.begin()
        for data in noise:
            assert (await at.tool("raw", data=encoded(data))) == "done"
        assert await at.tool("echo", a=1) == {"a": 1}
        log = at.log()
    assert "(said what is no message): Server running on stdio" in log
    assert "\x1b" not in log
    assert "(answered what nobody asked)" in log


async def test_an_answer_that_is_cut_in_pieces_or_comes_with_others_arrives_whole(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        one, other = (b'{"jsonrpc":"2.0","method":"notifications/%b"}' % n for n in (b"a", b"b"))
        glued = one + b"\r\n" + other + b"\n"
        answer = await at.post(at.call("raw", data=encoded(glued)))
        assert [m.get("method") for m in answer.messages] == [
            "notifications/a", "notifications/b", None,
        ]  # fmt: skip
        assert b"\r" not in answer.body


async def test_an_answer_in_another_encoding_arrives_with_marks_for_what_is_no_utf_8(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        line = '{"jsonrpc":"2.0","id":77,"result":{"said":"café"}}\n'.encode("latin-1")
        answer = await at.post(at.call("raw", 77, data=encoded(line)))
        assert [m["result"] for m in answer.messages] == [{"said": "caf\ufffd"}]
        assert await at.tool("echo", a=1) == {"a": 1}


async def test_a_line_without_end_ends_its_program(tmp_path: Path) -> None:
    async with programs(tmp_path, limits=replace(SHORT, longest_line=1 << 20)) as at:
        await at.begin()
        with pytest.raises(UpstreamUnreachable, match="for a line of more than 1 MiB"):
            await at.post(at.call("long", size=3 << 20))
        assert await at.tool("echo", a=1) == {"a": 1}


async def test_a_program_that_closes_its_output_is_at_its_end(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        with pytest.raises(UpstreamUnreachable):
            await at.post(at.call("close"))
        await gone(pid)


async def test_a_program_that_ignores_the_end_of_its_input_and_sigterm_is_ended_all_the_same(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path, program("--ignore-eof", "--ignore-term")) as at:
        await at.begin()
        pid = (await at.tool("where"))["pid"]
        child = await at.tool("child")
        await at.post(b"", http_method="DELETE")
        await gone(pid)
        await gone(child)


async def test_closing_ends_every_program_and_what_it_started(tmp_path: Path) -> None:
    async with programs(tmp_path, program("--ignore-term")) as at:
        await at.begin()
        pids = [(await at.tool("where"))["pid"], await at.tool("child")]
        pids.append((await at.tool("where", modern=True))["pid"])
    for pid in pids:
        await gone(pid)


async def test_a_child_that_left_the_group_with_the_pipes_does_not_keep_the_session_waiting(
    tmp_path: Path,
) -> None:
    async with programs(tmp_path) as at:
        await at.begin()
        child = await at.tool("child", apart=True)
        try:
            with pytest.raises(UpstreamUnreachable, match="exit code 3"):
                await at.post(at.call("die"))
            assert await at.tool("echo", a=1) == {"a": 1}
        finally:
            psutil.Process(child).kill()


async def test_a_program_runs_apart_in_the_person_s_folder_with_nothing_else_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "of-the-person")
    monkeypatch.setenv("LD_PRELOAD_X", "x")
    async with programs(tmp_path, program(env={"MODE": "plain"})) as at:
        await at.begin()
        where, environment = await at.tool("where"), await at.tool("env")
    assert where["group"] == where["session"] == where["pid"]
    assert where["cwd"] == os.environ["HOME"]
    assert where["argv"] == [PROGRAM[-1]]
    # 3 is the folder that is being listed.
    assert where["descriptors"] == [0, 1, 2, 3]
    assert environment["MODE"] == "plain"
    assert environment["HOME"] == os.environ["HOME"]
    assert not {"GITHUB_TOKEN", "LD_PRELOAD_X", "PYTEST_CURRENT_TEST"} & environment.keys()


async def test_what_a_program_complains_with_is_kept_without_its_secret(tmp_path: Path) -> None:
    async with programs(tmp_path, WITH_TOKEN, credential=key("quite-a-secret-token")) as at:
        await at.begin()
        await at.tool("leak")
        await at.tool("complain", data=encoded(b" quite-a-sec"))
        await at.tool("complain", data=encoded(b"ret-token, once more\n\x1b[31mred\n"))
        await eventually(lambda: "red" in at.log())
        with pytest.raises(UpstreamUnreachable) as died:
            await at.post(at.call("die"))
        log = at.log() + died.value.message + "".join(at.upstream.tail("files", 100))
    assert log.count("Bearer [secret]") >= 3
    assert "(said what is no message): not a message: [secret]" in log
    assert "the token is [secret] [secret], once more" in log
    assert "quite-a-secret-token" not in log
    assert b"quite-a-secret-token".hex() not in log
    assert "\x1b" not in log


async def test_sessions_beyond_the_bound_take_the_place_of_the_idlest(tmp_path: Path) -> None:
    async with programs(tmp_path, limits=replace(SHORT, most_sessions=3)) as at:
        pids: list[int] = []
        for _ in range(5):
            await at.begin()
            pids.append((await at.tool("where"))["pid"])
        await gone(pids[0])
        await gone(pids[1])
        await eventually(lambda: at.upstream.running("files") == 3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_a_client_that_leaves_before_the_handshake_leaves_no_program(tmp_path: Path) -> None:
    async with programs(tmp_path) as at:
        opening = at.message("initialize", protocolVersion="2025-11-25")
        slow = Server("files", command=(sys.executable, "-c", "input(); input()"))
        at.servers["files"] = slow
        async with at.stream(opening) as begun:
            assert begun.response.status == 200
            assert at.upstream.running("files") == 1
        await eventually(lambda: at.upstream.running("files") == 0)


async def _said(held: asyncio.Task[object]) -> str:
    """What a call that was under way is told, as JSON or in its stream."""
    try:
        answer = await held
    except UpstreamUnreachable as error:
        return error.message
    return str(answer)
