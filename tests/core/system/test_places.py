"""The relay on a named pipe, on a stand-in for Windows' loop."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import EngineUnreachable
from keyfob_core.prompts import Decision
from keyfob_core.system.places import (
    PipePlace,
    UnixPlace,
    WindowsPipes,
    pipe_name,
    relay_place,
)
from support.pipes import PipeLoop, ScriptedPipes, path_of
from support.prompter import RecordingPrompter
from support.raw_http import socket_client
from support.relay import ALLOW_ALL, running_relay
from support.upstreams import json_reply, scripted_upstream, sse_reply

NAMED = Decision(allow=True, text="the tests")
CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "echo"}}
NAME = r"\\.\pipe\keyfob-0123456789abcdef"


def on_windows_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run on a loop with pipes, and let no connection be left behind."""

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await work()

    with asyncio.Runner(loop_factory=PipeLoop) as runner:
        runner.run(bounded())


@pytest.mark.usefixtures("form")
def test_the_relay_answers_on_a_pipe_and_knows_the_program_there(tmp_path: Path) -> None:
    async def work() -> None:
        done = json_reply({"jsonrpc": "2.0", "id": 7, "result": {}})
        prompter = RecordingPrompter(NAMED)
        place = PipePlace(NAME, ScriptedPipes())
        async with (
            scripted_upstream(done) as upstream,
            running_relay(
                tmp_path, upstream.url, extra=ALLOW_ALL, prompter=prompter, place=place
            ) as relay,
        ):
            async with socket_client(path_of(NAME)) as client:
                for _ in range(2):
                    assert (await client.post(CALL)).json["result"] == {}
                upstream.respond = lambda _: sse_reply(b"data: a\n\n", b"data: b\n\n")
                assert (await client.post(CALL)).body == b"data: a\n\ndata: b\n\n"
                # An answer that closes the connection, though one direction alone cannot be.
                answer = await client.post(CALL, b"Connection: close")
                assert answer.status == 200
                assert await client.rest() == b""
            told = relay.events("forwarding")[0]
            assert (told["client"], told["details"]["listener"]) == ("the tests", "socket")
            assert told["details"]["pid"] == os.getpid()
        assert not path_of(NAME).exists()

    on_windows_loop(work)


def refused(folder: Path, pipes: ScriptedPipes) -> None:
    """See that such a client is cut off, with a good token or not."""

    async def work() -> None:
        place = PipePlace(NAME, pipes)
        async with (
            scripted_upstream(json_reply({})) as upstream,
            running_relay(folder, upstream.url, extra=ALLOW_ALL, place=place) as relay,
            socket_client(path_of(NAME), relay.token) as client,
        ):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await client.post(CALL)
            assert upstream.requests == []

    on_windows_loop(work)


@pytest.mark.usefixtures("form")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start somebody else's process")
def test_a_process_of_another_user_is_not_let_in(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], user=12345) as stranger:
        try:
            refused(tmp_path, ScriptedPipes(stranger.pid))
        finally:
            stranger.kill()


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("who", ["on another machine", "gone", "untold"])
def test_a_process_that_is_not_known_to_be_this_users_is_not_let_in(
    tmp_path: Path, who: str
) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    pipes = {
        "on another machine": ScriptedPipes(local=False),
        "gone": ScriptedPipes(gone.pid),
        "untold": ScriptedPipes(0),
    }
    refused(tmp_path, pipes[who])


def test_a_name_that_another_program_has_taken_is_an_error_with_a_hint() -> None:
    async def work() -> None:
        first, second = PipePlace(NAME, ScriptedPipes()), PipePlace(NAME, ScriptedPipes())
        await first.listen(asyncio.Protocol)
        with pytest.raises(EngineUnreachable) as refused:
            await second.listen(asyncio.Protocol)
        assert NAME in refused.value.message
        assert refused.value.hint
        second.close()
        first.close()
        await second.listen(asyncio.Protocol)
        second.close()

    on_windows_loop(work)


def test_each_installation_has_a_pipe_of_its_own_and_the_same_at_every_start() -> None:
    one, other = Path("C:/Users/ann/run/relay.sock"), Path("C:/Users/bob/run/relay.sock")
    assert pipe_name(one) == pipe_name(Path("c:/users/ANN/run/relay.sock"))
    assert pipe_name(one) != pipe_name(other)
    assert pipe_name(one).startswith("\\\\.\\pipe\\keyfob-")


def test_a_socket_stands_for_itself_wherever_there_are_sockets(tmp_path: Path) -> None:
    place = relay_place(tmp_path / "relay.sock", "linux")
    assert isinstance(place, UnixPlace)
    assert place.name == str(tmp_path / "relay.sock")


class Kernel:
    """kernel32 as far as a pipe's client is asked for: process 42, on the machine named so."""

    def __init__(self, machine: str | None) -> None:
        self._machine = machine

    def GetNamedPipeClientProcessId(self, pipe: Any, pid: Any) -> int:
        pid._obj.value = 42
        return int(pipe.value == 5)

    def GetNamedPipeClientComputerNameW(self, pipe: Any, name: Any, size: Any) -> int:
        assert (pipe.value, size.value) == (5, ctypes.sizeof(name))
        if self._machine is None:
            return 0
        name.value = self._machine
        return 1


@pytest.mark.parametrize(
    ("machine", "error", "local"),
    [(None, 229, True), ("OTHER", 0, False), (None, 6, False)],
    ids=["here", "elsewhere", "no answer"],
)
def test_windows_is_asked_for_the_process_and_the_machine(
    monkeypatch: pytest.MonkeyPatch, machine: str | None, error: int, local: bool
) -> None:
    def load(name: str, *, use_last_error: bool) -> Kernel:
        assert (name, use_last_error) == ("kernel32", True)
        return Kernel(machine)

    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: error, raising=False)
    place = relay_place(Path("/run/relay.sock"), "win32")
    assert isinstance(place, PipePlace)
    assert place.name == pipe_name(Path("/run/relay.sock"))
    pipes = WindowsPipes()
    assert pipes.client_pid(5) == 42
    assert pipes.client_pid(6) is None
    assert pipes.is_local(5) is local
