"""The relay's unix socket: what it shares with the port, and who is known without a token."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from keyfob_core.answers.waiting import Pace
from keyfob_core.errors import ConfigInvalid, EngineUnreachable
from keyfob_core.prompts import ClientPrompt, Decision
from keyfob_core.system.places import UnixPlace
from support.eventually import eventually
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.raw_http import socket_client
from support.relay import ALLOW_ALL, RunningRelay, running_relay
from support.upstreams import ScriptedUpstream, json_reply, scripted_upstream, sse_reply
from support.waiting import Told, progress_of

pytestmark = pytest.mark.usefixtures("form")

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "echo"}}
DONE = json_reply({"jsonrpc": "2.0", "id": 7, "result": {}})
NAMED = Decision(allow=True, text="the tests")
SELF = Path(sys.executable).resolve()


@pytest.fixture
def path() -> Generator[Path]:
    """A path short enough for a socket, in a folder that is not there yet."""
    folder = Path(tempfile.mkdtemp(prefix="kf-"))
    yield folder / "run" / "relay.sock"
    shutil.rmtree(folder)


@asynccontextmanager
async def at_socket(
    folder: Path,
    path: Path,
    *answers: Decision,
    extra: str = ALLOW_ALL,
    pace: Pace | None = None,
    max_body: int | None = None,
) -> AsyncGenerator[tuple[ScriptedUpstream, RunningRelay]]:
    prompter = RecordingPrompter(*answers)
    async with (
        scripted_upstream(DONE) as upstream,
        running_relay(
            folder,
            upstream.url,
            extra=extra,
            prompter=prompter,
            place=UnixPlace(path),
            pace=pace or Pace(),
            max_body=max_body,
        ) as relay,
    ):
        yield upstream, relay


async def test_without_a_token_the_client_is_its_executable_under_the_name_it_was_given(
    tmp_path: Path, path: Path
) -> None:
    async with (
        at_socket(tmp_path, path, NAMED) as (upstream, relay),
        socket_client(path) as client,
    ):
        for _ in range(2):
            assert (await client.post(CALL)).json["result"] == {}
        async with socket_client(path) as again:
            assert (await again.post(CALL)).json["result"] == {}
        (asked,) = relay.prompter.asked
        assert isinstance(asked, ClientPrompt)
        assert (asked.peer.pid, Path(asked.peer.executable)) == (os.getpid(), SELF)
        assert asked.peer.started > 0
        told = relay.events("forwarding")
        assert {event["client"] for event in told} == {"the tests"}
        details = told[0]["details"]
        assert (details["listener"], details["known_by"]) == ("socket", "process")
        assert (details["pid"], Path(details["process"])) == (os.getpid(), SELF)
        assert len(upstream.requests) == 3


async def test_a_program_that_nobody_wants_is_refused_and_nothing_goes_up(
    tmp_path: Path, path: Path
) -> None:
    async with (
        at_socket(tmp_path, path, DENY) as (upstream, relay),
        socket_client(path) as client,
    ):
        assert (await client.post(CALL)).error["data"]["code"] == "access_denied"
        assert upstream.requests == []
        (refused,) = relay.events("refused")
        assert Path(refused["details"]["process"]) == SELF


async def test_a_client_that_waits_to_be_named_is_told_so(tmp_path: Path, path: Path) -> None:
    pace = Pace(first=0.01, every=0.02)
    async with (
        at_socket(tmp_path, path, extra="", pace=pace) as (_, relay),
        socket_client(path) as client,
    ):
        told = Told(client)
        params = {"name": "echo", "_meta": {"progressToken": 1}}
        await told.begin({**CALL, "params": params})
        assert progress_of(await told.sign())["progressToken"] == 1
        relay.prompter.answer(NAMED)
        await relay.prompter.prompted(2)
        assert progress_of(await told.sign())["progress"] > 0
        relay.prompter.answer(ALLOW)
        assert (await told.answer())["result"] == {}


async def test_with_a_token_the_client_is_the_tokens(tmp_path: Path, path: Path) -> None:
    async with (
        at_socket(tmp_path, path) as (_, relay),
        socket_client(path, relay.token) as client,
    ):
        assert (await client.post(CALL)).json["result"] == {}
        (event,) = relay.events("forwarding")
        assert (event["client"], event["details"]["known_by"]) == ("client", "token")
        assert event["details"]["pid"] == os.getpid()
        assert relay.prompter.asked == []


@pytest.mark.parametrize(
    "lines",
    [
        (b"Authorization: Bearer wrong",),
        (b"Authorization: Bearer",),
        (b"Authorization: Basic YTpi",),
        (b"Authorization:",),
        (b"Authorization: Bearer TOKEN", b"Authorization: Bearer TOKEN"),
    ],
)
async def test_a_token_that_is_no_good_does_not_fall_back_to_the_executable(
    tmp_path: Path, path: Path, lines: tuple[bytes, ...]
) -> None:
    async with (
        at_socket(tmp_path, path, NAMED) as (upstream, relay),
        socket_client(path) as client,
    ):
        await client.post(CALL)
        sent = [line.replace(b"TOKEN", relay.token.encode()) for line in lines]
        assert (await client.post(CALL, *sent)).status == 401
        assert len(upstream.requests) == 1


async def test_on_the_port_there_is_still_no_way_in_without_a_token(
    tmp_path: Path, path: Path
) -> None:
    async with at_socket(tmp_path, path, NAMED) as (upstream, relay):
        async with socket_client(path) as named:
            assert (await named.post(CALL)).status == 200
        async with relay.client("") as client:
            assert (await client.post(CALL)).status == 401
            # Nor do the names that the socket takes pass for it there.
            client.host = "localhost"
            assert (await client.post(CALL)).status == 403
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]", 200),
        ("localhost:PORT", 200),
        ("127.0.0.1:PORT", 200),
        ("localhost:1", 403),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
    ],
)
async def test_the_socket_takes_the_names_of_this_machine_with_our_port_or_none(
    tmp_path: Path, path: Path, host: str, status: int
) -> None:
    async with (
        at_socket(tmp_path, path) as (upstream, relay),
        socket_client(path, relay.token) as client,
    ):
        client.host = host.replace("PORT", str(relay.port))
        answer = await client.post(CALL)
        # An empty Host may be refused by the HTTP parser before it comes to us.
        assert answer.status == status or (host, answer.status) == ("", 400)
        assert len(upstream.requests) == int(status == 200)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:PORT", 200),
        ("http://localhost", 403),
        ("http://localhost:3000", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
async def test_a_page_gets_no_further_by_the_socket_than_by_the_port(
    tmp_path: Path, path: Path, origin: str, status: int
) -> None:
    async with (
        at_socket(tmp_path, path, NAMED) as (_, relay),
        socket_client(path) as client,
    ):
        line = f"Origin: {origin}".replace("PORT", str(relay.port)).encode()
        assert (await client.post(CALL, line)).status == status


async def test_every_path_of_the_port_is_there(tmp_path: Path, path: Path) -> None:
    async with (
        at_socket(tmp_path, path, NAMED) as (upstream, relay),
        socket_client(path) as client,
    ):
        assert (await client.request("GET", "/health")).body == b"ok\n"
        assert b"Nothing waits here" in (await client.request("GET", "/wait/abc")).body
        in_url = relay.new_client("in url", "one")
        assert (await client.post(CALL, path=f"/k/{in_url}/mcp")).json["result"] == {}
        fetch = b"Sec-Fetch-Site: cross-site"
        assert (await client.post(CALL, fetch, path=f"/k/{in_url}/mcp")).status == 403
        assert (await client.post(CALL, path="/k/kf_wrong/mcp")).status == 401
        assert (await client.post(CALL, path="/s/none/mcp")).status == 404
        assert (await client.request("GET", "/.well-known/openid-configuration")).status == 404
        assert (await client.request("PUT", "/s/one/mcp", body=b"{}")).status == 405
        assert len(upstream.requests) == 1


async def test_what_passes_is_the_same_as_on_the_port(tmp_path: Path, path: Path) -> None:
    gate = asyncio.Event()
    body = b'{"jsonrpc":"2.0", "id":7,"method" : "ping","params":{"n":1.50}}'
    async with (
        at_socket(tmp_path, path, NAMED) as (upstream, _),
        socket_client(path) as client,
    ):
        upstream.respond = lambda _: sse_reply(b"id: 1\ndata: a\n\n", gate, b": end\n\n")
        await client.send(client.head(length=len(body)) + body)
        await client.read_head()
        assert await client.chunk() == b"id: 1\ndata: a\n\n"
        assert upstream.requests[0].body == body
        gate.set()
        assert await client.chunk() == b": end\n\n"
        assert await client.chunk() == b""
        upstream.respond = lambda _: sse_reply(b": on\n\n", asyncio.Event())
        await client.send(client.head("GET", length=None))
        await client.read_head()
        assert await client.chunk() == b": on\n\n"
        await client.close()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)


async def test_a_body_that_is_too_long_is_refused_under_the_programs_name(
    tmp_path: Path, path: Path
) -> None:
    async with (
        at_socket(tmp_path, path, NAMED, max_body=1000) as (_, relay),
        socket_client(path) as client,
    ):
        assert (await client.post(CALL)).status == 200
        await client.send(client.head(length=1001))
        assert (await client.answer()).status == 413
        assert relay.events("refused")[0]["client"] == "the tests"


async def test_only_this_user_can_open_the_socket_and_it_goes_with_the_relay(
    tmp_path: Path, path: Path
) -> None:
    async with at_socket(tmp_path, path, NAMED) as (_, _):
        assert [_mode(one) for one in (path.parent, path)] == [0o700, 0o600]
        idle = await asyncio.open_unix_connection(path)
        async with socket_client(path) as client:
            assert (await client.post(CALL)).status == 200
    assert _left(path) == []
    async with asyncio.timeout(5):
        assert await idle[0].read() == b""
    idle[1].close()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _left(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


CALL_AS = """
import os, socket, sys
os.setuid(12345)
connected = socket.socket(socket.AF_UNIX)
connected.connect(sys.argv[1])
connected.sendall(sys.argv[2].encode())
print(connected.recv(100))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_another_user_is_refused_though_the_folder_was_open_and_the_token_good(
    tmp_path: Path, path: Path
) -> None:
    async with at_socket(tmp_path, path, NAMED) as (upstream, relay):
        for opened, mode in ((path.parent.parent, 0o755), (path.parent, 0o755), (path, 0o666)):
            opened.chmod(mode)
        body = json.dumps(CALL)
        request = (
            f"POST /s/one/mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {relay.token}"
            f"\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        stranger = await asyncio.create_subprocess_exec(
            "/usr/bin/env", "python3", "-c", CALL_AS, str(path), request, stdout=-1, stderr=-1
        )
        out, err = await asyncio.wait_for(stranger.communicate(), 10)
        assert out.strip() == b"b''" or b"ConnectionResetError" in err or b"BrokenPipe" in err, (
            out,
            err,
        )
        assert upstream.requests == []
        async with socket_client(path) as client:
            assert (await client.post(CALL)).status == 200


