from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from keyfob_core.control.client import ControlClient
from keyfob_core.control.socket_server import ControlServer, Dispatch
from keyfob_core.errors import (
    ConfigInvalid,
    ConfirmationNeeded,
    EngineUnreachable,
    OAuthFailed,
    UnknownName,
)
from keyfob_core.ports import Progress
from keyfob_core.states import StoreCondition, StoreState
from keyfob_core.steps import Step
from keyfob_core.system.sockets import Endpoint, EndpointKind, connect, serve

MARK = "marked-secret-91ac"

Verb = Callable[[dict[str, object], bool, Progress], Awaitable[object]]


def table(**verbs: Verb) -> Dispatch:
    async def dispatch(
        verb: str, args: dict[str, object], confirmed: bool, progress: Progress
    ) -> object:
        if verb not in verbs:
            raise UnknownName(f"There is no command {verb!r}.", "See `keyfob --help`.")
        return await verbs[verb](args, confirmed, progress)

    return dispatch


@asynccontextmanager
async def serving(tmp_path: Path, dispatch: Dispatch) -> AsyncGenerator[Endpoint]:
    at = Endpoint(tmp_path / "run" / "control.sock", EndpointKind.UNIX)
    server = await serve(at, ControlServer(dispatch).serve)
    try:
        async with asyncio.timeout(10):
            yield at
    finally:
        await server.close()


@asynccontextmanager
async def connected(tmp_path: Path, dispatch: Dispatch) -> AsyncGenerator[ControlClient]:
    async with serving(tmp_path, dispatch) as at:
        client = ControlClient(*await connect(at))
        try:
            yield client
        finally:
            await client.close()


async def raw(at: Endpoint, *sent: bytes) -> list[dict[str, object]]:
    reader, writer = await connect(at)
    writer.writelines(sent)
    await writer.drain()
    answers = [json.loads(await reader.readline()) for _ in sent]
    writer.close()
    await writer.wait_closed()
    return answers


