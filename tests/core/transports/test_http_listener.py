"""The listener's own door: who and what is turned away before anything is read or forwarded."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from keyfob_core.errors import EngineUnreachable
from keyfob_core.transports.http.policy import Doors
from support.forms import form_of_the_test
from support.raw_http import RawClient, raw_client
from support.relay import RunningRelay, running_relay
from support.upstreams import ScriptedUpstream, json_reply, scripted_upstream

pytestmark = pytest.mark.usefixtures("form")

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
MEBIBYTE = 1024 * 1024


@asynccontextmanager
async def door(
    folder: Path, max_body: int | None = None
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    async with (
        scripted_upstream(DONE) as upstream,
        running_relay(folder, upstream.url, upstream.url, max_body=max_body) as relay,
        relay.client() as client,
    ):
        yield client, upstream, relay


async def status_with_host(relay: RunningRelay, *lines: bytes) -> int:
    """The status of a good request that says these lines in place of its Host."""
    async with relay.client() as client:
        head = client.head(length=len(json.dumps(PING)))
        first, _, rest = head.split(b"\r\n", 2)
        await client.send(b"\r\n".join([first, *lines, rest]) + json.dumps(PING).encode())
        return (await client.answer()).status


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST", "LocalHost"])
async def test_every_name_of_this_machine_with_our_port_is_a_good_host(
    tmp_path: Path, host: str
) -> None:
    async with door(tmp_path) as (_, _, relay):
        assert await status_with_host(relay, f"Host: {host}:{relay.port}".encode()) == 200


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"Host:",),
        (b"Host: 127.0.0.1",),
        (b"Host: localhost",),
        (b"Host: 127.0.0.1:1",),
        (b"Host: 127.0.0.1.evil.example:PORT",),
        (b"Host: localhost.:PORT",),
        (b"Host: evil.example:PORT",),
        (b"Host: 0.0.0.0:PORT",),
        (b"Host: user@127.0.0.1:PORT",),
        (b"Host: 127.0.0.1:PORT", b"Host: 127.0.0.1:PORT"),
        (b"Host: 127.0.0.1:PORT", b"host: evil.example"),
    ],
)
async def test_any_other_host_is_refused(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    async with door(tmp_path) as (_, upstream, relay):
        port = str(relay.port).encode()
        status = await status_with_host(relay, *(line.replace(b"PORT", port) for line in lines))
        # An empty or double Host may be refused by the HTTP parser before it comes to us.
        assert status in (400, 403)
        assert upstream.requests == []


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:PORT", 200),
        ("http://localhost:PORT", 200),
        ("http://[::1]:PORT", 200),
        ("HTTP://LOCALHOST:PORT", 200),
        ("https://127.0.0.1:PORT", 403),
        ("http://127.0.0.1:1", 403),
        ("http://localhost", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_only_our_own_origin_passes(tmp_path: Path, origin: str, status: int) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        line = f"Origin: {origin}".replace("PORT", str(relay.port)).encode()
        answer = await client.post(PING, line)
        assert answer.status == status
        assert len(upstream.requests) == int(status == 200)
        assert answer.head.names.isdisjoint({"access-control-allow-origin"})


@pytest.mark.parametrize(
    ("site", "status"),
    [("none", 200), ("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("", 403)],
)
async def test_a_page_of_another_site_cannot_use_a_token_in_the_url(
    tmp_path: Path, site: str, status: int
) -> None:
    async with door(tmp_path) as (_, upstream, relay):
        path = f"/k/{relay.new_client('in url', 'one')}/mcp"
        async with relay.client("") as client:
            answer = await client.post(PING, f"Sec-Fetch-Site: {site}".encode(), path=path)
        assert answer.status == status
        assert len(upstream.requests) == int(status == 200)


async def test_a_page_of_another_site_gets_nowhere_without_a_header_it_cannot_send(
    tmp_path: Path,
) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        fetch = b"Sec-Fetch-Site: cross-site"
        async with relay.client("") as page:
            # What a page may send without a preflight has no token, and a preflight finds no leave.
            assert (await page.request("GET", "/s/one/mcp", fetch)).status == 403
            assert (await page.request("GET", "/s/one/mcp")).status == 401
        preflight = await client.request(
            "OPTIONS", "/s/one/mcp", fetch, b"Access-Control-Request-Headers: authorization"
        )
        assert preflight.status == 403
        assert not any(name.startswith("access-control") for name in preflight.head.names)
        assert upstream.requests == []


async def test_an_answer_to_a_token_in_the_url_names_no_referrer(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, _, relay):
        path = f"/k/{relay.new_client('in url', 'one')}/mcp"
        async with relay.client("") as client:
            for asked in (path, "/k/kf_wrong/mcp"):
                answer = await client.post(PING, path=asked)
                assert answer.head.all("referrer-policy") == ["no-referrer"]
        log = relay.log().decode() + repr(logging.root.handlers)
        assert path.split("/")[2] not in log


@pytest.mark.parametrize("method", ["HEAD", "PUT", "OPTIONS", "PATCH", "TRACE", "MKCOL"])
@pytest.mark.parametrize("path", ["/s/one/mcp", "/k/TOKEN/mcp", "/health", "/wait/abc"])
async def test_other_methods_are_refused_and_the_good_ones_named(
    tmp_path: Path, method: str, path: str
) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        await client.send(client.head(method, path, length=None))
        head = await client.read_head()
        assert head.status == 405
        relayed = path.startswith(("/s/", "/k/"))
        assert head.one("allow") == ("GET, POST, DELETE" if relayed else "GET")
        assert upstream.requests == []
        assert relay.events() == []


@pytest.mark.parametrize("path", ["/health", "/.well-known/oauth-protected-resource/pair/mcp"])
async def test_an_answer_to_head_has_no_body(tmp_path: Path, path: str) -> None:
    async with door(tmp_path) as (client, _, _):
        await client.send(client.head("HEAD", path, length=None))
        await client.read_head()
        # What comes next is the next answer.
        assert (await client.request("GET", "/health")).body == b"ok\n"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/mcp/",
        "/s/one",
        "/s/one/mcp/",
        "/s/one/mcp/x",
        "/s//mcp",
        "//s/one/mcp",
        "/S/one/mcp",
        "/wait/",
        "/wait/a.b",
        "/health/",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/s/one/mcp",
        "/.well-known/oauth-authorization-server/s/one/mcp",
        "/.well-known/openid-configuration",
        "/s/one/mcp/.well-known/openid-configuration",
        "http://127.0.0.1/s/one/mcp",
    ],
)
async def test_there_is_nothing_at_any_other_address_and_the_right_ones_are_named(
    tmp_path: Path, path: str
) -> None:
    async with door(tmp_path) as (client, upstream, _):
        for method in ("GET", "POST"):
            answer = await client.request(method, path)
            assert answer.status == 404
            assert b"/mcp and /s/SERVER/mcp" in answer.body
        assert upstream.requests == []


async def test_a_server_nobody_added_is_not_there_and_says_so_in_json_rpc(tmp_path: Path) -> None:
    async with door(tmp_path) as (client, _, relay):
        answer = await client.post(PING, path="/s/on%65s/mcp")
        assert (answer.status, answer.json["id"]) == (404, 1)
        assert "'ones'" in answer.error["message"]
        assert (await client.post(PING, path="/s/%6fne/mcp?x=1")).status == 200
        assert [event["event"] for event in relay.events()] == ["refused", "forwarding", "outcome"]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"Authorization: Bearer",),
        (b"Authorization: Bearer wrong",),
        (b"Authorization: Bearer " + b"x" * 60_000,),
        (b"Authorization: Basic YTpi",),
        (b"Authorization: TOKEN",),
        (b"Authorization: Bearer TOKEN", b"Authorization: Bearer TOKEN"),
        (b"Authorization: Bearer TOKEN TOKEN",),
        (b"X-Authorization: Bearer TOKEN",),
        (b"Authorization: Bearer \xff\xfe",),
    ],
    ids=range(10),
)
async def test_without_one_good_token_nothing_is_answered_but_401(
    tmp_path: Path, lines: tuple[bytes, ...]
) -> None:
    async with door(tmp_path) as (_, upstream, relay):
        async with relay.client("") as client:
            sent = [line.replace(b"TOKEN", relay.token.encode()) for line in lines]
            answer = await client.post(PING, *sent)
        assert (answer.status, answer.error["data"]["code"]) == (401, "request_refused")
        assert "www-authenticate" not in answer.head.names
        assert upstream.requests == []
        assert relay.token not in relay.log().decode()


async def test_every_wrong_token_gets_the_same_answer(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, _, relay):
        revoked = relay.new_client("gone")
        relay.clients.revoke("gone")
        bound = relay.new_client("bound", "one")
        near = relay.token[:-1] + ("a" if relay.token[-1] != "a" else "b")
        answers: set[bytes] = set()
        for token in ("x", revoked, near, relay.token.lower()):
            async with relay.client(token) as client:
                answers.add((await client.post(PING)).body)
            async with relay.client("") as client:
                answers.add((await client.post(PING, path=f"/k/{token}/mcp")).body)
        # A token for every server opens no address, though it is good elsewhere.
        async with relay.client("") as client:
            answers.add((await client.post(PING, path=f"/k/{relay.token}/mcp")).body)
        assert len(answers) == 1
        async with relay.client(bound) as client:
            assert (await client.post(PING, path="/s/two/mcp")).status == 401


async def test_a_wrong_token_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, upstream, relay), relay.client("wrong") as client:
        await client.send(client.head(length=60 * MEBIBYTE))
        assert (await client.answer()).status == 401
        assert upstream.requests == []


async def test_each_request_of_a_kept_connection_is_judged_by_its_own_head(tmp_path: Path) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        for value in (b"1", b"1", b"2"):
            assert (await client.post(PING, b"X-A: " + value)).status == 200
            assert upstream.requests[-1].header("x-a") == value.decode()
        assert (await client.post(PING)).status == 200
        assert upstream.requests[-1].header("x-a") is None
        assert (await client.post({**PING, "id": 12345})).status == 200
        assert json.loads(upstream.requests[-1].body)["id"] == 12345
        assert (await client.post(PING, path="/s/none/mcp")).status == 404
        assert (await client.post(PING, b"Origin: http://evil.example")).status == 403
        assert (await client.request("PUT")).status == 405
        assert (await client.post(PING)).status == 200
        before = len(upstream.requests)
        relay.clients.revoke("client")
        assert (await client.post(PING)).status == 401
        assert len(upstream.requests) == before


async def test_a_body_that_states_too_great_a_length_is_refused_unread(tmp_path: Path) -> None:
    async with door(tmp_path, max_body=1000) as (client, upstream, _):
        await client.send(client.head(length=1001))
        answer = await client.answer()
        assert (answer.status, answer.error["data"]["code"]) == (413, "request_refused")
        assert "max_body_mib" in answer.error["data"]["hint"]
        assert upstream.requests == []


async def test_a_chunked_body_is_refused_as_soon_as_it_is_too_long(tmp_path: Path) -> None:
    async with door(tmp_path, max_body=1000) as (client, upstream, _):
        await client.send(client.head("POST", "/s/one/mcp", CHUNKED, length=None))
        await client.send(b"1f4\r\n" + b" " * 500 + b"\r\n")
        await client.send(b"1f5\r\n" + b" " * 501 + b"\r\n")
        assert (await client.answer()).status == 413
        assert upstream.requests == []


async def test_a_body_of_just_the_limit_passes(tmp_path: Path) -> None:
    body = json.dumps(PING).encode().ljust(1000)
    async with door(tmp_path, max_body=1000) as (client, upstream, _):
        assert (await client.request(body=body)).status == 200
        await client.send(client.head("POST", "/s/one/mcp", CHUNKED, length=None))
        await client.send(b"3e8\r\n" + body + b"\r\n0\r\n\r\n")
        assert (await client.answer()).status == 200
        assert [seen.body for seen in upstream.requests] == [body, body]


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Encoding: gzip",),
        (b"content-encoding: GZIP",),
        (b"Content-Encoding: identity, gzip",),
        (b"Content-Encoding: identity", b"Content-Encoding: gzip"),
    ],
)
async def test_a_body_with_a_content_coding_is_refused(
    tmp_path: Path, lines: tuple[bytes, ...]
) -> None:
    async with door(tmp_path) as (client, upstream, _):
        assert (await client.post(PING, *lines)).status == 415
        assert (await client.post(PING, b"Content-Encoding: Identity")).status == 200
        assert len(upstream.requests) == 1


async def test_a_body_that_the_door_refuses_is_in_the_log_under_its_client(tmp_path: Path) -> None:
    async with door(tmp_path, max_body=1000) as (client, upstream, relay):
        await client.send(client.head("POST", "/s/two/mcp", CHUNKED, length=None))
        await client.send(b"3e9\r\n" + b" " * 1001 + b"\r\n")
        assert (await client.answer()).status == 413
        statuses = [413]
        for lines, length in (((), 1001), ((b"Content-Encoding: gzip",), 10)):
            async with relay.client() as other:
                await other.send(other.head("POST", "/s/one/mcp", *lines, length=length))
                statuses.append((await other.answer()).status)
        assert statuses == [413, 413, 415]
        told = relay.events("refused")
        assert [(e["client"], e["server"], e["outcome"]) for e in told] == [
            ("client", server, "denied") for server in ("two", "one", "one")
        ]
        reasons = [event["details"]["reason"] for event in told]
        assert "longer than 1000 bytes" in reasons[0]
        relay.refusals.close()
        counted = [e["details"]["times"] for e in relay.events("refused")]
        assert sum(counted) == 3
        assert upstream.requests == []


@pytest.mark.parametrize(
    ("body", "lines", "code"),
    [
        (b"", (), -32700),
        (b"{", (), -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","id":2}', (), -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":{"b":1,"b":2}}}', (), -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', (), -32600),
        (json.dumps(PING).encode("utf-16"), (), -32700),
        (json.dumps(PING).encode(), (b"Mcp-Method: tools/call",), -32020),
        (json.dumps(PING).encode(), (b"Mcp-Session-Id: a", b"mcp-session-id: b"), -31011),
        (json.dumps([PING] * 101).encode(), (), -32600),
    ],
    ids=["empty", "torn", "twice", "deep", "capital", "utf-16", "disagrees", "sessions", "batch"],
)
async def test_a_body_with_two_readings_is_refused_in_json_rpc(
    tmp_path: Path, body: bytes, lines: tuple[bytes, ...], code: int
) -> None:
    async with door(tmp_path) as (client, upstream, _):
        answer = await client.request("POST", "/s/one/mcp", *lines, body=body)
        assert answer.status == 400
        assert answer.head.one("content-type") == "application/json"
        assert answer.error["code"] == code
        assert upstream.requests == []
        # The connection still serves.
        assert (await client.post(PING)).status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_body_where_none_belongs_is_refused_since_nobody_judges_it(
    tmp_path: Path, method: str
) -> None:
    async with door(tmp_path) as (client, upstream, _):
        override = b"X-HTTP-Method-Override: POST"
        answer = await client.request(
            method, "/s/one/mcp", override, body=json.dumps(PING).encode()
        )
        assert answer.status == 400
        assert upstream.requests == []


async def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(tmp_path: Path) -> None:
    body = json.dumps(PING).encode()
    async with door(tmp_path, max_body=1000) as (client, upstream, relay):
        expects = b"Expect: 100-continue"
        await client.send(client.head("POST", "/s/one/mcp", expects, length=len(body)))
        assert (await client.read_head()).raw == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(body)
        assert (await client.answer()).status == 200
        assert "expect" not in upstream.requests[0].names
        # And no leave for what would be refused.
        for token, length, status in (("wrong", 10, 401), (relay.token, 1001, 413)):
            async with relay.client(token) as other:
                await other.send(other.head("POST", "/s/one/mcp", expects, length=length))
                assert (await other.read_head()).status == status


async def test_long_headers_pass_up_to_a_limit_and_beyond_it_are_refused(tmp_path: Path) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        long = b"X-Long: " + b"y" * 50_000
        assert (await client.post(PING, long)).status == 200
        assert upstream.requests[0].header("x-long") == "y" * 50_000
        async with relay.client() as other:
            assert (await other.post(PING, b"X-Long: " + b"y" * 200_000)).status == 400
        async with relay.client() as other:
            assert (await other.post(PING, *(b"X-%d: 1" % n for n in range(500)))).status == 400
        assert (await client.post(PING)).status == 200


TOKEN_LINE = b"Authorization: Bearer kf_a-token-in-a-broken-request"


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /s/one/mcp HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\n" + TOKEN_LINE + b"\x00\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\n" + TOKEN_LINE + b"\r\nno colon\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\n" + TOKEN_LINE + b"\r\nContent-Length: -1\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"POST /s/one/mcp HTTP/1.1\r\nHost : a\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_its_bytes_are_not_logged(
    tmp_path: Path, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with door(tmp_path) as (_, upstream, relay):
        async with raw_client(relay.port, "") as client:
            await client.send(raw)
            assert (await client.read_head()).status == 400
            await client.rest()
        async with relay.client() as client:
            assert (await client.post(PING)).status == 200
        assert len(upstream.requests) == 1
    assert "kf_a-token" not in caplog.text
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nab", b"-1\r\n", b"fffffffffffffffff\r\n"])
async def test_a_body_whose_framing_breaks_goes_nowhere(tmp_path: Path, chunk: bytes) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        await client.send(client.head("POST", "/s/one/mcp", CHUNKED, length=None))
        await client.send(b"2\r\n{}\r\n")
        await client.send(chunk + b"\r\n" * 20)
        assert (await client.read_head()).status == 400
        assert upstream.requests == []
        async with relay.client() as other:
            assert (await other.post(PING)).status == 200


async def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_trace(
    tmp_path: Path,
) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        await client.send(client.head(length=1000) + b'{"half":')
        await client.close()
        async with relay.client() as other:
            assert (await other.post(PING)).status == 200
        assert len(upstream.requests) == 1
        assert len(relay.events("forwarding")) == 1


async def test_health_tells_that_it_lives_and_nothing_else(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, _, relay), relay.client("") as client:
        answer = await client.request("GET", "/health")
        assert (answer.status, answer.body) == (200, b"ok\n")
        assert answer.head.names == {
            "content-type",
            "content-length",
            "cache-control",
            "referrer-policy",
        }


async def test_a_port_that_is_held_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, _, relay):
        doors = Doors(relay.relay, relay.refusals, lambda _: None, lambda _: b"", lambda: 1)
        second = form_of_the_test().listener(doors)
        with pytest.raises(EngineUnreachable) as caught:
            await second.start(relay.port)
        assert "KEYFOB_PORT" in caught.value.hint
        await second.close()


@pytest.mark.parametrize("path", ["/pair/mcp", "/pair/s/one/mcp"])
async def test_only_under_pair_is_a_client_without_a_token_told_how_to_pair(
    tmp_path: Path, path: str
) -> None:
    async with door(tmp_path) as (client, upstream, relay):
        host = f"localhost:{relay.port}"
        async with relay.client("wrong") as stranger:
            stranger.host = host
            answer = await stranger.post(PING, path=path)
            elsewhere = await stranger.post(PING, path=path.removeprefix("/pair"))
        url = f"http://{host}/.well-known/oauth-protected-resource{path}"
        assert answer.status == 401
        assert answer.head.one("www-authenticate") == f'Bearer resource_metadata="{url}"'
        assert elsewhere.status == 401
        assert "www-authenticate" not in elsewhere.head.names
        assert upstream.requests == []
        # A token that a person made by hand is good there too.
        assert (await client.post(PING, path="/pair/s/one/mcp")).status == 200


async def test_what_pairing_is_asked_reaches_it_whole_and_small(tmp_path: Path) -> None:
    async with door(tmp_path) as (client, _, _):
        known = "/.well-known/oauth-authorization-server/pair"
        for method, path, body in (
            ("GET", f"{known}", b""),
            ("GET", "/pair/authorize?a=b", b""),
            ("POST", "/pair/register", b"{}"),
            ("POST", "/pair/token", b"a=b"),
            ("GET", "/pair/wait/x-_1", b""),
        ):
            answer = await client.request(method, path, body=body)
            assert answer.body == f"{method} {path} {len(body)}".encode()
        assert (await client.request("POST", "/pair/token", body=b"x" * 65537)).status == 413
    async with door(tmp_path) as (client, _, _):
        for path in ("/pair", "/pair/", "/pair/other", "/pair/wait/", "/.well-known/pair"):
            assert (await client.request("GET", path)).status == 404, path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/pair/authorize?x=y", True),
        ("/pair/wait/x", True),
        ("/wait/x", True),
        ("/pair/register", False),
        ("/pair/token", False),
        ("/pair/mcp", False),
        ("/s/one/mcp", False),
        ("/health", False),
        ("/.well-known/oauth-authorization-server/pair", False),
    ],
)
async def test_a_page_of_another_site_may_only_bring_a_person_to_a_page(
    tmp_path: Path, path: str, shown: bool
) -> None:
    navigation = (b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document")
    async with door(tmp_path) as (client, upstream, relay):
        for site in (b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Site: same-site"):
            answer = await client.request("GET", path, site, *navigation)
            assert (answer.status == 200) is shown, answer.body
            for other in (
                (b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: iframe"),
                (b"Sec-Fetch-Mode: no-cors", b"Sec-Fetch-Dest: image"),
                (b"Sec-Fetch-Mode: cors", b"Sec-Fetch-Dest: empty"),
                (),
            ):
                assert (await client.request("GET", path, site, *other)).status == 403
        rules = {event["details"]["rule"] for event in relay.events("refused")}
        assert rules == {"fetch-site"}
        assert upstream.requests == []