async def test_what_a_dead_engine_left_is_replaced_and_what_is_no_socket_is_not(
    tmp_path: Path, path: Path
) -> None:
    first, second = UnixPlace(path), UnixPlace(path)
    await first.listen(asyncio.Protocol)
    async with at_socket(tmp_path, path, NAMED) as (_, _):
        # The first one's end leaves its successor's socket.
        first.close()
        async with socket_client(path) as client:
            assert (await client.post(CALL)).status == 200
    _note(path)
    with pytest.raises(EngineUnreachable):
        await second.listen(asyncio.Protocol)
    assert _left(path) == [path]


def _note(path: Path) -> None:
    path.write_text("a person's notes")


async def test_a_folder_that_users_share_holds_no_socket(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o1777)
    with pytest.raises(ConfigInvalid):
        await UnixPlace(path).listen(asyncio.Protocol)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_calls_by_the_socket(tmp_path: Path, path: Path) -> None:
    async with at_socket(tmp_path, path, Decision(allow=True, text="curl")) as (_, relay):
        curl = await asyncio.create_subprocess_exec(
            "curl",
            "--silent",
            "--show-error",
            "--unix-socket",
            str(path),
            "--header",
            "Content-Type: application/json",
            "--data",
            json.dumps(CALL),
            "http://localhost/s/one/mcp",
            stdout=-1,
        )
        out, _ = await asyncio.wait_for(curl.communicate(), 10)
        assert json.loads(out)["result"] == {}
        (asked,) = relay.prompter.asked
        assert isinstance(asked, ClientPrompt)
        assert Path(asked.peer.executable).name == "curl"
        await eventually(lambda: len(relay.events("outcome")) == 1)
