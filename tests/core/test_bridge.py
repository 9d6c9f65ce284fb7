import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import TextContent

from keyfob_core import bridge
from keyfob_core.system.sockets import Endpoint, EndpointKind, Handler, serve
from support.stdio_upstream import (
    BRIDGE,
    StraightRelay,
    bridge_engine,
    bridge_process,
    event,
    notice,
    request,
    result,
    run_folder,
)
from support.upstreams import (
    Reply,
    SdkUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sdk_upstream,
    sse_reply,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks over unix sockets")

ROOT = Path(__file__).parents[2]
ALONE = [sys.executable, "-I", "-S", bridge.__file__]

STAND_IN = """
import json, os, socket, sys
folder, connections = sys.argv[1], int(sys.argv[2])
with open(os.path.join(folder, "starts"), "a") as starts:
    starts.write("started\\n")
listening = socket.socket(socket.AF_UNIX)
listening.bind(os.path.join(folder, "bridge.sock"))
listening.listen(20)
listening.settimeout(20)
for _ in range(connections):
    connection, _ = listening.accept()
    facts = {"parent": os.getppid(), "session": os.getsid(0), "environ": dict(os.environ)}
    connection.sendall(json.dumps(facts).encode() + b"\\n")
    connection.close()
"""

JOINER = """
import os, sys
from keyfob_core import bridge
connection = bridge.join_engine(sys.argv[1], [sys.executable, "-I", "-c", *sys.argv[2:]])
heard = b""
while data := connection.recv(65536):
    heard += data
connection.close()
print(os.getpid(), os.getsid(0), heard.decode())
"""

NODE_CLIENT = """
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
const [command, home] = process.argv.slice(1);
const transport = new StdioClientTransport({
  command, args: ["-m", "keyfob_core.bridge", "files"], env: { KEYFOB_HOME: home },
});
const client = new Client({ name: "node", version: "1" });
await client.connect(transport);
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const answer = await client.callTool({ name: "echo", arguments: { a: "é" } });
await client.close();
console.log(JSON.stringify({ tools, text: answer.content[0].text }));
"""


def _echo(seen: Seen) -> Reply:
    message = json.loads(seen.body)
    return json_reply(result(message["id"], echoed=message["params"]))


@pytest.fixture
async def engine(keyfob_home: Path) -> AsyncGenerator[None]:
    async with scripted_upstream(_echo) as upstream, bridge_engine(upstream.url, run_folder()):
        yield


@pytest.fixture
async def upstream() -> AsyncGenerator[SdkUpstream]:
    async with sdk_upstream() as upstream:
        yield upstream


@pytest.fixture
async def relay(upstream: SdkUpstream, keyfob_home: Path) -> AsyncGenerator[StraightRelay]:
    del keyfob_home
    async with bridge_engine(upstream.url, run_folder()) as relay:
        yield relay


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_python_client_works_through_the_bridge(
    upstream: SdkUpstream, relay: StraightRelay, mode: str
) -> None:
    launched = StdioServerParameters(
        command=BRIDGE[0], args=[*BRIDGE[1:], "files", "--client", "test"], env=dict(os.environ)
    )
    steps: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        del total, message
        steps.append(progress)

    async with asyncio.timeout(20), Client(launched, mode=mode) as client:
        tools = await client.list_tools()
        answer = await client.call_tool("progress", {"a": "é"}, progress_callback=note)
    assert [tool.name for tool in tools.tools] == ["echo", "progress", "fail"]
    assert isinstance(answer.content[0], TextContent)
    assert answer.content[0].text == '{"a": "é"}'
    assert steps == [1, 2, 3]
    versions = {seen.header("mcp-protocol-version") for seen in upstream.requests} - {None}
    assert versions == ({"2025-11-25"} if mode == "legacy" else {"2026-07-28"})
    if mode == "legacy":
        await asyncio.wait_for(relay.session_ended.wait(), 5)


async def test_a_client_of_both_eras_falls_back_where_the_server_has_only_the_handshake(
    keyfob_home: Path,
) -> None:
    def reply(seen: Seen) -> Reply:
        message = json.loads(seen.body) if seen.body else {}
        if seen.method != "POST" or seen.header("Mcp-Method"):
            return Reply(404 if seen.method == "POST" else 405, (("Content-Length", "0"),))
        if message["method"] == "initialize":
            info = {"name": "old", "version": "1"}
            return json_reply(
                result(
                    message["id"], protocolVersion="2025-06-18", capabilities={}, serverInfo=info
                )
            )
        if "id" not in message:
            return Reply(202, (("Content-Length", "0"),))
        return json_reply(result(message["id"], tools=[]))

    async with scripted_upstream(reply) as old, bridge_engine(old.url, run_folder()):
        launched = StdioServerParameters(
            command=BRIDGE[0], args=[*BRIDGE[1:], "files"], env=dict(os.environ)
        )
        async with asyncio.timeout(20), Client(launched, mode="auto") as client:
            assert (await client.list_tools()).tools == []
    assert old.requests[0].header("Mcp-Method") == "server/discover"


async def test_the_official_typescript_client_works_through_the_bridge(
    relay: StraightRelay, keyfob_home: Path
) -> None:
    arguments = ["--input-type=module", "-e", NODE_CLIENT, sys.executable, str(keyfob_home)]
    node = await asyncio.create_subprocess_exec(
        "node", *arguments, cwd=ROOT / "tests" / "node", stdout=subprocess.PIPE
    )
    async with asyncio.timeout(30):
        output, _ = await node.communicate()
    assert json.loads(output) == {
        "tools": ["echo", "progress", "fail"],
        "text": '{"a": "é"}',
    }


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
@pytest.mark.parametrize("command", [BRIDGE, ALONE], ids=["module", "alone"])
async def test_five_mebibytes_pass_both_ways(engine: None, command: list[str]) -> None:
    text = "x" * (5 << 20)
    async with bridge_process("files", command=command) as (_, wire):
        answer = await wire.ask("echo", text=text)
    assert answer == result(1, echoed={"text": text})


async def test_the_bridge_works_where_there_are_no_unix_sockets(keyfob_home: Path) -> None:
    async with (
        scripted_upstream(_echo) as upstream,
        bridge_engine(upstream.url, run_folder(), EndpointKind.LOOPBACK),
        bridge_process("files") as (_, wire),
    ):
        assert await wire.ask("x", a=1) == result(1, echoed={"a": 1})


async def test_the_bridge_tells_what_it_was_told_and_who_launched_it(keyfob_home: Path) -> None:
    async with (
        scripted_upstream(_echo) as upstream,
        bridge_engine(upstream.url, run_folder()) as relay,
        bridge_process("files", "--client=Ünïcode", KEYFOB_TOKEN="kf_1") as (_, wire),
    ):
        await wire.ask("x")
    inbound = relay.inbound[0]
    assert (inbound.server, inbound.claimed_name, inbound.token) == ("files", "Ünïcode", "kf_1")
    assert inbound.peer is not None
    assert inbound.peer.pid == os.getpid()


async def test_the_bridge_ends_quietly_with_its_stdin_and_its_last_answer_arrives(
    keyfob_home: Path,
) -> None:
    last = sse_reply(event(notice("p")), event(result(1)))
    async with (
        scripted_upstream(last) as upstream,
        bridge_engine(upstream.url, run_folder()),
        bridge_process("files") as (process, wire),
    ):
        await wire.send(request("x"))
        wire.writer.close()
        assert [await wire.receive() for _ in "12"] == [notice("p"), result(1)]
        assert await asyncio.wait_for(process.wait(), 5) == 0
        assert process.stderr
        assert await process.stderr.read() == b""


async def test_the_engine_learns_of_stdins_end_and_still_has_the_last_word(
    keyfob_home: Path,
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read()
        writer.write(heard.splitlines()[-1] + b"\n")

    async with _listening(handler), bridge_process("files") as (process, wire):
        wire.writer.write(b"all of it")
        wire.writer.close()
        assert await wire.line() == b"all of it"
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_an_engine_that_hangs_does_not_keep_the_bridge_from_ending(
    keyfob_home: Path,
) -> None:
    async with _deaf_engine(), bridge_process("files") as (process, wire):
        wire.writer.close()
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_the_bridge_ends_with_a_sentence_when_the_engine_ends(keyfob_home: Path) -> None:
    async with (
        scripted_upstream(_echo) as upstream,
        contextlib.AsyncExitStack() as engine,
        contextlib.AsyncExitStack() as client,
    ):
        await engine.enter_async_context(bridge_engine(upstream.url, run_folder()))
        process, wire = await client.enter_async_context(bridge_process("files"))
        await wire.ask("x")
        await engine.aclose()
        assert process.stderr
        assert await asyncio.wait_for(process.wait(), 5) == 1
        assert (await process.stderr.read()).count(b"\n") == 1


async def test_a_client_that_no_longer_reads_ends_the_bridge_quietly(keyfob_home: Path) -> None:
    said = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await said.wait()
        writer.write(b"{}\n")
        await reader.read()

    async with _listening(handler):
        bridge_out, errors = os.pipe(), os.pipe()
        process = await asyncio.create_subprocess_exec(
            *BRIDGE, "files", stdin=subprocess.PIPE, stdout=bridge_out[1], stderr=errors[1]
        )
        for descriptor in (*bridge_out, errors[1]):
            os.close(descriptor)
        said.set()
        assert await asyncio.wait_for(process.wait(), 5) == 0
        assert os.read(errors[0], 1000) == b""
        os.close(errors[0])
        assert process.stdin
        process.stdin.close()


async def test_the_bridge_ends_when_its_parent_is_killed(keyfob_home: Path) -> None:
    """Its stdin stays open: the test holds the other end too."""
    launcher = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    async with _deaf_engine() as joined:
        held, stdin = os.pipe()[::-1]
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", launcher, *BRIDGE, "files", stdin=stdin, stdout=subprocess.PIPE
        )
        os.close(stdin)
        assert parent.stdout
        child = psutil.Process(int(await parent.stdout.readline()))
        await asyncio.wait_for(joined.wait(), 5)
        parent.kill()
        await parent.wait()
        await asyncio.to_thread(child.wait, 10)
        os.close(held)


async def test_a_signal_ends_the_bridge(keyfob_home: Path) -> None:
    async with _deaf_engine() as joined, bridge_process("files") as (process, _):
        await asyncio.wait_for(joined.wait(), 5)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == -signal.SIGTERM


async def test_ten_bridges_at_once_start_one_engine_that_is_nobodys_child(
    keyfob_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "s")
    monkeypatch.setenv("KEYFOB_TOKEN", "kf_1")
    folder = run_folder()
    joining = [
        asyncio.create_subprocess_exec(
            sys.executable, "-c", JOINER, str(folder), STAND_IN, str(folder), "10",
            stdout=subprocess.PIPE,
        )
        for _ in range(10)
    ]  # fmt: skip
    joiners = await asyncio.gather(*joining)
    async with asyncio.timeout(20):
        outputs = [(await joiner.communicate())[0].decode() for joiner in joiners]
    assert (folder / "starts").read_text().splitlines() == ["started"]
    for output in outputs:
        pid, session, facts = output.split(" ", 2)
        told = json.loads(facts)
        assert told["parent"] != int(pid)
        assert told["session"] != int(session)
        assert told["environ"]["KEYFOB_HOME"] == str(keyfob_home)
        assert {"CLIENT_SECRET", "KEYFOB_TOKEN"}.isdisjoint(told["environ"])
    assert (folder / "engine.log").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_an_engine_that_fails_is_told_in_one_sentence(keyfob_home: Path) -> None:
    folder = run_folder()
    failing = [sys.executable, "-c", "import sys; sys.exit('no display')"]
    with pytest.raises(bridge.BridgeError, match=re.escape(f"{folder}/engine.log")):
        await asyncio.to_thread(bridge.join_engine, str(folder), failing)
    assert "no display" in (folder / "engine.log").read_text()


async def test_an_engine_that_is_not_there_is_told_in_one_sentence(keyfob_home: Path) -> None:
    folder = run_folder()
    with pytest.raises(bridge.BridgeError):
        await asyncio.to_thread(bridge.join_engine, str(folder), [str(folder / "missing")])
    assert "missing" in (folder / "engine.log").read_text()


async def test_a_folder_that_others_can_write_is_not_trusted(keyfob_home: Path) -> None:
    run_folder().mkdir(parents=True)
    run_folder().chmod(0o777)
    async with bridge_process("files") as (process, _):
        assert process.stderr
        assert b"others" in await process.stderr.read()
        assert await asyncio.wait_for(process.wait(), 5) == 1


@pytest.mark.parametrize("arguments", [["a", "b"], ["--client"], ["--wrong"], ["a", "-x"]])
def test_wrong_usage_is_told_before_anything_is_started(
    keyfob_home: Path, arguments: list[str]
) -> None:
    done = subprocess.run([*BRIDGE, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert not keyfob_home.exists()


async def test_carrying_a_message_imports_almost_nothing(engine: None) -> None:
    bare = await asyncio.create_subprocess_exec(
        *[sys.executable, "-I", "-S", "-X", "importtime", "-c", "import os"], stderr=subprocess.PIPE
    )
    always = (await bare.communicate())[1].decode()
    traced = [sys.executable, "-I", "-S", "-X", "importtime", bridge.__file__]
    async with bridge_process("files", command=traced) as (process, wire):
        await wire.ask("x")
        wire.writer.close()
        assert process.stderr
        trace = (await process.stderr.read()).decode()
    assert _imported(trace) - _imported(always) <= {"__future__", "_socket"}


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"KEYFOB_HOME": "/h"}, "linux", "/h/run"),
        ({"KEYFOB_HOME": "/h", "XDG_RUNTIME_DIR": "/x"}, "darwin", "/h/run"),
        ({"XDG_RUNTIME_DIR": "/x"}, "linux", "/x/keyfob"),
        ({"HOME": "/a", "XDG_RUNTIME_DIR": "/x"}, "darwin", "/a/Library/Caches/keyfob/run"),
        ({"HOME": "/" + "a" * 90}, "darwin", "/tmp/keyfob-7"),
        ({"TMPDIR": "/t"}, "linux", "/tmp/keyfob-7"),
        ({"XDG_RUNTIME_DIR": "/" + "x" * 100}, "linux", "/tmp/keyfob-7"),
        ({"LOCALAPPDATA": "/L"}, "win32", "/L/keyfob/run"),
        ({"KEYFOB_HOME": "/" + "h" * 200}, "win32", "/" + "h" * 200 + "/run"),
    ],
)  # fmt: skip
def test_the_runtime_folder_is_where_the_system_keeps_such_things(
    environ: dict[str, str], platform: str, folder: str
) -> None:
    assert bridge.runtime_folder(environ, platform, 7, lambda _: False) == folder


