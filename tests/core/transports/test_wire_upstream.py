"""The wire form's way to a server: kept connections, TLS, and what is sent twice."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.system.loops import engine_loop
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports import forms
from keyfob_core.transports.wire.target import connect, target_of
from keyfob_core.transports.wire.upstream import WireUpstream
from support.certificates import TestAuthority
from support.networks import TrustingNetwork
from support.relay import running_relay
from support.upstreams import json_reply, scripted_upstream

DONE = json_reply({"ok": True})
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MEBIBYTE = 1024 * 1024


def to(url: str, method: str = "POST", body: bytes = b"{}") -> UpstreamRequest:
    return UpstreamRequest(http_method=method, url=url, headers=(), body=body, pool="a")


@asynccontextmanager
async def wire(tls: ssl.SSLContext | None = None) -> AsyncGenerator[WireUpstream]:
    upstream = WireUpstream(TrustingNetwork(tls) if tls else SystemNetwork())
    try:
        yield upstream
    finally:
        await upstream.close()


async def read(upstream: WireUpstream, request: UpstreamRequest) -> tuple[int, bytes]:
    async with upstream.open(request) as response:
        return response.status, b"".join([chunk async for chunk in response.body])


class Connections:
    """A server whose every connection is served by a test's own function."""

    def __init__(self) -> None:
        self.count = 0
        self.requests = 0
        self.url = ""
        self.closed = asyncio.Event()

    async def request(self, reader: asyncio.StreamReader) -> None:
        """Read one request with a body of two bytes."""
        await reader.readuntil(b"\r\n\r\n{}")
        self.requests += 1


@asynccontextmanager
async def server(
    serve: Callable[[Connections, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[Connections]:
    connections = Connections()
    tasks: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.count += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(connections, reader, writer)
        finally:
            connections.closed.set()
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(served(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls) as listener:
        scheme = "https" if tls else "http"
        connections.url = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}/mcp"
        try:
            yield connections
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("ending", ["close", "reset"])
async def test_a_request_that_meets_a_connection_as_it_closes_is_sent_again_once(
    ending: str,
) -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        # What it is sent next it never answers.
        await here.request(reader)
        if ending == "reset":
            writer.transport.abort()

    async with server(serve) as here, wire() as upstream:
        again = to(here.url, "GET")
        assert await read(upstream, to(here.url)) == (200, b"ok")
        assert await read(upstream, again) == (200, b"ok")
        assert (here.count, here.requests) == (2, 3)


async def test_a_call_that_a_server_may_have_begun_is_never_sent_twice() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        await here.request(reader)

    async with server(serve) as here, wire() as upstream:
        assert await read(upstream, to(here.url)) == (200, b"ok")
        with pytest.raises(UpstreamUnreachable):
            await read(upstream, to(here.url))
        assert (here.count, here.requests) == (1, 2)


async def test_a_request_on_a_new_connection_is_never_sent_twice() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)

    async with server(serve) as here, wire() as upstream:
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(here.url))
        assert "without an answer" in str(caught.value)
        assert (here.count, here.requests) == (1, 1)


async def test_a_request_of_whose_answer_a_byte_came_is_not_sent_again() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        await here.request(reader)
        writer.write(b"H")

    async with server(serve) as here, wire() as upstream:
        assert await read(upstream, to(here.url)) == (200, b"ok")
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(here.url))
        assert "breaks off" in str(caught.value)
        assert (here.count, here.requests) == (1, 2)


async def test_a_server_that_takes_its_time_and_then_dies_has_perhaps_done_the_call() -> None:
    die = asyncio.Event()

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        await here.request(reader)
        await die.wait()

    async with server(serve) as here, wire() as upstream:
        assert await read(upstream, to(here.url)) == (200, b"ok")
        second = asyncio.create_task(read(upstream, to(here.url)))
        await asyncio.wait({second}, timeout=1.1)
        die.set()
        with pytest.raises(UpstreamUnreachable):
            await second
        assert (here.count, here.requests) == (1, 2)


async def test_a_connection_that_was_closed_while_idle_is_not_used() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        await writer.drain()

    async with server(serve) as here, wire() as upstream:
        for count in (1, 2, 3):
            assert await read(upstream, to(here.url, "GET")) == (200, b"ok")
            await here.closed.wait()
            here.closed.clear()
            assert here.count == count == here.requests


async def test_an_answer_before_the_request_is_sent_ends_the_sending() -> None:
    stay = asyncio.Event()

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await stay.wait()

    async with server(serve) as here, wire() as upstream:
        large = to(here.url, body=b"x" * (64 * MEBIBYTE))
        assert await read(upstream, large) == (413, b"no")
        assert await read(upstream, large) == (413, b"no")
        # The rest of a request was never sent, so that nothing else can go there.
        assert here.count == 2
        stay.set()


async def test_sixteen_requests_at_once_have_a_connection_each_and_keep_them() -> None:
    async with scripted_upstream(DONE) as here, wire() as upstream:
        for _ in range(2):
            await asyncio.gather(*(read(upstream, to(here.url)) for _ in range(16)))
        assert here.connections == 16


async def test_nothing_is_kept_once_the_way_is_closed() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)
        writer.write(OK)
        await reader.read()

    async with server(serve) as here, wire() as upstream:
        async with upstream.open(to(here.url)) as response:
            await upstream.close()
            assert [chunk async for chunk in response.body] == [b"ok"]
        await asyncio.wait_for(here.closed.wait(), 5)


