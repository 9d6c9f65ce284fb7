"""An HTTP API behind the relay: its operations as tools, in both eras, with the account's stamp."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import BlobResourceContents, EmbeddedResource, ImageContent, TextContent
from starlette.responses import JSONResponse, Response

from keyfob_core.accounts.credentials import encode
from keyfob_core.accounts.proofs import new_proof_key
from keyfob_core.model import ApiKey, Placement, PlacementKind
from support.dpop_resource import checked_proof
from support.engine import official_client
from support.eventually import eventually
from support.raw_http import RawAnswer
from support.relay import ALLOW_ALL, RunningRelay, running_relay
from support.rest_api import PNG, Asked, RestApi, document, rest_api
from support.tokens import token as oauth_token
from support.upstreams import json_reply, scripted_upstream

pytestmark = pytest.mark.usefixtures("form")

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
SECRET = "marked-secret-of-the-api"
MUCH = {"in": "query", "name": "much"}
WORK = '[accounts.work]\nmethod = "oauth"\n'
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


@asynccontextmanager
async def relaying(
    folder: Path, api: RestApi, *, account: bool = False, extra: str = ALLOW_ALL
) -> AsyncGenerator[RunningRelay]:
    """A relay before the API, which is named notes; its account, if any, is named work."""
    source = folder / "api.json"
    source.write_text(json.dumps(api.document), "utf-8")
    async with running_relay(folder) as relay:
        table = f'[servers.notes]\nurl = "{api.url}"\nopenapi = "{source}"\n'
        named = f'{WORK}{table}account = "work"\n' if account else table
        relay.configure(named + extra)
        yield relay


def connect_key(relay: RunningRelay, api: RestApi, placement: Placement) -> None:
    key = ApiKey(secret=SECRET, origin=api.origin, obtained_at=time.time(), placement=placement)
    relay.store.secrets["account/work"] = encode(key)


def client(relay: RunningRelay, mode: str = "auto") -> Any:
    headers = {"Authorization": f"Bearer {relay.token}"}
    return official_client(f"{relay.url}/s/notes/mcp", mode, headers)


async def text(client: Client, tool: str, arguments: dict[str, Any] | None = None) -> str:
    result = await client.call_tool(tool, arguments or {})
    [part] = result.content
    assert isinstance(part, TextContent)
    return part.text


async def post(relay: RunningRelay, body: object, *lines: bytes) -> RawAnswer:
    async with relay.client() as raw:
        data = json.dumps(body).encode()
        kind = b"Content-Type: application/json"
        return await raw.request("POST", "/s/notes/mcp", kind, *lines, body=data)


def call(tool: str = "addNote", number: int = 1, **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def bearer(*tokens: str) -> Any:
    return lambda asked: asked.header("authorization") in {f"Bearer {one}" for one in tokens}


@ERAS
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
async def test_operations_are_tools_in_both_eras(tmp_path: Path, mode: str, version: str) -> None:
    async with (
        rest_api(openapi=version) as api,
        relaying(tmp_path, api) as relay,
        client(relay, mode) as mcp,
    ):
        listed = {tool.name: tool for tool in (await mcp.list_tools()).tools}
        assert {"listNotes", "addNote", "getNote"} <= set(listed)
        assert listed["listNotes"].annotations.read_only_hint is True
        assert json.loads(await text(mcp, "listNotes", {"q": "a b"})) == [{"id": 1, "text": "milk"}]
        added = await mcp.call_tool("addNote", {"text": "ü", "parts": [{"text": "b"}]})
        assert added.structured_content == {"id": 7, "text": "ü", "parts": [{"text": "b"}]}
        assert not added.is_error
        assert await text(mcp, "deleteNote", {"id": "1"}) == "HTTP 204 No Content, without a body."
    assert [(one.method, one.path) for one in api.asked] == [
        ("GET", "/v1/notes?q=a+b"),
        ("POST", "/v1/notes"),
        ("DELETE", "/v1/notes/1"),
    ]
    assert all(one.header("cookie") is None for one in api.asked)
    assert all(one.header("authorization") is None for one in api.asked)


@ERAS
async def test_other_answers_arrive_as_what_they_are(tmp_path: Path, mode: str) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay, client(relay, mode) as mcp:
        [picture] = (await mcp.call_tool("picture", {})).content
        assert isinstance(picture, ImageContent)
        [file] = (await mcp.call_tool("file", {})).content
        assert isinstance(file, EmbeddedResource)
        assert isinstance(file.resource, BlobResourceContents)
        assert await text(mcp, "text") == "grün"
        broken = await mcp.call_tool("broken", {})
        assert broken.is_error
        long = await mcp.call_tool("long", {})
        assert len(long.content) == 2
        elsewhere = await mcp.call_tool("elsewhere", {})
        assert elsewhere.is_error
        assert "https://elsewhere.example" in str(elsewhere.content)
        bad = await mcp.call_tool("getNote", {"id": "1", "no": "such"})
        assert bad.is_error
        with pytest.raises(MCPError):
            await mcp.call_tool("noSuchTool", {})
    assert PNG not in str(picture.data).encode()


@pytest.mark.parametrize(
    ("placement", "stamped"),
    [
        (
            Placement(kind=PlacementKind.HEADER, name="X-Api-Key", template="{key}"),
            lambda one: one.header("x-api-key") == SECRET,
        ),
        (
            Placement(kind=PlacementKind.QUERY, name="api_key", template="{key}"),
            lambda one: one.path.endswith(f"api_key={SECRET}") and one.path.count("api_key=") == 1,
        ),
        (Placement(), bearer(SECRET)),
        (
            Placement(kind=PlacementKind.BASIC, template="{username}:{key}", username="ada"),
            lambda one: (one.header("authorization") or "").startswith("Basic "),
        ),
    ],
    ids=["header", "query", "bearer", "basic"],
)
async def test_a_key_stands_where_it_belongs_and_comes_back_to_nobody(
    tmp_path: Path, placement: Placement, stamped: Any
) -> None:
    async with rest_api(stamped) as api, relaying(tmp_path, api, account=True) as relay:
        connect_key(relay, api, placement)
        async with client(relay) as mcp:
            said = await text(mcp, "echo", {"any": {"api_key": "evil", "b": "c"}, "X-Trace": "t"})
        assert SECRET.encode() not in relay.log()
    [one] = api.asked
    assert one.header("x-trace") == "t"
    assert SECRET not in said
    assert "b=c" in said


@ERAS
async def test_a_401_renews_the_token_once_and_repeats_the_call(tmp_path: Path, mode: str) -> None:
    async with (
        rest_api(bearer("access-2")) as api,
        relaying(tmp_path, api, account=True) as relay,
    ):
        relay.connect_oauth("work", api.url)
        async with client(relay, mode) as mcp:
            await mcp.list_tools()
            assert await text(mcp, "addNote", {"text": "once"})
            assert await text(mcp, "addNote", {"text": "twice"})
        assert relay.issuer.refreshes == 1
    assert [json.loads(one.body)["text"] for one in api.refused] == ["once"]
    assert [json.loads(one.body)["text"] for one in api.asked] == ["once", "twice"]


async def test_a_401_that_stays_is_the_relays_error_and_tells_no_challenge(tmp_path: Path) -> None:
    async with rest_api(lambda _: False) as api, relaying(tmp_path, api, account=True) as relay:
        relay.connect_oauth("work", api.url)
        answer = await post(relay, call(text="a"))
    assert answer.status == 200
    assert answer.error["code"] == -31008
    assert answer.head.one("www-authenticate") is None
    assert len(api.refused) == 2


async def test_a_401_without_an_account_asks_for_a_sign_in(tmp_path: Path) -> None:
    async with rest_api(bearer("signed-in")) as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, call(text="a"))
    assert answer.error["code"] == -31003


@pytest.mark.parametrize(
    ("challenge", "code"),
    [(None, None), ('Bearer error="insufficient_scope", scope="more"', -31008)],
)
async def test_a_403_is_the_apis_word_unless_it_asks_for_scopes(
    tmp_path: Path, challenge: str | None, code: int | None
) -> None:
    def refusal(_: Asked) -> Response:
        headers = {"WWW-Authenticate": challenge} if challenge else {}
        return JSONResponse({"error": "not this note"}, 403, headers=headers)

    async with rest_api() as api, relaying(tmp_path, api, account=True) as relay:
        api.refusal = refusal
        relay.connect_oauth("work", api.url)
        answer = await post(relay, call(text="a"))
    if code is None:
        assert answer.json["result"]["isError"] is True
        assert "not this note" in answer.json["result"]["content"][0]["text"]
    else:
        assert answer.error["code"] == code


async def test_a_bound_token_is_proven_for_each_request_with_the_apis_nonce(
    tmp_path: Path,
) -> None:
    key, proofs = new_proof_key(), list[str]()

    async with rest_api() as api, relaying(tmp_path, api, account=True) as relay:

        def refusal(asked: Asked) -> Response | None:
            proof = asked.header("dpop") or ""
            proofs.append(proof)
            number = len(proofs)
            url = f"{api.origin}{asked.path.partition('?')[0]}"
            access = (asked.header("authorization") or "").removeprefix("DPoP ")
            nonce = None if number == 1 else "nonce-1"
            checked_proof(proof, asked.method, url, access_token=access, nonce=nonce)
            if number > 1:
                return None
            challenge = {"WWW-Authenticate": 'DPoP error="use_dpop_nonce"', "DPoP-Nonce": "nonce-1"}
            return Response("", 401, challenge)

        api.refusal = refusal
        token = replace(
            oauth_token(origin=api.origin, obtained=time.time()), token_type="DPoP", dpop_key=key
        )
        relay.store.secrets["account/work"] = encode(token)
        async with client(relay) as mcp:
            await text(mcp, "listNotes", {"q": "a"})
            await text(mcp, "deleteNote", {"id": "1"})
        assert relay.issuer.refreshes == 0
    assert len(set(proofs)) == 3
    assert [one.method for one in api.asked] == ["GET", "DELETE"]


async def test_a_rule_for_one_operation_holds_and_its_tool_is_cut_out(tmp_path: Path) -> None:
    rule = '[[rules]]\nid = "r"\ntool = "deleteNote"\naccess = "deny"\n'
    async with rest_api() as api, relaying(tmp_path, api, extra=ALLOW_ALL + rule) as relay:
        async with client(relay) as mcp:
            names = {tool.name for tool in (await mcp.list_tools()).tools}
        answer = await post(relay, call("deleteNote", id="1"))
    assert "deleteNote" not in names
    assert "getNote" in names
    assert answer.error["code"] == -31001
    assert api.asked == []


async def test_a_call_is_in_the_log_before_the_api_is_asked(tmp_path: Path) -> None:
    seen = list[list[str]]()
    async with rest_api() as api, relaying(tmp_path, api) as relay:

        def note(_: Asked) -> None:
            seen.append([event["tool"] for event in relay.events("forwarding")])

        api.refusal = note
        await post(relay, call(text="a"))
        [outcome] = relay.events("outcome")
    assert seen == [["addNote"]]
    assert outcome["outcome"] == "ok"


async def test_a_client_that_hangs_up_ends_the_apis_request(tmp_path: Path) -> None:
    wait = asyncio.Event()
    reply = replace(json_reply({}), chunks=(wait,))
    async with scripted_upstream(reply) as server:
        api = RestApi(server.url, lambda _: True, document())
        async with relaying(tmp_path, api) as relay, relay.client() as raw:
            data = json.dumps(call(text="a")).encode()
            kind = b"Content-Type: application/json"
            await raw.send(raw.head("POST", "/s/notes/mcp", kind, length=len(data)) + data)
            await server.received()
            raw.writer.close()
            await asyncio.wait_for(server.hung_up.wait(), 5)


async def test_an_api_that_is_away_is_the_relays_error(tmp_path: Path) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        port = api.origin.rpartition(":")[2]
        relay.configure(relay.config_file.read_text("utf-8").replace(port, "1"))
        answer = await post(relay, call(text="a"))
    assert answer.error["code"] == -31007


async def test_a_public_name_that_leads_to_this_machine_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        text = relay.config_file.read_text("utf-8")
        relay.configure(text.replace("http://127.0.0.1:", "http://api.example:"))

        def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        answer = await post(relay, call(text="a"))
    assert answer.error["code"] == -31007
    assert "of this machine" in answer.error["message"]
    assert api.asked == []


async def test_a_document_that_cannot_be_read_is_named_to_the_client(tmp_path: Path) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        (tmp_path / "api.json").write_text('{"swagger": "2.0"}', "utf-8")
        for body in (call(text="a"), {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}):
            answer = await post(relay, body)
            assert answer.error["code"] == -31013
            assert "Swagger 2" in answer.error["message"]
        first = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
        assert "result" in (await post(relay, first)).json


async def test_a_changed_document_changes_the_tools_and_no_address(tmp_path: Path) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay, client(relay) as mcp:
        await mcp.list_tools()
        paths = {"/notes": {"get": {"operationId": "newName"}}}
        hostile = document(paths=paths, servers=[{"url": "https://evil.example/"}])
        (tmp_path / "api.json").write_text(json.dumps(hostile), "utf-8")

        async def changed() -> bool:
            return [tool.name for tool in (await mcp.list_tools()).tools] == ["newName"]

        await eventually(changed)
        await text(mcp, "newName")
    assert [one.path for one in api.asked] == ["/v1/notes"]


@pytest.mark.parametrize("http_method", ["GET", "DELETE"])
async def test_there_is_no_session_and_no_stream(tmp_path: Path, http_method: str) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay, relay.client() as raw:
        answer = await raw.request(http_method, "/s/notes/mcp")
    assert answer.status == 405
    assert answer.head.one("allow") == "POST"


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_each_revision_with_a_handshake_is_spoken(tmp_path: Path, revision: str) -> None:
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "a"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, body)
        assert answer.json["result"]["protocolVersion"] == revision
        assert answer.head.one("mcp-session-id") is None
        note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await post(relay, note)).status == 202
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        line = f"MCP-Protocol-Version: {revision}".encode()
        assert (await post(relay, ping, line)).json == {"jsonrpc": "2.0", "id": 2, "result": {}}


@pytest.mark.parametrize("wanted", ["2026-07-28", "1999-01-01", None, 5])
async def test_a_handshake_for_another_revision_is_offered_the_newest(
    tmp_path: Path, wanted: Any
) -> None:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": wanted},
    }
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        assert (await post(relay, body)).json["result"]["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("resources/list", {"_meta": MODERN}, 404, -32601),
        ("ping", {"_meta": MODERN}, 404, -32601),
        ("prompts/get", {"name": "a"}, 200, -32601),
        ("tools/list", {"cursor": "of another list"}, 200, -32602),
        ("tools/list", {"cursor": 5, "_meta": MODERN}, 400, -32602),
        ("tools/list", {"_meta": {**MODERN, next(iter(MODERN)): "2031-01-01"}}, 400, -32022),
    ],
)
async def test_what_is_not_here_is_refused_as_its_era_has_it(
    tmp_path: Path, method: str, params: dict[str, Any], status: int, code: int
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, body)
    assert (answer.status, answer.error["code"]) == (status, code)
    if code == -32022:
        assert "2026-07-28" in answer.error["data"]["supported"]


async def test_a_long_list_comes_in_pages(tmp_path: Path) -> None:
    paths = {f"/{number}": {"get": {"operationId": f"n{number}"}} for number in range(450)}
    async with (
        rest_api(paths=paths) as api,
        relaying(tmp_path, api) as relay,
        client(relay) as mcp,
    ):
        names, cursor, pages = list[str](), None, 0
        while pages == 0 or cursor is not None:
            page = await mcp.list_tools(cursor=cursor)
            names += [tool.name for tool in page.tools]
            cursor, pages = page.next_cursor, pages + 1
    assert names == [f"n{number}" for number in range(450)]
    assert pages == 3


async def test_long_tools_come_on_more_pages(tmp_path: Path) -> None:
    schema = {"type": "string", "enum": ["x" * 1000] * 50}
    paths = {
        f"/{number}": {
            "get": {"operationId": f"n{number}", "parameters": [MUCH | {"schema": schema}]}
        }
        for number in range(50)
    }
    async with rest_api(paths=paths) as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert 1024 * 1024 < len(answer.body) < 1200 * 1024
    assert answer.json["result"]["nextCursor"]


async def test_a_long_argument_is_sent_whole(tmp_path: Path) -> None:
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, call(text="ü" * 1_000_000))
    assert answer.json["result"]["content"][1]["text"].startswith("The answer goes on")
    assert json.loads(api.asked[0].body) == {"text": "ü" * 1_000_000}


async def test_a_batch_is_answered_member_by_member(tmp_path: Path) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    batch = [call(number=1, text="a"), note, call("nothing", 2), call(number=3, text="b")]
    async with rest_api() as api, relaying(tmp_path, api) as relay:
        answer = await post(relay, batch)
        assert (await post(relay, [note])).status == 202
    one, two, three = answer.json
    assert (one["id"], two["id"], three["id"]) == (1, 2, 3)
    assert two["error"]["code"] == -32602
    assert [json.loads(asked.body)["text"] for asked in api.asked] == ["a", "b"]


async def test_a_batch_whose_first_call_was_done_is_not_sent_again(tmp_path: Path) -> None:
    def allows(asked: Asked) -> bool:
        return not asked.body or json.loads(asked.body)["text"] == "done"

    async with rest_api(allows) as api, relaying(tmp_path, api, account=True) as relay:
        relay.connect_oauth("work", api.url)
        batch = [
            call(number=1, text="done"),
            call(number=2, text="b"),
            call(number=3, text="c"),
        ]
        one, two, three = (await post(relay, batch)).json
        assert relay.issuer.refreshes == 0
    assert "isError" not in one["result"]
    assert two["result"]["isError"] is True
    assert three["result"]["isError"] is True
    assert len(api.asked) == len(api.refused) == 1