def test_the_login_sessions_folder_is_used_where_a_client_did_not_name_it() -> None:
    assert bridge.runtime_folder({}, "linux", 7, lambda path: path == "/run/user/7") == (
        "/run/user/7/keyfob"
    )


def test_a_home_too_long_for_a_socket_moves_to_a_folder_of_its_own() -> None:
    long, other = ({"KEYFOB_HOME": f"/{name * 90}", "XDG_RUNTIME_DIR": "/x"} for name in "ab")
    moved = bridge.runtime_folder(long, "linux", 7)
    assert re.fullmatch("/x/keyfob-7-[0-9a-f]{16}", moved)
    assert moved != bridge.runtime_folder(other, "linux", 7)


@given(st.text() | st.none(), st.text() | st.none(), st.text(min_size=1) | st.none())
def test_the_opening_line_is_json_whatever_the_names_are(
    server: str | None, client: str | None, token: str | None
) -> None:
    line = bridge.hello(server, client, token)
    said = {"keyfob": 1, "server": server, "client": client}
    assert json.loads(line) == said | ({"token": token} if token else {})
    assert line.count(b"\n") == 1


def _imported(trace: str) -> set[str]:
    return set(re.findall(r"^import time:.*\|\s+(\S+)$", trace, re.MULTILINE))


@contextlib.asynccontextmanager
async def _listening(handler: Handler) -> AsyncGenerator[None]:
    server = await serve(Endpoint(run_folder() / "bridge.sock", EndpointKind.UNIX), handler)
    yield
    await server.close()


@contextlib.asynccontextmanager
async def _deaf_engine() -> AsyncGenerator[asyncio.Event]:
    """An engine that takes a connection and does nothing with it."""
    joined = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader, writer
        joined.set()
        await asyncio.Event().wait()

    async with _listening(handler):
        yield joined
