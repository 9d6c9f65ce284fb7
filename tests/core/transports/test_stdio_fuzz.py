"""Lines that nobody means well by: answered or left out, and the next one is served."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.stdio_upstream import bridge_engine, request, socket_wire
from support.upstreams import Reply, Seen, json_reply, scripted_upstream

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on a unix socket")

KEYS = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "_meta", "Method"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=10,
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": st.integers() | st.text(max_size=4) | st.floats() | st.none(),
        "method": st.sampled_from(
            ["initialize", "tools/call", "ping", "notifications/cancelled", "server/discover", ""]
        ),
        "params": JSON | st.fixed_dictionaries({"requestId": st.integers(0, 3)}),
        "result": JSON,
    },
)
LINES = st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b" ")) | (
    JSON | MESSAGES | st.lists(MESSAGES, max_size=3)
).map(lambda value: json.dumps(value).encode())
DEEP = (
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":'
    + b"[" * 50_000
    + b"]" * 50_000
    + b"}}"
)


def respond(seen: Seen) -> Reply:
    """An answer to each request, as a server gives it that is not to blame."""
    asked: Any = json.loads(seen.body) if seen.body else {}
    if not isinstance(asked, dict) or "id" not in asked or "method" not in asked:
        return Reply(202, (("Content-Length", "0"),))
    return json_reply({"jsonrpc": "2.0", "id": asked["id"], "result": {}})


@settings(max_examples=40)
@example(
    lines=[b"[" * 200_000, DEEP, b'{"jsonrpc":"2.0","id":' + b"9" * 90_000 + b',"method":"x"}']
)
@example(lines=[b"\xff\xfe\x00", b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', b"[]", b""])
@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_no_line_is_our_fault_and_the_next_is_answered(lines: list[bytes]) -> None:
    async def knock(folder: Path) -> None:
        async with (
            scripted_upstream(respond) as upstream,
            bridge_engine(upstream.url, folder),
            socket_wire(folder) as wire,
        ):
            for line in lines:
                await wire.send(line)
            await wire.send(request("ping", "the last one"))
            while (message := await wire.receive()).get("id") != "the last one":
                assert message["jsonrpc"] == "2.0"
                assert {"result", "error", "method"} & message.keys()
            assert message["result"] == {}

    with TemporaryDirectory(prefix="kf-") as folder:
        asyncio.run(knock(Path(folder)))