async def test_a_server_with_a_good_certificate_is_reached_by_tls(tmp_path: Path) -> None:
    authority = TestAuthority()

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            await here.request(reader)
            writer.write(OK)

    async with (
        server(serve, authority.server(tmp_path, "127.0.0.1", "localhost")) as here,
        wire(authority.client()) as upstream,
    ):
        for _ in range(3):
            assert await read(upstream, to(here.url)) == (200, b"ok")
        assert here.count == 1
        assert await read(upstream, to(here.url.replace("127.0.0.1", "localhost"))) == (200, b"ok")


@pytest.mark.parametrize("by_tls", [False, True])
def test_a_large_body_goes_up_whole_to_a_server_that_reads_slowly(
    tmp_path: Path, by_tls: bool
) -> None:
    body = b"x" * (8 * MEBIBYTE)
    authority = TestAuthority()

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            read = 0
            while read < len(body):
                read += len(await reader.read(1 << 16))
            writer.write(OK)

    async def large() -> None:
        trusted = authority.server(tmp_path, "127.0.0.1") if by_tls else None
        async with (
            asyncio.timeout(30),
            server(serve, trusted) as here,
            wire(authority.client() if by_tls else None) as upstream,
        ):
            for _ in range(2):
                assert await read(upstream, to(here.url, body=body)) == (200, b"ok")
            assert here.count == 1

    for loop in (engine_loop, asyncio.new_event_loop):
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(large())


@pytest.mark.parametrize("wrong", ["name", "authority"])
async def test_a_server_with_a_wrong_certificate_gets_no_request(
    tmp_path: Path, wrong: str
) -> None:
    authority = TestAuthority()
    trusted = authority if wrong == "name" else TestAuthority()
    name = "elsewhere.example" if wrong == "name" else "127.0.0.1"

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await here.request(reader)

    async with (
        server(serve, authority.server(tmp_path, name)) as here,
        wire(trusted.client()) as upstream,
    ):
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(here.url))
        about = "is not good" if wrong == "name" else "Test authority, whom this system does not"
        assert about in str(caught.value)
        assert here.requests == 0


async def test_a_server_without_tls_is_named_as_such() -> None:
    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with server(serve) as here, wire(TestAuthority().client()) as upstream:
        with pytest.raises(UpstreamUnreachable) as caught:
            await read(upstream, to(here.url.replace("http:", "https:")))
        assert "TLS" in str(caught.value)


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses, in this order."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    async with scripted_upstream(DONE) as here, wire() as upstream:
        # Nothing listens on the first.
        assert (await read(upstream, to(here.url.replace("127.0.0.1", "localhost"))))[0] == 200


@contextmanager
def silent(address: str, port: int) -> Generator[None]:
    """A place that takes no connection and refuses none, as behind a firewall."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((address, port))
        listening.listen(0)
        for _ in range(3):
            # Once as many wait as may, the system answers nobody any more.
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((address, port))
        yield


async def test_an_address_that_says_nothing_keeps_nobody_from_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leads_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    async with scripted_upstream(DONE) as here, wire() as upstream:
        url = here.url.replace("127.0.0.1", "localhost")
        with silent("127.0.0.2", int(here.url.split(":")[2].split("/")[0])):
            # Half of the time that there is for all of them would be seven seconds.
            async with asyncio.timeout(5):
                assert (await read(upstream, to(url)))[0] == 200


async def test_a_refusal_is_told_although_another_address_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leads_to(monkeypatch, "127.0.0.1", "127.0.0.2")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with silent("127.0.0.2", port), pytest.raises(ConnectionRefusedError):
            await connect(target_of(f"http://localhost:{port}/mcp"), None, seconds=1.0)


@pytest.mark.parametrize(
    ("path", "target"),
    [("", "/"), ("?a=b", "/?a=b"), ("/a b/ü?q=ü%20", "/a%20b/%C3%BC?q=%C3%BC%20")],
)
async def test_the_target_is_what_http_can_carry(path: str, target: str) -> None:
    async with scripted_upstream(DONE) as here, wire() as upstream:
        await read(upstream, to(here.url.removesuffix("/mcp") + path))
        assert here.requests[0].target == target


async def test_a_large_answer_passes_with_little_memory(tmp_path: Path) -> None:
    size = 64 * MEBIBYTE

    async def serve(
        here: Connections, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = b"x" * (MEBIBYTE // 4)
        for _ in range(size // len(piece)):
            writer.write(piece)
            await writer.drain()

    async with (
        server(serve) as here,
        running_relay(tmp_path, here.url) as relay,
        relay.client() as client,
    ):
        await client.send(client.head("GET", length=None))
        assert (await client.read_head()).one("content-length") == str(size)
        tracemalloc.start()
        try:
            left = size
            async with asyncio.timeout(60):
                while left:
                    left -= len(await client.reader.read(MEBIBYTE))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MEBIBYTE


def test_without_httptools_the_other_form_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert forms.fastest_form().name == "wire"
    for name in tuple(sys.modules):
        if name.startswith("keyfob_core.transports.wire."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httptools", None)
    assert forms.fastest_form().name == "aiohttp"
