from __future__ import annotations

import asyncio
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from keyfob_core.system.loops import engine_loop
from keyfob_core.system.peers import (
    parent_of,
    peer_at,
    peer_of,
    peer_uid,
    person,
    port_is_foreign,
)

CONNECT = """
import socket, sys
connected = socket.socket(socket.AF_UNIX)
connected.connect(sys.argv[1])
sys.stdin.read()
"""


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    """A process of its own at the other end of a socket."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        listening.settimeout(5)
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", CONNECT, str(tmp_path / "s")], stdin=subprocess.PIPE
        )
        accepted, _ = listening.accept()
        with accepted:
            yield accepted, process
        process.communicate(timeout=5)


def test_the_process_at_the_other_end_is_named(
    caller: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    accepted, process = caller
    peer = peer_of(accepted)
    assert peer is not None
    assert peer.pid == process.pid
    assert os.path.samefile(peer.executable, sys.executable)
    assert abs(peer.started - time.time()) < 60
    assert peer.parents[0] == psutil.Process().exe()
    assert peer_uid(accepted) == os.geteuid()


def test_the_parent_of_a_peer_is_the_process_that_started_it(
    caller: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    peer = peer_of(caller[0])
    assert peer is not None
    parent = parent_of(peer)
    assert parent is not None
    assert parent.pid == os.getpid()
    assert parent.executable == psutil.Process().exe()


def test_a_pid_that_another_process_has_now_has_no_parent(
    caller: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    peer = peer_of(caller[0])
    assert peer is not None
    assert parent_of(replace(peer, started=peer.started - 100)) is None


def test_a_zombie_and_a_vanished_process_are_nobody(
    caller: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    accepted, process = caller
    peer = peer_of(accepted)
    assert peer is not None
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert peer_of(accepted) is None
    process.wait(5)
    assert peer_of(accepted) is None
    assert parent_of(peer) is None


def test_tcp_tells_no_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connected = socket.create_connection(listening.getsockname())
        accepted, _ = listening.accept()
        with connected, accepted:
            assert peer_of(accepted) is None


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, engine_loop])
def test_a_streams_socket_names_its_peer_on_every_loop(loop_factory: object) -> None:
    async def look() -> int | None:
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        _, writer = await asyncio.open_unix_connection(sock=ours)
        peer = peer_of(writer.get_extra_info("socket"))
        writer.close()
        await writer.wait_closed()
        theirs.close()
        return peer.pid if peer else None

    with asyncio.Runner(loop_factory=loop_factory) as runner:  # pyright: ignore[reportArgumentType]
        assert runner.run(look()) == os.getpid()


class MacSocket:
    """A macOS unix socket: LOCAL_PEERPID and LOCAL_PEERCRED as its headers lay them out."""

    family = socket.AF_UNIX

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        assert level == 0
        answers = {
            2: struct.pack("i", os.getpid()),
            1: struct.pack("IIhxx16I", 0, 501, 1, *([20] * 16)),
        }
        assert len(answers[optname]) == buflen
        return answers[optname]


def test_macos_tells_pid_and_user_in_its_own_way() -> None:
    peer = peer_of(MacSocket(), "darwin")
    assert peer is not None
    assert peer.pid == os.getpid()
    assert peer_uid(MacSocket(), "darwin") == 501


class MuteSocket:
    family = socket.AF_UNIX

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        raise OSError(57, "Socket is not connected")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_system_that_does_not_tell_answers_nobody(platform: str) -> None:
    assert peer_of(MuteSocket(), platform) is None
    assert peer_uid(MuteSocket(), platform) is None


def test_the_person_is_the_user_this_runs_as_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pwd

    monkeypatch.setenv("USER", "mallory")
    monkeypatch.setenv("LOGNAME", "mallory")
    assert person() == pwd.getpwuid(os.getuid()).pw_name


def test_the_process_at_the_other_end_of_a_tcp_connection_is_found_by_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as client:
            port = client.getsockname()[1]
            found = peer_at(port)
            assert found is not None
            assert found.pid == os.getpid()
            assert not port_is_foreign(port)
    assert peer_at(1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the table is Linux's")
def test_a_tcp_port_of_another_user_is_foreign_where_the_system_tells(tmp_path: Path) -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    row = "   0: 0100007F:{port:04X} 0100007F:1CA4 {state} 0:0 00:00000000 0 {uid} 0\n"
    table = tmp_path / "tcp"
    own, other = os.getuid(), os.getuid() + 1
    rows = (
        (5000, "01", own),
        (5001, "01", other),
        # The remainder of an earlier connection from the same port: its owner is not told.
        (5001, "06", own),
        (5003, "05", other),
        (5003, "01", own),
        (5004, "06", other),
    )
    table.write_text(head + "".join(row.format(port=p, state=s, uid=u) for p, s, u in rows))
    asked = [port_is_foreign(port, "linux", table) for port in (5000, 5001, 5002, 5003, 5004)]
    assert asked == [False, True, False, True, False]
    assert not port_is_foreign(5001, "darwin", table)
    assert not port_is_foreign(5001, "linux", tmp_path / "none")
