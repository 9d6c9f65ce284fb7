"""A second user of the same machine, who has an account here and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from support.engine import Home, RunningEngine, running_engine
from support.pairing import REDIRECT, registration
from support.pairing_raw import raw
from support.upstreams import json_reply, scripted_upstream

NOBODY = 65534
SECRET = "the-api-key-that-another-user-wants"
_SCRIPT = """
import encodings.idna, http.client, json, os, socket, sys
asked = json.load(sys.stdin)
# Once everything is imported: the interpreter itself may lie where only root can read.
os.setgroups([])
os.setgid(asked["user"])
os.setuid(asked["user"])
told = {"uid": os.getuid(), "sockets": {}, "read": [], "http": {}}
for path in asked["sockets"]:
    try:
        with socket.socket(socket.AF_UNIX) as at:
            at.settimeout(5)
            at.connect(path)
            at.sendall(asked["hello"].encode())
            told["sockets"][path] = at.recv(100).decode()
    except OSError as error:
        told["sockets"][path] = type(error).__name__
for top in asked["folders"]:
    for folder, _, names in os.walk(top):
        for name in names:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    told["read"].append(os.path.join(folder, name))
            except OSError:
                pass
for path, (method, headers, body) in asked["http"].items():
    connection = http.client.HTTPConnection("127.0.0.1", asked["port"], timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told["http"][path] = [answer.status, answer.read().decode()]
print(json.dumps(told))
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="becoming another user needs root"
)


async def as_nobody(asked: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        "-c",
        _SCRIPT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd="/",
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate(json.dumps({**asked, "user": NOBODY}).encode())
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(out)
    assert told["uid"] == NOBODY
    return told


@asynccontextmanager
async def engine(home: Home) -> AsyncGenerator[RunningEngine]:
    """An engine that holds a secret."""
    answer = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
    async with scripted_upstream(answer) as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one", method="api-key", secret=SECRET)
        before = len(upstream.requests)
        yield keyfob
        assert len(upstream.requests) == before


def sockets(home: Home) -> list[Path]:
    paths = home.paths
    return [paths.relay_socket, paths.bridge_socket, paths.control_socket]


def wanted(home: Home, port: int = 0, **http: Any) -> dict[str, Any]:
    return {
        "sockets": [str(path) for path in sockets(home)],
        "hello": 'POST /s/one/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n{"id"\n',
        "folders": [str(home.folder), *{str(path.parent) for path in sockets(home)}],
        "port": port,
        "http": http,
    }


async def test_another_user_reaches_no_socket_and_reads_no_file(home: Home) -> None:
    async with engine(home):
        told = await as_nobody(wanted(home))
    assert set(told["sockets"].values()) == {"PermissionError"}
    assert told["read"] == []


async def test_where_folders_stand_open_another_user_still_gets_no_word_and_no_file(
    home: Home,
) -> None:
    async with engine(home):
        for top in {home.folder.parent, *(path.parent for path in sockets(home))}:
            top.chmod(0o777)
            for path in top.rglob("*"):
                if path.is_dir() or path.is_socket():
                    path.chmod(0o777)
        told = await as_nobody(wanted(home))
        listed = [path for path in home.folder.rglob("*") if path.is_file()]
    assert len(listed) > 3
    assert told["read"] == []
    # Closed without a word, or while it was still being spoken to.
    assert set(told["sockets"].values()) <= {"", "ConnectionResetError", "BrokenPipeError"}


async def test_another_user_cannot_call_and_cannot_even_ask_to_pair(home: Home) -> None:
    json_kind = {"Content-Type": "application/json"}
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    async with engine(home) as keyfob, raw(keyfob) as client:
        await client.register()
        authorize = client.authorization().removeprefix(keyfob.url)
        http = {
            "/s/one/mcp": ("POST", json_kind, call),
            "/pair/s/one/mcp": ("POST", json_kind, call),
            "/pair/register": ("POST", json_kind, json.dumps(registration())),
            authorize: ("GET", {}, None),
        }
        port = int(keyfob.url.rpartition(":")[2])
        told = await as_nobody(wanted(home, port, **http))
        asked = keyfob.prompter.asked
    statuses = [status for status, _ in told["http"].values()]
    assert statuses == [401, 401, 403, 403]
    assert "Another user" in told["http"][authorize][1]
    assert REDIRECT not in told["http"][authorize][1]
    assert asked == []
    rules = {event["details"].get("rule") for event in home.events() if event["event"] == "refused"}
    assert "pairing foreign-user" in rules
