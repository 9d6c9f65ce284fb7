"""Tool calls over HTTP/1.1 from bare sockets: so lean that it measures the others, not itself."""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from bench.messages import MODERN, PROTOCOL, initialize, initialized, tool_call

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_SESSION = re.compile(rb"\r\nmcp-session-id: *([^\r]+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_PATIENCE = 20.0


@dataclass(frozen=True)
class Load:
    """What to send: so many `calls` on each connection, or as many as fit into `seconds`."""

    url: str
    token: str
    connections: int = 1
    calls: int = 0
    seconds: float = 0.0
    tool: str = "echo"
    modern: bool = False
    """As a client of 2026-07-28, without a handshake."""


@dataclass(frozen=True)
class Measured:
    """The milliseconds of each call, and how long all of them took, in seconds."""

    milliseconds: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        """Calls in a second."""
        return len(self.milliseconds) / self.seconds


class Connection:
    """One kept-alive connection with a session of its own."""

    def __init__(self, load: Load) -> None:
        url = urlsplit(load.url)
        self.address = url.hostname, url.port
        self.socket = socket.create_connection(self.address, _PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._path = url.path
        self._fields = (
            f"Host: {url.netloc}\r\n"
            f"Authorization: Bearer {load.token}\r\nContent-Type: application/json\r\n"
            "Accept: application/json, text/event-stream\r\n"
        )
        try:
            self._begin(load)
        except BaseException:
            self.socket.close()
            raise

    def _begin(self, load: Load) -> None:
        if load.modern:
            self._fields += f"MCP-Protocol-Version: {MODERN}\r\n"
            self._fields += f"Mcp-Method: tools/call\r\nMcp-Name: {load.tool}\r\n"
        else:
            self._shake_hands()
        self.request = self.framed(tool_call(1, load.tool, modern=load.modern))
        self.started = 0.0
        self._received = b""
        if b'"isError":false' not in self._ask(self.request):
            raise RuntimeError("the tool call went wrong")

    def _shake_hands(self) -> None:
        answer = self._ask(self.framed(initialize()))
        session = _SESSION.search(answer)
        if session:
            self._fields += f"Mcp-Session-Id: {session[1].decode()}\r\n"
        self._fields += f"MCP-Protocol-Version: {PROTOCOL}\r\n"
        self._ask(self.framed(initialized()))

    def send(self) -> None:
        """Send one call."""
        self.started = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Take what is there; whether the answer is complete."""
        self._received += self.socket.recv(1 << 16)
        if not _complete(self._received):
            return False
        if not self._received.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"answered {self._received[:200]!r}")
        self._received = b""
        return True

    def framed(self, body: bytes) -> bytes:
        """A request with this body."""
        return self.head("POST", f"Content-Length: {len(body)}\r\n") + body

    def head(self, method: str, own: str = "") -> bytes:
        """A request's head; `own` are further lines."""
        return f"{method} {self._path} HTTP/1.1\r\n{self._fields}{own}\r\n".encode()

    def _ask(self, request: bytes) -> bytes:
        self.socket.sendall(request)
        answer = b""
        while not _complete(answer):
            data = self.socket.recv(1 << 16)
            if not data:
                raise RuntimeError(f"closed after {answer[:200]!r}")
            answer += data
        if not answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 202 ")):
            raise RuntimeError(f"answered {answer[:200]!r}")
        return answer


def _complete(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end + 2)
    if length:
        return len(answer) >= end + 4 + int(length[1])
    if _CHUNKED.search(answer, 0, end + 2):
        return answer.endswith(b"\r\n0\r\n\r\n", end + 2)
    return True


def measure(load: Load) -> Measured:
    """Send the load and measure each call."""
    connections = [Connection(load) for _ in range(load.connections)]
    try:
        return _sequential(connections[0], load) if load.calls else _parallel(connections, load)
    finally:
        for connection in connections:
            connection.socket.close()


def answers(load: Load) -> bool:
    """Whether the tool can be called this way."""
    try:
        Connection(load).socket.close()
    except RuntimeError:
        return False
    return True


def _sequential(connection: Connection, load: Load) -> Measured:
    milliseconds: list[float] = []
    began = time.perf_counter()
    for _ in range(load.calls):
        connection.send()
        while not connection.receive():
            pass
        milliseconds.append((time.perf_counter() - connection.started) * 1000)
    return Measured(milliseconds, time.perf_counter() - began)


def _parallel(connections: list[Connection], load: Load) -> Measured:
    poll = select.poll()
    by_number = {connection.socket.fileno(): connection for connection in connections}
    for number in by_number:
        poll.register(number, select.POLLIN)
    milliseconds: list[float] = []
    began = time.perf_counter()
    end = began + load.seconds
    for connection in connections:
        connection.send()
    while (now := time.perf_counter()) < end:
        for number, _ in poll.poll(_PATIENCE * 1000):
            connection = by_number[number]
            if connection.receive():
                milliseconds.append((time.perf_counter() - connection.started) * 1000)
                connection.send()
    return Measured(milliseconds, now - began)


def main() -> None:
    """Do the load that comes as JSON on stdin; print the result as JSON."""
    print(json.dumps(asdict(measure(Load(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
