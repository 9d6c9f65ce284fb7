from __future__ import annotations

import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from keyfob_core.audit.gate import AuditGate
from keyfob_core.audit.syslog import Syslog
from support.audit_log import SetClock, log_bytes, numbered
from support.eventually import eventually
from support.stores import MemoryStore

WAIT = 5.0


@contextmanager
def udp_server() -> Generator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(WAIT)
        yield server, f"udp://127.0.0.1:{server.getsockname()[1]}"


async def test_each_event_reaches_the_server_as_it_stands_in_the_log(tmp_path: Path) -> None:
    with udp_server() as (server, target):
        syslog = Syslog(lambda: target, None)
        gate = AuditGate(tmp_path, MemoryStore(), SetClock(), copy=syslog)
        await gate.open()
        for event in numbered(3):
            gate.record(event)
        received = [server.recv(4096) for _ in range(3)]
        await gate.close()
        syslog.close()
    lines = log_bytes(tmp_path).splitlines()
    # 86 is authpriv.info (RFC 5424, section 6.2.1).
    assert received == [b"<86>keyfob: " + line for line in lines]
    assert syslog.lost == 0


def test_over_a_stream_a_line_break_ends_each_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT)
        syslog = Syslog(lambda: f"tcp://127.0.0.1:{server.getsockname()[1]}", None)
        for number in range(3):
            syslog(b'{"seq":%d}\n' % number)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(WAIT)
            syslog.close()
            data = b"".join(iter(lambda: connection.recv(4096), b""))
    assert data == b"".join(b'<86>keyfob: {"seq":%d}\n' % number for number in range(3))


def test_the_local_syslog_is_a_socket_of_the_system() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="kf-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server,
    ):
        path = f"{folder}/log"
        server.bind(path)
        server.settimeout(WAIT)
        syslog = Syslog(lambda: "local", path)
        syslog(b'{"seq":1}\n')
        assert server.recv(4096) == b'<86>keyfob: {"seq":1}'
        syslog.close()


async def test_a_server_that_is_away_costs_nothing_but_a_count_that_is_told_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    syslog = Syslog(lambda: f"tcp://127.0.0.1:{port}", None)
    syslog(b'{"seq":1}\n')
    await eventually(lambda: syslog.lost == 1)
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(WAIT)
        syslog(b'{"seq":2}\n')
        connection, _ = server.accept()
        with connection:
            connection.settimeout(WAIT)
            syslog.close()
            data = b"".join(iter(lambda: connection.recv(4096), b""))
    assert data == b'<86>keyfob: {"event":"lost","events":1}\n<86>keyfob: {"seq":2}\n'
    assert syslog.lost == 0


def test_without_a_target_nothing_is_sent_and_no_thread_begins() -> None:
    syslog = Syslog(lambda: None, None)
    syslog(b'{"seq":1}\n')
    syslog.close()
    assert syslog.lost == 0


def test_a_system_without_a_syslog_counts_what_it_could_not_send() -> None:
    syslog = Syslog(lambda: "local", None)
    syslog(b'{"seq":1}\n')
    syslog.close()
    assert syslog.lost == 1
