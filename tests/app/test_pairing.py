"""Clients that pair by MCP's own OAuth, end to end: the official ones, and ones that cheat."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from keyfob_core.ports import Clock
from keyfob_core.prompts import Decision, PairingPrompt
from support.audit_log import SetClock
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.node import run_node
from support.pairing import PythonClient, answer_in, browse
from support.pairing_raw import raw
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.upstreams import Reply, json_reply, scripted_upstream, sdk_upstream, sse_reply

KEY = "the-api-key-of-the-pairing-tests"
PAIRED = Decision(allow=True, text="my editor")


LISTED = json_reply({"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})


@asynccontextmanager
async def scripted(
    home: Home, *answers: Decision, clock: Clock = time.time, reply: Reply = LISTED
) -> AsyncGenerator[RunningEngine]:
    """An engine with two servers, `one` and `two`, that answer what a test says."""
    async with (
        scripted_upstream(reply) as upstream,
        running_engine(home, RecordingPrompter(*answers), clock=clock) as keyfob,
    ):
        for name in ("one", "two"):
            await keyfob.add(name, upstream.url)
        yield keyfob


@asynccontextmanager
async def pairing(home: Home, *answers: Decision) -> AsyncGenerator[RunningEngine]:
    """An engine with a connected server, `one`, that is a real one."""
    async with (
        sdk_upstream(KEY) as upstream,
        running_engine(home, RecordingPrompter(*answers)) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one", method="api-key", secret=KEY)
        yield keyfob


@asynccontextmanager
async def stream(
    keyfob: RunningEngine, token: str, path: str
) -> AsyncGenerator[AsyncGenerator[bytes]]:
    """What comes of a call, once its first bytes are there."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    async with (
        httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as http,
        http.stream("POST", f"{keyfob.url}{path}", json=call, headers=headers) as answer,
    ):
        chunks = answer.aiter_bytes()
        assert await anext(chunks) == b": hello\n\n"
        yield chunks


def events(keyfob: RunningEngine, name: str) -> list[dict[str, Any]]:
    return [event for event in keyfob.home.events() if event["event"] == name]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("path", ["/pair/mcp", "/pair/s/one/mcp"])
async def test_the_python_client_pairs_by_its_own_oauth_and_is_gone_when_revoked(
    home: Home, mode: str, path: str
) -> None:
    async with pairing(home, PAIRED) as keyfob:
        client = PythonClient(f"{keyfob.url}{path}")
        tool = "echo" if "/s/" in path else "one__echo"
        async with client.connected(mode) as connection:
            result = await connection.call_tool(tool, {"a": 1, "b": 2})
            assert not result.is_error
        [asked] = keyfob.prompter.asked
        assert isinstance(asked, PairingPrompt)
        assert (asked.claimed.name, asked.redirect) == ("Python tests", client.redirect)
        assert asked.server == ("one" if "/s/" in path else None)
        assert asked.peer is not None
        assert "python" in asked.peer.executable
        [listed] = (await keyfob.engine.status()).clients
        assert (listed.name, listed.known_by) == ("my editor", "pairing")
        assert listed.last_used_at is not None
        assert listed.ends_at is not None
        assert client.tokens is not None
        await keyfob.do("client.revoke", name="my editor")
        async with raw(keyfob) as other:
            refused = await other.call(client.tokens.access_token, path)
    assert refused.status_code == 401
    assert client.tokens.access_token.encode() not in home.written()
    assert (client.tokens.refresh_token or "").encode() not in home.written()
    [named] = {event["client"] for event in home.events() if event["event"] == "forwarding"}
    assert named == "my editor"


async def test_the_typescript_client_pairs_by_its_own_oauth_and_is_gone_when_revoked(
    home: Home,
) -> None:
    async with pairing(home, PAIRED) as keyfob:
        answer = await run_node(
            "pairing-client.mjs",
            {
                "url": f"{keyfob.url}/pair/s/one/mcp",
                "name": "TypeScript tests",
                "tool": "echo",
                "arguments": {"a": 1, "b": 2},
            },
        )
        assert "error" not in answer, answer
        [asked] = keyfob.prompter.asked
        assert isinstance(asked, PairingPrompt)
        assert asked.claimed.name == "TypeScript tests"
        assert asked.peer is not None
        assert "node" in asked.peer.executable
        async with raw(keyfob) as other:
            assert (await other.call(answer["tokens"]["access_token"])).status_code != 401
            await keyfob.do("client.revoke", name="my editor")
            assert (await other.call(answer["tokens"]["access_token"])).status_code == 401


