"""What a running engine's memory does under load, seen from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from bench.keyfob import SERVER, Keyfob, keyfob
from bench.load import Connection, Load, measure
from bench.processes import running
from soak.upstream import EVENT, PIECE

MEBIBYTE = 1 << 20
FEW_FILES = 1024
"""The limit that most systems begin a process with."""
_TURN = 20_000
"""Calls between two looks at the memory."""


@dataclass
class Watch:
    """An engine's resident memory, in MiB."""

    pid: int
    seen: list[float] = field(default_factory=list[float])

    def look(self) -> float:
        """What it is now."""
        self.seen.append(psutil.Process(self.pid).memory_info().rss / MEBIBYTE)
        return self.seen[-1]


@contextmanager
def soaked(
    folder: Path, environ: Mapping[str, str] | None = None, *, servers: int = 0
) -> Generator[Keyfob]:
    """An engine in front of `soak.upstream`, each a process of its own.

    The engine begins with the few open files that most systems allow at first. So many `servers`
    more lead to the same upstream.
    """
    environ = environ or os.environ
    with ExitStack() as stack:
        command = [sys.executable, "-m", "soak.upstream"]
        server = stack.enter_context(running(command, environ, folder / "upstream.log"))
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/mcp"
        with few_open_files():
            more = _servers(servers, url)
            engine = stack.enter_context(keyfob(url, "secret", environ, more, pinned=False))
        yield engine


@contextmanager
def few_open_files() -> Generator[None]:
    """Processes that begin now may open a thousand files, or more if they raise that."""
    if sys.platform == "win32":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FEW_FILES, soft), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def calls(engine: Keyfob, count: int, watch: Watch) -> float:
    """Make so many calls on sixteen connections; answers how many a second."""
    made, spent, rate = 0, 0.0, 0.0
    while made < count:
        # The first turn finds out how many a second there are.
        seconds = max(0.2, min(_TURN, count - made) / rate) if rate else 0.2
        done = measure(Load(engine.url, engine.token, connections=16, seconds=seconds))
        made += len(done.milliseconds)
        spent += done.seconds
        rate = done.per_second
        watch.look()
    return made / spent


def download(engine: Keyfob, size: int, watch: Watch) -> float:
    """Have an answer of that many bytes passed through; answers MiB a second."""
    client = Connection(Load(engine.url, engine.token))
    body = _call("flood", bytes=size)
    began = time.perf_counter()
    with client.socket as wire:
        wire.sendall(client.framed(body))
        received = wire.recv(1 << 16)
        head, _, first = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        left = size // len(PIECE) * len(PIECE) - len(first)
        looked = left
        while left:
            data = wire.recv(1 << 18)
            assert data, f"{left} bytes are missing"
            left -= len(data)
            if looked - left > 16 * MEBIBYTE:
                looked = left
                watch.look()
    watch.look()
    return size / MEBIBYTE / (time.perf_counter() - began)


def upload(engine: Keyfob, count: int, size: int, watch: Watch) -> float:
    """Send so many calls of that many bytes each; answers MiB a second."""
    client = Connection(Load(engine.url, engine.token))
    body = _call("echo", text="x" * size)
    began = time.perf_counter()
    with client.socket as wire:
        wire.settimeout(60)
        for _ in range(count):
            wire.sendall(client.framed(body))
            while not client.receive():
                pass
            watch.look()
    return count * size / MEBIBYTE / (time.perf_counter() - began)


def streams(engine: Keyfob, count: int, watch: Watch) -> tuple[float, float]:
    """Open so many slow streams; answers KiB of memory for each, and the p50 of a call then."""
    call = Load(engine.url, engine.token, calls=50)
    measure(call)
    before = watch.look()
    session = Connection(Load(engine.url, engine.token))
    head = session.head("GET")
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            wire = socket.create_connection(session.address, 20)
            opened.append(wire)
            wire.sendall(head)
        for wire in opened:
            got = b""
            while EVENT not in got:
                data = wire.recv(4096)
                assert data, got
                got += data
            assert got.startswith(b"HTTP/1.1 200"), got
        each = (watch.look() - before) * 1024 / count
        return each, median(measure(call).milliseconds)
    finally:
        session.socket.close()
        for wire in opened:
            wire.close()


def status(engine: Keyfob) -> tuple[float, int]:
    """Ask for the status as a person does; answers the seconds and how many servers it names."""
    began = time.perf_counter()
    told = subprocess.run(
        [*engine.bridge[:-2], "status", "--json"],
        env=dict(engine.environ),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return time.perf_counter() - began, len(json.loads(told.stdout)["servers"])


def call_of_last(engine: Keyfob, servers: int) -> float:
    """The p50 in milliseconds of a call to the last of so many servers."""
    url = engine.url.replace(f"/{SERVER}/", f"/s{servers - 1}/")
    return median(measure(Load(url, engine.token, calls=100)).milliseconds)


def audit_bytes(engine: Keyfob) -> int:
    """How much the engine has written into its audit log."""
    home = Path(engine.environ["KEYFOB_HOME"])
    return sum(path.stat().st_size for path in home.rglob("*.jsonl"))


def _servers(count: int, url: str) -> str:
    """The tables of so many servers at one address, as config.toml has them."""
    rule = '[[rules]]\nid = "x{0}-{1}"\nserver = "s{0}"\ntool = "t{1}_*"\naccess = "deny"\n'
    return "\n".join(
        f'[servers.s{number}]\nurl = "{url}"\naccess = "allow"\n'
        + "".join(rule.format(number, each) for each in range(5))
        for number in range(count)
    )


def _call(tool: str, **arguments: object) -> bytes:
    params = {"name": tool, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(message).encode()
