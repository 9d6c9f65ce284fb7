from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import stat
import sys
from pathlib import Path

import pytest

from keyfob_core.bridge import PORT_FILE_NAME, SOCKET_NAME, BridgeError, join_engine
from keyfob_core.errors import ConfigInvalid, EngineUnreachable
from keyfob_core.system.sockets import (
    Endpoint,
    EndpointKind,
    connect,
    connect_blocking,
    endpoint,
    serve,
)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()


@pytest.fixture(params=["linux", "win32"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Endpoint:
    return endpoint(tmp_path / "run" / "control.sock", request.param)


async def ask(at: Endpoint, line: bytes) -> bytes:
    reader, writer = await connect(at)
    writer.write(line)
    async with asyncio.timeout(5):
        answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_what_a_client_says_is_answered(at: Endpoint) -> None:
    server = await serve(at, echo)
    assert await ask(at, b"one\n") == b"ONE\n"
    assert await ask(at, b"two\n") == b"TWO\n"
    await server.close()


async def test_a_client_without_a_loop_is_answered(at: Endpoint) -> None:
    server = await serve(at, echo)

    def blocking() -> bytes:
        with connect_blocking(at) as connected:
            connected.sendall(b"plain\n")
            return connected.makefile("rb").readline()

    assert await asyncio.to_thread(blocking) == b"PLAIN\n"
    await server.close()


async def test_nobody_serving_is_a_typed_error(at: Endpoint) -> None:
    with pytest.raises(EngineUnreachable):
        await connect(at)
    server = await serve(at, echo)
    await server.close()
    with pytest.raises(EngineUnreachable):
        await connect(at)


async def test_nothing_is_left_in_the_folder_after_a_clean_end(at: Endpoint) -> None:
    server = await serve(at, echo)
    assert list(at.path.parent.iterdir())
    await server.close()
    assert list(at.path.parent.iterdir()) == []


async def test_what_a_dead_engine_left_is_replaced(at: Endpoint) -> None:
    at.path.parent.mkdir(mode=0o700)
    if at.kind is EndpointKind.UNIX:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(at.path))
    else:
        at.port_file.write_text(json.dumps({"port": 1, "token": "old"}))
    with pytest.raises(EngineUnreachable):
        await connect(at)
    server = await serve(at, echo)
    assert await ask(at, b"alive\n") == b"ALIVE\n"
    await server.close()


async def test_closing_ends_open_connections_and_waits_for_their_handlers(at: Endpoint) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    server = await serve(at, linger)
    reader, writer = await connect(at)
    async with asyncio.timeout(5):
        await begun.wait()
        await server.close()
        assert ended.is_set()
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_an_old_server_closing_leaves_its_successors_mark(at: Endpoint) -> None:
    old = await serve(at, echo)
    new = await serve(at, echo)
    await old.close()
    assert await ask(at, b"still\n") == b"STILL\n"
    await new.close()


async def test_only_this_user_can_read_what_lies_there(at: Endpoint) -> None:
    server = await serve(at, echo)
    assert stat.S_IMODE(at.path.parent.stat().st_mode) == 0o700
    for file in at.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await server.close()


async def test_a_line_longer_than_the_buffer_is_the_handlers_to_refuse(at: Endpoint) -> None:
    seen = asyncio.get_running_loop().create_future()

    async def read_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen.set_result(await reader.readline())
        except ValueError as error:
            seen.set_result(error)

    server = await serve(at, read_one, buffer=1000)
    _, writer = await connect(at)
    writer.write(b"x" * 5000)
    async with asyncio.timeout(5):
        assert isinstance(await seen, ValueError)
    writer.close()
    await writer.wait_closed()
    await server.close()


@pytest.mark.parametrize(
    "said", [b"wrong\n", b"\n", b"x" * 100_000 + b"\n", b"caf\xe9\n", b"0" * 64 + b"\n" + b"0" * 65]
)
async def test_loopback_without_the_token_reaches_no_handler(tmp_path: Path, said: bytes) -> None:
    reached = list[object]()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(reader)

    at = Endpoint(tmp_path / "control.sock", EndpointKind.LOOPBACK)
    server = await serve(at, note)
    mark = json.loads(at.port_file.read_text())
    reader, writer = await asyncio.open_connection("127.0.0.1", mark["port"])
    writer.write(said)
    writer.write_eof()
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionResetError):
            assert mark["token"].encode() not in await reader.read()
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert reached == []
    await server.close()