async def test_a_no_goes_back_to_the_client_as_access_denied(home: Home) -> None:
    async with scripted(home, DENY) as keyfob, raw(keyfob) as client:
        await client.register()
        told = answer_in(await browse(client.authorization()))
        assert (await keyfob.engine.status()).clients == ()
    assert told["error"] == "access_denied"
    assert (told["state"], told["iss"]) == ("the state", f"{keyfob.url}/pair")


async def test_only_under_pair_does_a_refusal_challenge_and_metadata_exist(home: Home) -> None:
    async with scripted(home) as keyfob, raw(keyfob) as client:
        for path in ("/mcp", "/s/one/mcp", "/k/kf_wrong/mcp"):
            refused = await client.call("kf_wrong", path)
            assert refused.status_code == 401
            assert "www-authenticate" not in refused.headers
        for path in ("/pair/mcp", "/pair/s/one/mcp"):
            refused = await client.call("kf_wrong", path)
            challenge = refused.headers["www-authenticate"]
            url = f"{keyfob.url}/.well-known/oauth-protected-resource{path}"
            assert challenge == f'Bearer resource_metadata="{url}"'
            protected = (await client.http.get(url)).json()
            assert protected["resource"] == f"{keyfob.url}{path}"
            assert protected["authorization_servers"] == [f"{keyfob.url}/pair"]
        wanted = f"{keyfob.url}/.well-known/oauth-authorization-server"
        metadata = (await client.http.get(f"{wanted}/pair")).json()
        assert metadata["issuer"] == f"{keyfob.url}/pair"
        assert metadata["code_challenge_methods_supported"] == ["S256"]
        assert metadata["authorization_response_iss_parameter_supported"] is True
        for missing in (
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource/mcp",
            "/.well-known/oauth-protected-resource/s/one/mcp",
            "/.well-known/oauth-protected-resource/pair/s/none/mcp",
            "/pair",
            "/pair/other",
        ):
            assert (await client.http.get(f"{keyfob.url}{missing}")).status_code == 404, missing


async def test_a_token_of_pairing_opens_what_it_was_asked_for_and_nothing_else(home: Home) -> None:
    async with scripted(home, PAIRED, PAIRED) as keyfob, raw(keyfob) as client:
        every = (await client.pair())["access_token"]
        for path in ("/pair/mcp", "/pair/s/one/mcp", "/pair/s/two/mcp"):
            assert (await client.call(every, path)).status_code != 401, path
        client.resource = f"{keyfob.url}/pair/s/one/mcp"
        one = (await client.redeem(await client.code())).json()["access_token"]
        assert (await client.call(one)).status_code == 200
        for path in ("/pair/mcp", "/pair/s/two/mcp", "/s/one/mcp", "/mcp", f"/k/{one}/mcp"):
            assert (await client.call(one, path)).status_code == 401, path
        for path in ("/s/one/mcp", "/mcp"):
            assert (await client.call(every, path)).status_code == 401, path


async def test_a_client_that_takes_another_s_name_is_offered_one_of_its_own(home: Home) -> None:
    async with scripted(home, ALLOW, ALLOW) as keyfob, raw(keyfob) as honest, raw(keyfob) as forger:
        await keyfob.token("Cursor")
        await keyfob.do("rule.add", client="Windsurf", server="two", access="deny")
        for client, name in ((honest, "Windsurf"), (forger, "cursor\u200b")):
            await client.register(client_name=name)
            await client.redeem(await client.code())
        offered = [
            prompt.suggested_name
            for prompt in keyfob.prompter.asked
            if isinstance(prompt, PairingPrompt)
        ]
        names = {client.name for client in (await keyfob.engine.status()).clients}
    assert offered == ["Windsurf 2", "cursor U+200B"]
    assert names == {"Cursor", *offered}


