"""Requests that nobody thought of."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.relay import running_relay
from support.upstreams import json_reply, scripted_upstream

pytestmark = pytest.mark.usefixtures("form")

DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
KEYS = st.sampled_from(["jsonrpc", "id", "method", "params", "name", "_meta", "result", "Method"])
HOSTS = st.sampled_from(["127.0.0.1:PORT", "localhost:PORT", "evil.example"])
NAMES = st.sampled_from(
    [
        "Content-Type",
        "Mcp-Method",
        "Mcp-Name",
        "Mcp-Session-Id",
        "Accept",
        "Expect",
        "Origin",
        "Upgrade",
        "Connection",
        "Content-Encoding",
        "Authorization",
        "Sec-Fetch-Site",
        "Cookie",
    ]
) | st.text("abc-XYZ09_!", min_size=1, max_size=12)
VALUES = st.sampled_from(["keep-alive", "upgrade", "100-continue", "tools/call", "gzip"]) | st.text(
    st.characters(max_codepoint=0x17F, exclude_characters="\r\n"), max_size=30
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0")},
    optional={
        "id": st.integers() | st.text(max_size=5) | st.floats() | st.none(),
        "method": st.sampled_from(["tools/call", "tools/list", "ping", "x", ""]),
        "params": JSON | st.fixed_dictionaries({"name": st.text(max_size=5)}),
        "result": JSON,
    },
)
BODIES = (
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | MESSAGES.map(lambda value: json.dumps(value).encode())
    | st.lists(MESSAGES, max_size=3).map(lambda value: json.dumps(value).encode())
)
PATHS = st.sampled_from(
    ["/s/one/mcp", "/s/%00/mcp", "/s/\u00e9/mcp", "/k/TOKEN/mcp", "/k/x/mcp", "/wait/a", "/", "*"]
) | st.text("/abck%.?#s", max_size=15)


@settings(max_examples=150)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "DELETE", "PUT", "x"]),
    path=PATHS,
    host=HOSTS,
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    body=BODIES,
    chunked=st.booleans(),
)
def test_no_request_is_our_fault_and_none_hangs(
    method: str,
    path: str,
    host: str,
    fields: list[tuple[str, str]],
    body: bytes,
    chunked: bool,
) -> None:
    """Whatever is sent, the answer is the server's or a refusal, and it comes."""

    async def knock(folder: Path) -> None:
        async with (
            scripted_upstream(DONE) as upstream,
            running_relay(folder, upstream.url) as relay,
            relay.client() as client,
        ):
            lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
            lines += [f"Authorization: Bearer {relay.token}"]
            lines += [f"{name}: {value}" for name, value in fields]
            lines += ["Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"]
            text = "\r\n".join(lines).replace("PORT", str(relay.port)) + "\r\n\r\n"
            framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            sent = framed + b"0\r\n\r\n" if chunked else body
            await client.send(text.encode() + sent)
            head = await client.read_head()
            while head.status == 100:
                head = await client.read_head()
            owed = b'"id"' in body and method == "POST"
            assert head.status < 500 or (head.status == 502 and not owed), head.raw

    with TemporaryDirectory() as folder:
        asyncio.run(knock(Path(folder)))