async def test_the_token_of_loopback_goes_over_no_wire(tmp_path: Path) -> None:
    at = Endpoint(tmp_path / "control.sock", EndpointKind.LOOPBACK)
    server = await serve(at, echo)
    mark = json.loads(at.port_file.read_text())
    passed = bytearray()

    async def eavesdrop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up = await asyncio.open_connection("127.0.0.1", mark["port"])
        await asyncio.gather(_copy(reader, up, passed), _copy(up_reader, writer, passed))

    between = await asyncio.start_server(eavesdrop, "127.0.0.1", 0)
    at.port_file.write_text(json.dumps(mark | {"port": between.sockets[0].getsockname()[1]}))
    assert await ask(at, b"said\n") == b"SAID\n"
    assert b"SAID" in passed
    assert mark["token"].encode() not in passed
    between.close()
    await server.close()


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: bytearray
) -> None:
    while data := await reader.read(1000):
        passed += data
        writer.write(data)
    writer.close()


STRANGERS = {
    "silent": b"",
    "of another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 200,
    "guessing": b"0" * 128 + b"\n",
}


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("who", ["command", "bridge"])
async def test_a_stale_port_that_is_another_programs_by_now_is_told_nothing(
    tmp_path: Path, stranger: str, who: str
) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readline())
        writer.write(STRANGERS[stranger])
        if not STRANGERS[stranger]:
            writer.write_eof()
        with contextlib.suppress(ConnectionError):
            heard.extend(await reader.read())
        writer.close()

    other = await asyncio.start_server(listen, "127.0.0.1", 0)
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    mark = json.dumps({"port": other.sockets[0].getsockname()[1], "token": "the-dead-token"})
    if who == "command":
        at = Endpoint(folder / "control.sock", EndpointKind.LOOPBACK)
        at.port_file.write_text(mark)
        with pytest.raises(EngineUnreachable):
            await connect(at)
    else:
        (folder / PORT_FILE_NAME).write_text(mark)
        # It starts an engine instead, which here is a program that ends at once.
        with pytest.raises(BridgeError):
            await asyncio.to_thread(join_engine, str(folder), ["false"])
    other.close()
    await other.wait_closed()
    assert b"the-dead-token" not in heard
    assert all(re.fullmatch(rb"[0-9a-f]{64}", line) for line in heard.split())


async def test_a_file_that_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    at = Endpoint(tmp_path / "control.sock", EndpointKind.UNIX)
    at.path.write_text("a person's notes")
    with pytest.raises(EngineUnreachable):
        await serve(at, echo)
    assert at.path.read_text() == "a person's notes"


async def test_an_open_folder_that_cannot_be_closed_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o1777)
    with pytest.raises(ConfigInvalid):
        await serve(Endpoint(folder / "control.sock", EndpointKind.UNIX), echo)


CONNECT_AS = """
import os, socket, sys
os.setuid(12345)
connected = socket.socket(socket.AF_UNIX)
connected.connect(sys.argv[1])
connected.sendall(b"mine\\n")
print(connected.recv(100))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_another_user_who_got_into_the_folder_is_still_refused() -> None:
    folder = Path(f"/tmp/keyfob-test-{os.getpid()}")
    at = Endpoint(folder / "control.sock", EndpointKind.UNIX)
    server = await serve(at, echo)
    os.chmod(folder, 0o755)  # noqa: S103  the mistake that is guarded against
    os.chmod(at.path, 0o666)  # noqa: S103
    stranger = await asyncio.create_subprocess_exec(
        "/usr/bin/env", "python3", "-c", CONNECT_AS, str(at.path), stdout=-1, stderr=-1
    )
    out, err = await asyncio.wait_for(stranger.communicate(), 10)
    assert out.strip() == b"b''" or b"ConnectionResetError" in err or b"BrokenPipe" in err, (
        out,
        err,
    )
    await server.close()
    os.rmdir(folder)


async def test_the_bridge_finds_either_kind_by_itself(at: Endpoint) -> None:
    served = Endpoint(at.path.with_name(SOCKET_NAME), at.kind)
    server = await serve(served, echo)

    def blocking() -> bytes:
        connected = join_engine(str(served.path.parent), ["false"])
        connected.sendall(b"bridge\n")
        answer = connected.recv(100)
        connected.close()
        return answer

    assert await asyncio.to_thread(blocking) == b"BRIDGE\n"
    await server.close()


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not there")
def test_both_kinds_work_on_the_engines_own_loop(at: Endpoint) -> None:
    from keyfob_core.system.loops import engine_loop

    async def round_trip() -> bytes:
        server = await serve(at, echo)
        answer = await ask(at, b"fast\n")
        await server.close()
        return answer

    with asyncio.Runner(loop_factory=engine_loop) as runner:
        assert runner.run(round_trip()) == b"FAST\n"
        assert type(runner.get_loop()).__module__.startswith("uvloop")