async def test_a_code_is_good_once_and_its_second_use_ends_what_it_gave(home: Home) -> None:
    async with scripted(home, PAIRED) as keyfob, raw(keyfob) as client:
        await client.register()
        code = await client.code()
        token = (await client.redeem(code)).json()["access_token"]
        assert (await client.call(token)).status_code == 200
        again = await client.redeem(code)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert (await client.call(token)).status_code == 401
        assert [e["details"]["reason"] for e in events(keyfob, "pairing_ended")] == [
            "its code was sent a second time"
        ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "v" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:4711/other"}, "invalid_grant"),
        ({"resource": "http://127.0.0.1:1/pair/mcp"}, "invalid_target"),
        ({"client_id": "kfc_nobody"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_a_code_with_anything_else_wrong_gives_nothing(
    home: Home, change: dict[str, str], error: str
) -> None:
    async with scripted(home, PAIRED) as keyfob, raw(keyfob) as client:
        await client.register()
        refused = await client.redeem(await client.code(), **change)
        assert refused.json()["error"] == error
        assert (await keyfob.engine.status()).clients == ()
        assert any(
            event["details"]["rule"] == f"pairing {error}" for event in events(keyfob, "refused")
        )


async def test_a_code_of_another_client_or_an_old_one_gives_nothing(home: Home) -> None:
    clock = SetClock()
    async with (
        scripted(home, PAIRED, PAIRED, clock=clock) as keyfob,
        raw(keyfob) as client,
        raw(keyfob) as thief,
    ):
        await client.register()
        await thief.register()
        code = await client.code()
        thief.verifier = client.verifier
        assert (await thief.redeem(code)).json()["error"] == "invalid_grant"
        code = await client.code(state="another")
        clock.now += 61
        assert (await client.redeem(code)).json()["error"] == "invalid_grant"
        assert (await keyfob.engine.status()).clients == ()


async def test_refresh_tokens_rotate_and_a_replayed_one_ends_the_family(home: Home) -> None:
    async with scripted(home, PAIRED) as keyfob, raw(keyfob) as client:
        first = await client.pair()
        second = (await client.refresh(first["refresh_token"])).json()
        assert (await client.call(first["access_token"])).status_code == 401
        assert (await client.call(second["access_token"])).status_code == 200
        replayed = await client.refresh(first["refresh_token"])
        assert replayed.json()["error"] == "invalid_grant"
        assert (await client.call(second["access_token"])).status_code == 401
        assert (await client.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await keyfob.engine.status()).clients == ()


async def test_expired_tokens_are_refused_and_what_renews_them_outlives_a_restart(
    home: Home,
) -> None:
    clock = SetClock()
    async with scripted(home, PAIRED, clock=clock) as keyfob, raw(keyfob) as client:
        first = await client.pair()
        client_id = client.client_id
        clock.now += first["expires_in"]
        expired = await client.call(first["access_token"])
        assert expired.status_code == 401
        assert "expired" in expired.json()["error"]["message"]
    async with running_engine(home, clock=clock) as keyfob, raw(keyfob) as client:
        client.client_id = client_id
        second = (await client.refresh(first["refresh_token"])).json()
        assert (await client.call(second["access_token"])).status_code == 200
        clock.now += 90 * 86400
        ended = await client.refresh(second["refresh_token"])
        assert ended.json()["error"] == "invalid_grant"
        assert (await keyfob.engine.status()).clients == ()


async def test_a_client_may_end_its_own_pairing_and_no_other_s(home: Home) -> None:
    async with (
        scripted(home, PAIRED, ALLOW) as keyfob,
        raw(keyfob) as client,
        raw(keyfob) as other,
    ):
        url = f"{keyfob.url}/pair/revoke"
        tokens = await client.pair()
        await other.register()
        for client_id, left in ((other.client_id, 200), (client.client_id, 401)):
            fields = {"client_id": client_id, "token": tokens["access_token"]}
            assert (await client.http.post(url, data=fields)).status_code == 200
            assert (await client.call(tokens["access_token"])).status_code == left
        tokens = (await client.redeem(await client.code())).json()
        fields = {"client_id": client.client_id, "token": tokens["refresh_token"]}
        assert (await client.http.post(url, data=fields)).status_code == 200
        assert (await client.call(tokens["access_token"])).status_code == 401


async def test_one_pairing_is_asked_about_at_a_time(home: Home) -> None:
    async with scripted(home) as keyfob, raw(keyfob) as client, raw(keyfob) as second:
        await client.register()
        await second.register(client_name="Second")
        first = asyncio.create_task(browse(client.authorization()))
        await keyfob.prompter.prompted()
        told = await second.http.get(second.authorization())
        assert told.status_code == 503
        assert "One at a time" in told.text
        waiting = asyncio.create_task(browse(second.authorization()))
        assert len(keyfob.prompter.asked) == 1
        keyfob.prompter.answer(PAIRED)
        assert "code" in answer_in(await first)
        await keyfob.prompter.prompted(2)
        keyfob.prompter.answer(DENY)
        assert answer_in(await waiting)["error"] == "access_denied"


async def test_what_a_revoked_client_hears_ends_at_once(home: Home) -> None:
    never = asyncio.Event()
    async with (
        scripted(home, PAIRED, reply=sse_reply(b": hello\n\n", never)) as keyfob,
        raw(keyfob) as client,
    ):
        tokens = await client.pair()
        kept = (await keyfob.token("other")).token
        async with (
            stream(keyfob, tokens["access_token"], "/pair/s/one/mcp") as heard,
            stream(keyfob, kept, "/s/one/mcp") as others,
        ):
            await keyfob.do("client.revoke", name="my editor")
            with pytest.raises(httpx2.RemoteProtocolError):
                await anext(heard)
            [ended] = events(keyfob, "outcome")
            never.set()
            assert [chunk async for chunk in others] == []
        assert (ended["client"], ended["outcome"]) == ("my editor", "denied")


async def test_a_call_that_has_no_answer_yet_ends_with_its_client(home: Home) -> None:
    never = asyncio.Event()
    reply = Reply(chunks=(never,))
    async with scripted(home, PAIRED, reply=reply) as keyfob, raw(keyfob) as client:
        tokens = await client.pair()
        asked = asyncio.create_task(client.call(tokens["access_token"]))
        await eventually(lambda: bool(events(keyfob, "forwarding")))
        refresh = {"client_id": client.client_id, "token": tokens["refresh_token"]}
        await client.http.post(f"{keyfob.url}/pair/revoke", data=refresh)
        async with asyncio.timeout(5):
            try:
                answer = (await asked).text
            except httpx2.HTTPError:
                answer = "cut"
        # Refused where nothing had come yet, else cut in the middle.
        assert answer == "cut" or "revoked" in answer
        [ended] = events(keyfob, "outcome")
        assert ended["outcome"] == "denied"


async def test_registrations_are_bounded_and_end_by_themselves(home: Home) -> None:
    clock = SetClock()
    async with scripted(home, PAIRED, clock=clock) as keyfob, raw(keyfob) as client:
        await client.pair()
        kept = client.client_id
        for _ in range(20):
            assert (await client.register()).status_code == 201
        refused = await client.register()
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        clock.now += 3600
        assert (await client.register()).status_code == 201
        client.client_id = kept
        unanswered = client.authorization(redirect_uri="http://127.0.0.1:1/callback")
        task = asyncio.create_task(browse(unanswered))
        await keyfob.prompter.prompted(2)
        keyfob.prompter.answer(DENY)
        assert (await task).startswith("http://127.0.0.1:1/callback?error=access_denied")


async def test_repeated_wrong_tokens_are_locked_out_and_a_good_one_never_is(home: Home) -> None:
    async with scripted(home, PAIRED) as keyfob, raw(keyfob) as client:
        good = (await keyfob.token("client")).token
        tokens = await client.pair()
        statuses = [(await client.call(f"kf_{n}")).status_code for n in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        locked = await client.refresh("kfr_" + "x" * 60)
        assert locked.status_code == 429
        assert (await client.call(good, "/s/one/mcp")).status_code == 200
        assert (await client.call(tokens["access_token"])).status_code == 200
        assert (await client.refresh(tokens["refresh_token"])).status_code == 200
        rules = {event["details"]["rule"] for event in events(keyfob, "refused")}
        assert {"token-unknown", "locked-out"} <= rules


async def test_the_client_s_error_the_audit_and_the_prompt_name_one_request(home: Home) -> None:
    async with scripted(home, PAIRED) as keyfob, raw(keyfob) as client:
        tokens = await client.pair()
        await keyfob.do("rule.add", client="my editor", server="one", access="deny")
        refused = await client.call(tokens["access_token"])
        request_id = refused.json()["error"]["data"]["request_id"]
        [event] = [e for e in events(keyfob, "refused") if e["request_id"] == request_id]
    assert event["client"] == "my editor"
    assert json.loads(refused.text)["error"]["code"] == -31001
