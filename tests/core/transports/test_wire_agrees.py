"""Both forms of the relay's HTTP do the same with the same request."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.forms import FORMS, VARIABLE
from support.relay import running_relay
from support.upstreams import Reply, ScriptedUpstream, json_reply, scripted_upstream, sse_reply

NAMES = st.sampled_from(
    [
        "Accept",
        "X-A",
        "x-a",
        "Mcp-Method",
        "Mcp-Session-Id",
        "User-Agent",
        "Content-Type",
        "Origin",
        "Content-Encoding",
        "Cookie",
        "Referer",
        "Sec-Fetch-Site",
        "Connection",
        "Upgrade",
        "Expect",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "x",
        "tools/call",
        "identity",
        "gzip",
        "keep-alive",
        "X-A",
        "upgrade",
        "h2c",
        "grün",
        "✓",
        "http://127.0.0.1:PORT",
        "https://evil.example",
        "cross-site",
        "100-continue",
    ]
)
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "id": st.integers(0, 9)},
    optional={
        "method": st.sampled_from(["tools/call", "tools/list", "ping", "notifications/x"]),
        "params": st.dictionaries(st.sampled_from(["name", "x", "_meta"]), st.text(max_size=5)),
    },
)
BODIES = st.binary(max_size=20) | (MESSAGES | st.lists(MESSAGES, max_size=3)).map(
    lambda value: json.dumps(value).encode()
)
PATHS = ["/s/one/mcp", "/s/one/mcp?x=1", "/s/no/mcp", "/k/TOKEN/mcp", "/health", "/wait/a", "/"]
REPLIES = [
    json_reply({"jsonrpc": "2.0", "id": 1, "result": {}}),
    sse_reply(b"data: 1\n\n", b"data: 2\n\n", fields=(("Cache-Control", "no-cache"),)),
    Reply(202, (("Content-Length", "0"),)),
    Reply(204, (), (), framed=False),
    Reply(304, (("ETag", "x"),), (), framed=False),
    Reply(200, (("X-B", "1"), ("x-b", "2"), ("Connection", "X-Hop"), ("X-Hop", "1")), (b"a",)),
    Reply(401, (("WWW-Authenticate", "Bearer"), ("Content-Length", "0"))),
    Reply(302, (("Location", "/"), ("Content-Length", "0"))),
    Reply(500, (("Content-Length", "2"),), (b"no",)),
]


@settings(max_examples=100)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "DELETE", "PUT", "HEAD"]),
    path=st.sampled_from(PATHS),
    # aiohttp refuses some repeated headers in its own words.
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=4, unique_by=lambda field: field[0]),
    body=BODIES,
    framing=st.sampled_from(["length", "chunked", "1.0"]),
    reply=st.sampled_from(REPLIES),
)
def test_both_forms_do_the_same(
    method: str,
    path: str,
    fields: list[tuple[str, str]],
    body: bytes,
    framing: str,
    reply: Reply,
) -> None:
    lines = [f"{method} {path} HTTP/{'1.0' if framing == '1.0' else '1.1'}"]
    lines += ["Host: 127.0.0.1:PORT", "Authorization: Bearer TOKEN"]
    lines += [f"{name}: {value}" for name, value in fields]
    lines += ["Transfer-Encoding: chunked" if framing == "chunked" else "Content-Length: LENGTH"]
    whole = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    sent = whole + b"0\r\n\r\n" if framing == "chunked" else body
    head = ("\r\n".join(lines) + "\r\n\r\n").replace("LENGTH", str(len(body)))
    wire, aiohttp = (asyncio.run(passed(form, head, sent, method, reply)) for form in FORMS)
    assert wire == aiohttp


Passed = tuple[int, list[tuple[str, str]], bytes, list[tuple[Any, ...]], list[Any]]


async def passed(form: str, head: str, body: bytes, method: str, reply: Reply) -> Passed:
    """What the client gets, what the server gets, and what the log says."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv(VARIABLE, form)
        async with (
            scripted_upstream(reply) as upstream,
            running_relay(Path(folder), upstream.url) as relay,
            relay.client() as client,
        ):

            def plain(text: str) -> str:
                text = text.replace(str(relay.port), "PORT").replace(relay.token, "TOKEN")
                return re.sub("q_[0-9a-f]+", "ID", text)

            token = relay.new_client("in url", "one") if "/k/" in head else relay.token
            request = head.replace("PORT", str(relay.port)).replace("TOKEN", token)
            await client.send(request.encode() + body)
            answer = await client.read_head()
            while answer.status == 100:
                answer = await client.read_head()
            got = b"" if method == "HEAD" else await client._body(answer)
            outcome = [(one["event"], one.get("outcome")) for one in relay.events()]
            return (
                answer.status,
                [(name, plain(value)) for name, value in answer.fields if name != "Content-Length"],
                plain(got.decode("latin-1")).encode("latin-1"),
                [
                    (method, target, [(name, plain(value)) for name, value in fields], body)
                    for method, target, fields, body in said(upstream)
                ],
                outcome,
            )


def said(upstream: ScriptedUpstream) -> list[tuple[str, str, list[tuple[str, str]], bytes]]:
    """What a server sees of its requests, in which `Host` and the framing may stand anywhere."""
    host = upstream.url.split("/")[2]
    assert all(seen.header("host") == host for seen in upstream.requests)
    ours = ("host", "content-length")
    return [
        (
            seen.method,
            seen.target,
            [(name, value) for name, value in seen.fields if name.lower() not in ours],
            seen.body,
        )
        for seen in upstream.requests
    ]