async def test_a_verb_is_done_with_its_arguments_and_its_result_comes_back(tmp_path: Path) -> None:
    async def look(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        return {
            "args": args,
            "confirmed": confirmed,
            "store": StoreState("x", StoreCondition.READY),
        }

    async with connected(tmp_path, table(look=look)) as client:
        result = await client.call("look", {"a": [1, None, "é"]}, confirmed=True)
        assert result == {
            "args": {"a": [1, None, "é"]},
            "confirmed": True,
            "store": {"name": "x", "condition": "ready", "reason": None, "hint": None},
        }
        assert await client.call("look") == {
            "args": {},
            "confirmed": False,
            "store": {"name": "x", "condition": "ready", "reason": None, "hint": None},
        }


async def test_steps_arrive_in_order_before_the_result(tmp_path: Path) -> None:
    async def walk(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        progress(Step("discovery", "Found the server."))
        await asyncio.sleep(0)
        progress(Step("token", "Got a token."))
        return "end"

    steps = list[Step]()
    async with connected(tmp_path, table(walk=walk)) as client:
        assert await client.call("walk", on_step=steps.append) == "end"
        assert await client.call("walk") == "end"
    assert [step.name for step in steps] == ["discovery", "token"]


async def test_typed_errors_are_raised_again_on_this_side(tmp_path: Path) -> None:
    async def fail(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if not confirmed:
            raise ConfirmationNeeded("Let cursor call github?", "tool: list_issues")
        raise OAuthFailed("issuer_mismatch", "The issuer is another.", "Ask them.")

    async with connected(tmp_path, table(fail=fail)) as client:
        with pytest.raises(ConfirmationNeeded) as asked:
            await client.call("fail")
        assert asked.value.hint == "tool: list_issues"
        with pytest.raises(OAuthFailed) as failed:
            await client.call("fail", confirmed=True)
        assert failed.value.oauth_code == "issuer_mismatch"
        with pytest.raises(UnknownName):
            await client.call("no.such.verb")


@pytest.mark.expects_log("fail failed: RuntimeError in ")
async def test_an_unexpected_failure_is_told_and_logged_without_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        raise RuntimeError(f"could not parse {args['secret']}")

    async with serving(tmp_path, table(fail=fail)) as at:
        with caplog.at_level(logging.DEBUG):
            line = {"id": 1, "verb": "fail", "args": {"secret": MARK}}
            [answer] = await raw(at, json.dumps(line).encode() + b"\n")
    assert MARK not in str(answer)
    assert "RuntimeError" in str(answer)
    assert "RuntimeError in fail:" in caplog.text
    assert MARK not in caplog.text


@pytest.mark.expects_log("odd failed: TypeError in ")
async def test_a_result_that_cannot_be_sent_is_an_error_and_not_a_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def odd(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        return object()

    async with serving(tmp_path, table(odd=odd)) as at:
        [answer] = await raw(at, b'{"id": 4, "verb": "odd"}\n')
    assert answer["id"] == 4
    assert "error" in answer


async def test_a_broken_line_is_answered_and_the_next_one_served(tmp_path: Path) -> None:
    async def ping(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        return "pong"

    async with serving(tmp_path, table(ping=ping)) as at:
        broken, good = await raw(at, b"nonsense\n", b'{"id": 1, "verb": "ping"}\n')
    assert broken["id"] is None
    assert good == {"id": 1, "result": "pong"}


async def test_a_line_without_end_is_refused_and_the_connection_closed(tmp_path: Path) -> None:
    async with serving(tmp_path, table()) as at:
        reader, writer = await connect(at)
        writer.write(b"x" * ((1 << 20) + 70_000))
        answer = json.loads(await reader.readline())
        assert answer["error"]["status"] == 413
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_requests_of_one_connection_run_side_by_side(tmp_path: Path) -> None:
    second_came = asyncio.Event()

    async def first(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        await second_came.wait()
        return "first"

    async def second(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        second_came.set()
        return "second"

    async with serving(tmp_path, table(first=first, second=second)) as at:
        answers = await raw(at, b'{"id": 1, "verb": "first"}\n', b'{"id": 2, "verb": "second"}\n')
    assert [answer["result"] for answer in answers] == ["second", "first"]


async def test_a_client_that_goes_away_stops_what_it_asked_for(tmp_path: Path) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def sign_in(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        begun.set()
        try:
            return await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with serving(tmp_path, table(sign_in=sign_in)) as at:
        client = ControlClient(*await connect(at))
        call = asyncio.create_task(client.call("sign_in"))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await cancelled.wait()
        await client.close()


async def test_an_engine_that_ends_under_a_call_is_a_typed_error(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def wait(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        begun.set()
        return await asyncio.Event().wait()

    at = Endpoint(tmp_path / "run" / "control.sock", EndpointKind.UNIX)
    server = await serve(at, ControlServer(table(wait=wait)).serve)
    client = ControlClient(*await connect(at))
    call = asyncio.create_task(client.call("wait"))
    await begun.wait()
    await server.close()
    with pytest.raises(EngineUnreachable):
        await asyncio.wait_for(call, 5)
    with pytest.raises(EngineUnreachable):
        await asyncio.wait_for(client.call("wait"), 5)
    await client.close()


async def test_a_long_result_reaches_the_client_whole(tmp_path: Path) -> None:
    async def tail(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        return [{"event": "outcome", "details": "x" * 1000}] * 5000

    async with connected(tmp_path, table(tail=tail)) as client:
        result = await client.call("tail")
    assert isinstance(result, list)
    assert len(result) == 5000


async def test_another_programs_answers_are_an_unreachable_engine(tmp_path: Path) -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\n")
        await reader.read()

    at = Endpoint(tmp_path / "run" / "control.sock", EndpointKind.UNIX)
    server = await serve(at, chatter)
    client = ControlClient(*await connect(at))
    with pytest.raises(EngineUnreachable):
        await asyncio.wait_for(client.call("status"), 5)
    await client.close()
    await server.close()


async def test_a_bad_argument_names_its_field(tmp_path: Path) -> None:
    async def add(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        raise ConfigInvalid("access", "'maybe' is none of allow, ask, deny", "Give one of them.")

    async with connected(tmp_path, table(add=add)) as client:
        with pytest.raises(ConfigInvalid) as refused:
            await client.call("add", {"access": "maybe"})
    assert refused.value.field == "access"
    assert refused.value.message == "access: 'maybe' is none of allow, ask, deny"
