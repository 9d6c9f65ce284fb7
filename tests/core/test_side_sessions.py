"""Tools with an account of their own, in a session of a server that belongs to another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import TextContent

from keyfob_core.addresses.origins import origin_of
from keyfob_core.model import ApiKey
from support.era_clients import Heard, era_client, http_transport
from support.era_servers import era_server
from support.eventually import eventually
from support.raw_http import RawClient
from support.relay import RunningRelay, config_for, running_relay
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    json_reply,
    scripted_upstream,
    sdk_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

CONFIG = """
[accounts.bot]
method = "oauth"
[servers.one.tools.echo]
account = "bot"
[servers.one.tools.other]
account = "third"
[accounts.third]
method = "oauth"
[defaults]
access = "allow"
"""
OWN = (b"Mcp-Session-Id: s-1", b"MCP-Protocol-Version: 2025-06-18")
GONE = Reply(404, (("Content-Length", "0"),))


def message(method: str, number: int | None = None, **params: Any) -> dict[str, Any]:
    own = {} if number is None else {"id": number}
    return {"jsonrpc": "2.0", **own, "method": method, "params": params}


def call(tool: str, number: int = 7) -> dict[str, Any]:
    return message("tools/call", number, name=tool)


class Sessions:
    """A server that gives each `initialize` the next session and knows whose each is."""

    def __init__(self) -> None:
        self.owners: dict[str, str | None] = {}
        self.forgotten: set[str] = set()
        self.seen: list[tuple[str, str | None, str | None]] = []
        """Method, session and secret of each request."""
        self.asked: list[dict[str, Any]] = []

    def __call__(self, seen: Seen) -> Reply:
        said: dict[str, Any] = json.loads(seen.body) if seen.body else {}
        method = said.get("method", seen.method)
        session, secret = seen.header("mcp-session-id"), seen.header("authorization")
        self.seen.append((method, session, secret))
        self.asked.append(said)
        if method == "initialize":
            session = f"s-{len(self.owners) + 1}"
            self.owners[session] = secret
            result = {"protocolVersion": said["params"]["protocolVersion"], "capabilities": {}}
            issued = (("Mcp-Session-Id", session),)
            return json_reply({"jsonrpc": "2.0", "id": said["id"], "result": result}, fields=issued)
        if session in self.forgotten or session not in self.owners:
            return GONE
        if self.owners[session] != secret:
            return Reply(403, (("Content-Length", "0"),))
        if "id" not in said:
            return Reply(202, (("Content-Length", "0"),))
        named = (("Mcp-Session-Id", session or ""),)
        return json_reply({"jsonrpc": "2.0", "id": said["id"], "result": {}}, fields=named)

    @property
    def calls(self) -> list[tuple[str | None, str | None]]:
        return [one[1:] for one in self.seen if one[0] == "tools/call"]


@asynccontextmanager
async def relaying(
    folder: Path, server: Sessions
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    """A relay whose client has begun its session, with the account of the server."""
    async with (
        scripted_upstream(server) as upstream,
        running_relay(folder, upstream.url) as relay,
    ):
        relay.configure(config_for(upstream.url, account="usual") + CONFIG)
        for account in ("usual", "bot", "third"):
            relay.connect(account, upstream.url, f"key-{account}")
        async with relay.client() as client:
            begun = await client.post(
                message("initialize", 1, protocolVersion="2025-06-18", capabilities={})
            )
            assert begun.head.one("mcp-session-id") == "s-1"
            yield client, upstream, relay


async def test_a_tool_with_its_own_account_is_called_in_a_session_beside_the_clients(
    tmp_path: Path,
) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, upstream, relay):
        for tool in ("plain", "echo", "echo", "plain"):
            answer = await client.post(call(tool), *OWN)
            assert (answer.status, answer.json["id"]) == (200, 7)
            if tool == "echo":
                assert answer.head.all("mcp-session-id") == []
        assert server.calls == [
            ("s-1", "Bearer key-usual"),
            ("s-2", "Bearer key-bot"),
            ("s-2", "Bearer key-bot"),
            ("s-1", "Bearer key-usual"),
        ]
        # The bytes of the call are the client's.
        assert upstream.requests[-2].body == json.dumps(call("echo")).encode()
        begun = [said for said in server.asked if said.get("method") == "initialize"][1]
        assert begun["params"]["protocolVersion"] == "2025-06-18"
        assert begun["params"]["capabilities"] == {}
        accounts = [(one["tool"], one["account"]) for one in relay.events("forwarding")[1:]]
        assert accounts == [
            ("plain", "usual"),
            ("echo", "bot"),
            ("echo", "bot"),
            ("plain", "usual"),
        ]


async def test_each_account_and_each_session_of_a_client_has_its_own_beside(
    tmp_path: Path,
) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, _, _):
        await client.post(message("initialize", 1, protocolVersion="2025-06-18"))
        for own in (b"s-1", b"s-2"):
            for tool in ("echo", "other"):
                answer = await client.post(call(tool), b"Mcp-Session-Id: " + own)
                assert answer.status == 200
        assert [session for session, _ in server.calls] == ["s-3", "s-4", "s-5", "s-6"]


async def test_a_session_beside_that_the_server_forgot_is_begun_anew_once(tmp_path: Path) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, _, _):
        assert (await client.post(call("echo"), *OWN)).status == 200
        server.forgotten.add("s-2")
        assert (await client.post(call("echo"), *OWN)).status == 200
        assert [session for session, _ in server.calls] == ["s-2", "s-2", "s-3"]
        server.forgotten |= {f"s-{number}" for number in range(2, 9)}
        assert (await client.post(call("echo"), *OWN)).status == 404
        # That is no word about the client's own session.
        assert (await client.post(call("plain"), *OWN)).status == 200


async def test_the_end_of_the_clients_session_ends_those_beside_it(tmp_path: Path) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, _, _):
        await client.post(call("echo"), *OWN)
        await client.request("DELETE", "/s/one/mcp", *OWN)
        await eventually(lambda: ("DELETE", "s-2", "Bearer key-bot") in server.seen)
        assert ("DELETE", "s-1", "Bearer key-usual") in server.seen


async def test_a_session_beside_is_ended_with_the_key_that_its_account_has_by_then(
    tmp_path: Path,
) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, upstream, relay):
        await client.post(call("echo"), *OWN)
        key = ApiKey(secret="key-next", origin=origin_of(upstream.url), obtained_at=0.0)
        await relay.accounts.keep("bot", key)
        await client.request("DELETE", "/s/one/mcp", *OWN)
        await eventually(lambda: ("DELETE", "s-2", "Bearer key-next") in server.seen)


async def test_a_call_that_is_cancelled_is_cancelled_where_it_was_made(tmp_path: Path) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, upstream, relay):
        await client.post(call("echo"), *OWN)
        held = sse_reply(b": held\n\n", asyncio.Event())
        upstream.respond = lambda seen: held if b"tools/call" in seen.body else server(seen)
        async with relay.client() as second:
            body = json.dumps(call("echo", 8)).encode()
            await second.send(second.head("POST", "/s/one/mcp", *OWN, length=len(body)) + body)
            await second.read_head()
            gone = message("notifications/cancelled", requestId=8)
            assert (await client.post(gone, *OWN)).status == 202
            assert server.seen[-1] == ("notifications/cancelled", "s-2", "Bearer key-bot")
            for request_id in (9, [8]):
                other = message("notifications/cancelled", requestId=request_id)
                assert (await client.post(other, *OWN)).status == 202
                assert server.seen[-1] == ("notifications/cancelled", "s-1", "Bearer key-usual")


class Asking:
    """A server of sessions whose tool asks the client, and waits for the answer."""

    def __init__(self, server: Sessions, then: bytes) -> None:
        self.server = server
        self.more = asyncio.Event()
        """Set when the stream may go on."""
        self.then = then
        self.answers: list[tuple[str | None, str | None, dict[str, Any]]] = []
        """Session, secret and message of each answer."""

    def __call__(self, seen: Seen) -> Reply:
        said: dict[str, Any] = json.loads(seen.body) if seen.body else {}
        if "method" not in said and "id" in said:
            secret = seen.header("authorization")
            self.answers.append((seen.header("mcp-session-id"), secret, said))
            return Reply(202, (("Content-Length", "0"),))
        if said.get("method") == "tools/call" and seen.header("mcp-session-id") == "s-2":
            return sse_reply(QUESTION, self.more, self.then)
        return self.server(seen)


QUESTION = b'id: 1\ndata: {"jsonrpc":"2.0","id":0,"method":"roots/list"}\n\n'


@asynccontextmanager
async def asked_beside(
    folder: Path, then: bytes = b": on\n\n"
) -> AsyncGenerator[tuple[Asking, RawClient, RawClient, dict[str, Any], ScriptedUpstream]]:
    """A client that was asked something in a session beside its own."""
    server = Sessions()
    asking = Asking(server, then)
    async with relaying(folder, server) as (client, upstream, relay):
        upstream.respond = asking
        async with relay.client() as second:
            body = json.dumps(call("echo", 8)).encode()
            await second.send(second.head("POST", "/s/one/mcp", *OWN, length=len(body)) + body)
            await second.read_head()
            event = await second.chunk()
            assert event.startswith(b"id: 1\ndata: ")
            question = json.loads(event.partition(b"data: ")[2])
            yield asking, client, second, question, upstream
            asking.more.set()


async def test_what_a_server_asks_beside_is_answered_there_and_under_its_own_id(
    tmp_path: Path,
) -> None:
    async with asked_beside(tmp_path) as (asking, client, _, question, _):
        assert question["method"] == "roots/list"
        assert question["id"] != 0
        answer = {"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}}
        assert (await client.post(answer, *OWN)).status == 202
        assert asking.answers == [("s-2", "Bearer key-bot", {**answer, "id": 0})]
        # It is answered once, and what another session asked goes to that one.
        assert (await client.post(answer, *OWN)).status == 202
        assert (await client.post({**answer, "id": 0}, *OWN)).status == 202
        assert [one[0] for one in asking.answers] == ["s-2", "s-1", "s-1"]


async def test_a_question_that_a_server_takes_back_is_taken_back_under_the_same_id(
    tmp_path: Path,
) -> None:
    taken = json.dumps(message("notifications/cancelled", requestId=0)).encode()
    then = b"data: " + taken + b"\n\n"
    async with asked_beside(tmp_path, then) as (asking, client, second, question, _):
        asking.more.set()
        told = json.loads((await second.chunk()).partition(b"data: ")[2])
        assert told["params"] == {"requestId": question["id"]}
        answer = {"jsonrpc": "2.0", "id": question["id"], "result": {}}
        assert (await client.post(answer, *OWN)).status == 202
        assert asking.answers[0][0] == "s-1"


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "no longer accepts the account bot"), (403, "no longer takes the credential")],
)
async def test_an_answer_that_a_server_does_not_take_from_the_account_is_an_error(
    tmp_path: Path, status: int, said: str
) -> None:
    async with asked_beside(tmp_path) as (asking, client, _, question, upstream):
        upstream.respond = lambda seen: (
            Reply(status, (("Content-Length", "0"),)) if b"roots" in seen.body else asking(seen)
        )
        answer = {"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}}
        refused = await client.post(answer, *OWN)
        assert said in refused.error["message"]
        upstream.respond = asking
        assert (await client.post(answer, *OWN)).status == 202
        assert asking.answers[0][:2] == ("s-2", "Bearer key-bot")


async def test_a_server_that_begins_no_second_session_is_named(tmp_path: Path) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, upstream, _):
        upstream.respond = lambda seen: (
            Reply(500, (("Content-Length", "0"),)) if b"initialize" in seen.body else server(seen)
        )
        answer = await client.post(call("echo"), *OWN)
        assert "begins no session for this tool's account" in answer.error["message"]
        assert (await client.post(call("plain"), *OWN)).status == 200


async def test_no_tool_opens_the_session_of_another_client_or_of_a_former_account(
    tmp_path: Path,
) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, upstream, relay):
        async with relay.client(relay.new_client("other")) as other:
            assert (await other.post(call("echo"), *OWN)).status == 404
        relay.configure(
            config_for(upstream.url, account="third")
            + CONFIG.replace(
                '[accounts.third]\nmethod = "oauth"\n', '[accounts.usual]\nmethod = "oauth"\n'
            )
        )
        assert (await client.post(call("echo"), *OWN)).status == 404
        assert server.calls == []


async def test_an_account_that_was_ended_leaves_no_session_beside(tmp_path: Path) -> None:
    server = Sessions()
    async with relaying(tmp_path, server) as (client, _, relay):
        await client.post(call("echo"), *OWN)
        relay.upstream.end_of(account="bot")
        await eventually(lambda: ("DELETE", "s-2", "Bearer key-bot") in server.seen)
        await client.post(call("echo"), *OWN)
        assert [session for session, _ in server.calls] == ["s-2", "s-3"]


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("roots", [False, True])
async def test_a_client_of_the_official_sdk_is_asked_in_the_session_beside_its_own(
    tmp_path: Path, roots: bool
) -> None:
    async with (
        era_server("2025-11-25") as server,
        running_relay(tmp_path, server.url) as relay,
    ):
        relay.configure(
            config_for(server.url, account="usual") + CONFIG.replace("tools.echo", "tools.ask")
        )
        for account in ("usual", "bot"):
            relay.connect(account, server.url, f"key-{account}")
        transport = http_transport(f"{relay.url}/s/one/mcp", "2025-11-25", relay.token)
        heard = Heard()
        client = Client(
            transport,
            mode="legacy",
            sampling_callback=heard.sample,
            elicitation_callback=heard.elicit,
            # This server asks for roots outside of its answer.
            list_roots_callback=heard.roots if roots else None,
        )
        async with client:
            await client.call_tool("echo", {})
            if roots:
                with pytest.raises(MCPError, match="only in the answer to a call"):
                    await client.call_tool("ask", {})
            else:
                answer = await client.call_tool("ask", {})
                assert isinstance(answer.content[0], TextContent)
                told = json.loads(answer.content[0].text)
                assert told == {"sample": "4", "who": "accept {'name': 'Ada'}"}
        assert heard.asked == ["sample", "Who?"]
        assert server.methods.count("initialize") == 2


async def test_a_client_of_the_official_sdk_calls_tools_of_two_accounts_in_one_session(
    tmp_path: Path,
) -> None:
    async with (
        sdk_upstream("key-usual", "key-bot") as upstream,
        running_relay(tmp_path, upstream.url) as relay,
    ):
        relay.configure(config_for(upstream.url, account="usual") + CONFIG)
        for account in ("usual", "bot"):
            relay.connect(account, upstream.url, f"key-{account}")
        transport = http_transport(f"{relay.url}/s/one/mcp", "2025-11-25", relay.token)
        async with era_client(transport, "2025-11-25", Heard()) as client:
            heard: list[float] = []

            async def note(progress: float, total: float | None, message: str | None) -> None:
                heard.append(progress)

            answer = await client.call_tool("echo", {"text": "beside"})
            assert isinstance(answer.content[0], TextContent)
            assert "beside" in answer.content[0].text
            await client.call_tool("progress", {"steps": 2}, progress_callback=note)
        called = [
            (json.loads(seen.body)["params"]["name"], seen.header("authorization"))
            for seen in upstream.requests
            if b"tools/call" in seen.body
        ]
        assert called == [("echo", "Bearer key-bot"), ("progress", "Bearer key-usual")]
        assert heard
