"""Steps 5 to 8 seen from both ends: credentials, sessions and the audit log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import AuditUnavailable, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import AuditEvent, Inbound, Listener
from keyfob_core.ports import Audit
from keyfob_core.state.database import open_database
from keyfob_core.state.sessions import SessionRecords
from support.audit_log import SetClock
from support.eventually import eventually
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.raw_http import RawClient
from support.relay import ALLOW_ALL, API_KEY, RunningRelay, config_for, running_relay
from support.tokens import token as oauth_token
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    challenge_reply,
    in_turn,
    json_reply,
    scripted_upstream,
    sse_reply,
)

pytestmark = pytest.mark.usefixtures("form")

CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "echo"}}
NOTE = {"jsonrpc": "2.0", "method": "notifications/initialized"}
DONE = json_reply({"jsonrpc": "2.0", "id": 7, "result": {}})
REFUSED = challenge_reply(401, 'Bearer resource_metadata="http://x/", scope="a"')
Respond = Reply | Callable[[Seen], Reply]


@asynccontextmanager
async def relaying(
    folder: Path, respond: Respond = DONE, *, account: str | None = None, **parts: Any
) -> AsyncGenerator[tuple[RawClient, ScriptedUpstream, RunningRelay]]:
    """A relay before one server named one, with one account or none."""
    async with scripted_upstream(respond) as upstream:
        extra = parts.pop("extra", ALLOW_ALL)
        async with running_relay(folder, upstream.url, extra=extra, **parts) as relay:
            relay.configure(config_for(upstream.url, account=account) + extra)
            async with relay.client() as client:
                yield client, upstream, relay


def stamps(upstream: ScriptedUpstream) -> list[str | None]:
    return [seen.header("authorization") for seen in upstream.requests]


def accepting(*tokens: str) -> Callable[[Seen], Reply]:
    good = {f"Bearer {token}" for token in tokens}
    return lambda seen: DONE if seen.header("authorization") in good else REFUSED


async def test_the_accounts_secret_is_stamped_and_the_clients_own_never_passes(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, account="a") as (client, upstream, relay):
        relay.connect("a", upstream.url)
        assert (await client.post(CALL)).status == 200
        assert stamps(upstream) == [f"Bearer {API_KEY}"]
        assert relay.token not in repr(upstream.requests)


async def test_a_401_is_answered_by_one_refresh_and_the_same_body_again(tmp_path: Path) -> None:
    async with relaying(tmp_path, accepting("access-2"), account="a") as (client, upstream, relay):
        relay.connect_oauth("a", upstream.url)
        answer = await client.post(CALL, b"X-Own: 1")
        assert (answer.status, answer.json["result"]) == (200, {})
        assert stamps(upstream) == ["Bearer access-1", "Bearer access-2"]
        first, second = upstream.requests
        assert first.body == second.body == json.dumps(CALL).encode()
        assert second.header("x-own") == "1"
        assert relay.issuer.refreshes == 1
        names = [event["event"] for event in relay.events()]
        assert names == ["forwarding", "refreshed", "outcome"]


async def test_ten_clients_that_meet_a_401_together_cause_one_refresh(tmp_path: Path) -> None:
    async with relaying(tmp_path, accepting("access-2"), account="a") as (_, upstream, relay):
        relay.connect_oauth("a", upstream.url)

        async def call(number: int) -> int:
            async with relay.client(relay.new_client(f"client {number}")) as client:
                return (await client.post(CALL)).status

        assert await asyncio.gather(*map(call, range(10))) == [200] * 10
        assert relay.issuer.refreshes == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "insufficient_scope"), (403, "insufficient_scope"), (403, "access_denied")],
)
@pytest.mark.parametrize(
    ("method", "message", "expected"),
    [("POST", CALL, 200), ("POST", NOTE, 502), ("GET", None, 502), ("DELETE", None, 502)],
    ids=["request", "notification", "get", "delete"],
)
async def test_a_final_refusal_becomes_a_json_rpc_error_and_no_challenge(
    tmp_path: Path, status: int, error: str, method: str, message: object, expected: int
) -> None:
    refusal = challenge_reply(status, f'Bearer error="{error}"')
    async with relaying(tmp_path, refusal, account="a") as (client, upstream, relay):
        relay.connect_oauth("a", upstream.url)
        body = json.dumps(message).encode() if message else b""
        answer = await client.request(method, body=body)
        assert answer.status == expected
        assert answer.error["data"]["code"] == "upstream_refused"
        assert answer.json["id"] == (7 if message is CALL else None)
        assert answer.head.names == {"content-type", "content-length"}
        assert len(upstream.requests) == (2 if status == 401 else 1)
        assert relay.issuer.refreshes == int(status == 401)


async def test_a_fresh_token_that_is_refused_is_not_refreshed_again_and_again(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, REFUSED, account="a") as (client, upstream, relay):
        relay.connect_oauth("a", upstream.url)
        for _ in range(4):
            answer = await client.post(CALL)
            assert answer.error["data"]["code"] == "upstream_refused"
        assert relay.issuer.refreshes == 1
        assert len(upstream.requests) == 2 + 3


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OAuthFailed("invalid_grant", "It is over."), "credential_missing"),
        (UpstreamUnreachable("No network.", "Wait."), "upstream_unreachable"),
    ],
)
async def test_a_refresh_that_fails_says_why_and_sends_nothing_twice(
    tmp_path: Path, failure: Exception, code: str
) -> None:
    async with relaying(tmp_path, REFUSED, account="a") as (client, upstream, relay):
        relay.connect_oauth("a", upstream.url)
        relay.issuer.failure = failure
        answer = await client.post(CALL)
        assert (answer.status, answer.error["data"]["code"]) == (200, code)
        assert answer.error["data"]["hint"]
        assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300])
async def test_a_redirect_is_neither_followed_nor_passed_on(tmp_path: Path, status: int) -> None:
    async with scripted_upstream(DONE) as elsewhere:
        fields = (("Location", elsewhere.url), ("Content-Length", "0"))
        async with relaying(tmp_path, Reply(status, fields), account="a") as (client, up, relay):
            relay.connect("a", up.url)
            answer = await client.post(CALL)
            assert (answer.status, answer.error["data"]["code"]) == (200, "upstream_unreachable")
            assert elsewhere.url not in answer.head.raw.decode() + answer.body.decode()
            assert (await client.request("GET")).status == 502
        assert elsewhere.requests == []


async def test_a_credential_goes_to_no_other_origin_though_the_address_was_changed(
    tmp_path: Path,
) -> None:
    async with scripted_upstream(DONE) as other:
        async with relaying(tmp_path, account="a") as (client, upstream, relay):
            relay.connect("a", upstream.url)
            relay.configure(config_for(other.url, account="a") + ALLOW_ALL)
            answer = await client.post(CALL)
        assert answer.error["data"]["code"] == "credential_missing"
        assert other.requests == upstream.requests == []


async def test_a_server_that_wants_a_sign_in_gets_one_from_the_person(tmp_path: Path) -> None:
    prompter = RecordingPrompter(ALLOW)
    async with relaying(tmp_path, accepting("signed-in"), prompter=prompter) as (client, up, relay):
        assert (await client.post(CALL)).json["result"] == {}
        assert stamps(up) == [None, "Bearer signed-in"]
        assert len(prompter.asked) == 1
        # The server's challenge has the scope and the metadata of the sign-in.
        assert relay.sign_in.challenges == [REFUSED.fields[0][1]]
        recorded = [(e["event"], e.get("account")) for e in relay.events()]
        assert recorded == [
            ("forwarding", None),
            ("account_connected", "one"),
            ("forwarding", "one"),
            ("outcome", "one"),
        ]
        assert (await client.post(CALL)).status == 200
        assert stamps(up)[2:] == ["Bearer signed-in"]


async def test_challenges_in_several_lines_are_all_read(tmp_path: Path) -> None:
    wants = 'Bearer error="insufficient_scope", scope="more"'
    lines = (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", wants))
    refusal = Reply(403, (*lines, ("Content-Length", "0")))

    def respond(seen: Seen) -> Reply:
        return DONE if seen.header("authorization") == "Bearer signed-in" else refusal

    prompter = RecordingPrompter(ALLOW)
    async with relaying(tmp_path, respond, account="a", prompter=prompter) as (client, up, relay):
        relay.connect_oauth("a", up.url)
        assert (await client.post(CALL)).json["result"] == {}
        assert relay.sign_in.challenges == [f"Negotiate, {wants}"]
        assert stamps(up)[1:] == ["Bearer signed-in"]


async def test_without_a_person_the_error_names_the_command_that_connects(tmp_path: Path) -> None:
    async with relaying(tmp_path, REFUSED) as (client, upstream, relay):
        answer = await client.post(CALL)
        assert (answer.status, answer.json["id"]) == (200, 7)
        assert "keyfob connect one" in answer.error["data"]["hint"]
        assert "keyfob connect one" in answer.error["message"]
        assert len(upstream.requests) == 1
        assert [event["outcome"] for event in relay.events("outcome")] == ["failed"]


async def test_a_sign_in_that_is_declined_or_takes_long_leaves_an_error(tmp_path: Path) -> None:
    prompter = RecordingPrompter(DENY)
    extra = ALLOW_ALL + "[relay]\nwait = 1\n"
    async with relaying(tmp_path, REFUSED, prompter=prompter, extra=extra) as (client, _, relay):
        assert (await client.post(CALL)).error["data"]["code"] == "sign_in_needed"
        answer = await client.post(CALL)
        assert answer.error["data"]["code"] == "answer_awaited"
        assert "/wait/" in answer.error["data"]["wait_url"]
        assert [event["outcome"] for event in relay.events("outcome")] == ["failed", "waiting"]


async def test_an_account_that_a_rule_denies_is_not_used_although_it_was_just_connected(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter(ALLOW)
    extra = ALLOW_ALL + '[[rules]]\nid = "r1"\naccount = "one"\naccess = "deny"\n'
    async with relaying(tmp_path, accepting("signed-in"), prompter=prompter, extra=extra) as (
        client,
        upstream,
        _,
    ):
        assert (await client.post(CALL)).error["data"]["code"] == "access_denied"
        assert stamps(upstream) == [None]


async def test_a_token_that_ends_is_refreshed_before_it_is_sent(tmp_path: Path) -> None:
    clock = SetClock()
    async with relaying(tmp_path, account="a", clock=clock) as (client, upstream, relay):
        relay.connect_oauth("a", upstream.url, obtained=clock.now - 3590)
        assert (await client.post(CALL)).status == 200
        assert stamps(upstream) == ["Bearer access-2"]


INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
ISSUED = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}}, fields=(("Mcp-Session-Id", "s-1"),))
SESSION = b"Mcp-Session-Id: s-1"


def with_sessions(seen: Seen) -> Reply:
    return ISSUED if b"initialize" in seen.body else DONE


async def test_a_session_is_honoured_from_the_client_it_was_issued_to_alone(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, with_sessions) as (client, upstream, relay):
        assert (await client.post(INITIALIZE)).head.one("mcp-session-id") == "s-1"
        assert (await client.post(CALL, SESSION)).status == 200
        async with relay.client(relay.new_client("other")) as other:
            for method, body in (
                ("POST", json.dumps(CALL).encode()),
                ("GET", b""),
                ("DELETE", b""),
            ):
                answer = await other.request(method, "/s/one/mcp", SESSION, body=body)
                assert answer.status == 404
        # A second connection of the first client is the same client.
        async with relay.client() as again:
            assert (await again.post(CALL, SESSION)).status == 200
        assert len(upstream.requests) == 3
        assert b"s-1" not in relay.log()


async def test_a_session_is_not_honoured_with_another_account(tmp_path: Path) -> None:
    async with relaying(tmp_path, with_sessions, account="a") as (client, upstream, relay):
        relay.connect("a", upstream.url)
        relay.connect("b", upstream.url)
        await client.post(INITIALIZE)
        relay.configure(config_for(upstream.url, account="b") + ALLOW_ALL)
        assert (await client.post(CALL, SESSION)).status == 404
        relay.configure(config_for(upstream.url, account="a") + ALLOW_ALL)
        assert (await client.post(CALL, SESSION)).status == 200


async def test_a_session_id_given_out_twice_stays_with_whom_it_was_given_first(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, with_sessions) as (client, _, relay):
        await client.post(INITIALIZE)
        async with relay.client(relay.new_client("other")) as other:
            await other.post(INITIALIZE)
            assert (await other.post(CALL, SESSION)).status == 404
        assert (await client.post(CALL, SESSION)).status == 200


async def test_a_session_nobody_was_given_is_none(tmp_path: Path) -> None:
    async with relaying(tmp_path) as (client, upstream, _):
        answer = await client.post(CALL, b"Mcp-Session-Id: guessed")
        assert (answer.status, answer.error["data"]["code"]) == (404, "request_refused")
        assert upstream.requests == []


async def test_a_session_outlives_a_restart_of_the_engine(tmp_path: Path) -> None:
    async with scripted_upstream(with_sessions) as upstream:
        for restarted in (False, True):
            database = open_database(tmp_path / "state.db")
            records = SessionRecords(database, time.time)
            async with running_relay(tmp_path, upstream.url, sessions=records) as relay:
                async with relay.client() as client:
                    if not restarted:
                        await client.post(INITIALIZE)
                    assert (await client.post(CALL, SESSION)).status == 200
                async with relay.client(relay.new_client("other")) as other:
                    assert (await other.post(CALL, SESSION)).status == 404
            database.close()
        assert b"s-1" not in (tmp_path / "state.db").read_bytes()


@pytest.mark.parametrize("ending", ["DELETE", "404"])
async def test_a_session_ends_by_delete_and_by_the_servers_404(tmp_path: Path, ending: str) -> None:
    async with relaying(tmp_path, with_sessions) as (client, upstream, _):
        await client.post(INITIALIZE)
        if ending == "DELETE":
            upstream.respond = in_turn(Reply(204, (), (), framed=False), DONE)
            assert (await client.request("DELETE", "/s/one/mcp", SESSION)).status == 204
        else:
            upstream.respond = in_turn(Reply(404, (("Content-Length", "0"),)), DONE)
            assert (await client.post(CALL, SESSION)).status == 404
        asked = len(upstream.requests)
        assert (await client.post(CALL, SESSION)).status == 404
        assert len(upstream.requests) == asked


async def test_a_delete_that_the_server_does_not_take_ends_nothing(tmp_path: Path) -> None:
    async with relaying(tmp_path, with_sessions) as (client, upstream, _):
        await client.post(INITIALIZE)
        upstream.respond = in_turn(Reply(405, (("Content-Length", "0"),)), DONE)
        assert (await client.request("DELETE", "/s/one/mcp", SESSION)).status == 405
        assert (await client.post(CALL, SESSION)).status == 200


async def test_a_server_without_a_stream_ends_no_session_by_not_knowing_of_get(
    tmp_path: Path,
) -> None:
    async with relaying(tmp_path, with_sessions) as (client, upstream, _):
        await client.post(INITIALIZE)
        # What many a web framework says where only POST has a handler.
        upstream.respond = in_turn(Reply(404, (("Content-Length", "0"),)), DONE)
        assert (await client.request("GET", "/s/one/mcp", SESSION)).status == 404
        assert (await client.post(CALL, SESSION)).status == 200


async def test_connections_are_shared_within_client_server_and_account_only(
    tmp_path: Path,
) -> None:
    async with scripted_upstream(DONE) as upstream:
        urls = (upstream.url, upstream.url)
        async with running_relay(tmp_path, *urls) as relay:
            async with relay.client() as client:
                for expected, path in ((1, "one"), (1, "one"), (2, "two"), (2, "two"), (2, "one")):
                    await client.post(CALL, path=f"/s/{path}/mcp")
                    assert upstream.connections == expected
                for name in "ab":
                    relay.connect(name, upstream.url)
                    relay.configure(config_for(*urls, account=name) + ALLOW_ALL)
                    await client.post(CALL)
                assert upstream.connections == 4
            async with relay.client(relay.new_client("other")) as other:
                await other.post(CALL)
            async with relay.client() as again:
                await again.post(CALL)
            assert upstream.connections == 5


class BreakingAudit:
    """A log that fails at events of some names."""

    def __init__(self, audit: Audit, *names: str) -> None:
        self._audit = audit
        self._names = names

    def record(self, event: AuditEvent) -> None:
        if event.event in self._names:
            raise AuditUnavailable("The disk is full.", "Make room.")
        self._audit.record(event)


async def test_the_call_is_on_the_disk_before_the_server_sees_its_first_byte(
    tmp_path: Path,
) -> None:
    seen_in_log: list[list[str]] = []

    def respond(_: Seen) -> Reply:
        lines = b"".join(one.read_bytes() for one in (tmp_path / "audit").iterdir()).splitlines()
        seen_in_log.append([json.loads(line)["event"] for line in lines])
        return DONE

    async with relaying(tmp_path, respond) as (client, _, relay):
        await client.post(CALL)
        assert seen_in_log == [["forwarding"]]
        forwarding, outcome = relay.events()
    assert forwarding["request_id"] == outcome["request_id"]
    assert forwarding["tool"] == "echo"
    assert (outcome["outcome"], outcome["details"]["status"]) == ("ok", 200)
    assert outcome["details"]["bytes"] == len(json.dumps({"jsonrpc": "2.0", "id": 7, "result": {}}))


async def test_what_cannot_be_recorded_is_not_forwarded(tmp_path: Path) -> None:
    async with relaying(tmp_path, audit=lambda log: BreakingAudit(log, "forwarding")) as (
        client,
        upstream,
        relay,
    ):
        answer = await client.post(CALL)
        assert (answer.status, answer.json["id"]) == (200, 7)
        assert answer.error["data"] | {"request_id": ""} == {
            "code": "audit_unavailable",
            "hint": "Make room.",
            "request_id": "",
        }
        assert (await client.post(NOTE)).status == 502
        assert (await client.request("GET")).status == 502
        assert upstream.requests == []
        assert upstream.connections == 0
        assert relay.events("forwarding") == []


@pytest.mark.expects_log("The outcome of q_.* could not be recorded")
async def test_an_outcome_that_cannot_be_recorded_costs_the_client_nothing(tmp_path: Path) -> None:
    async with relaying(tmp_path, audit=lambda log: BreakingAudit(log, "outcome")) as (
        client,
        _,
        _,
    ):
        assert (await client.post(CALL)).json["result"] == {}


async def test_every_member_of_a_batch_is_in_the_log_before_it_goes_up(tmp_path: Path) -> None:
    batch = [
        {**CALL, "id": 1, "params": {"name": "first"}},
        NOTE,
        {**CALL, "id": 2, "params": {"name": "second"}},
        {"jsonrpc": "2.0", "id": 3, "method": "resources/read", "params": {"uri": "x:"}},
    ]
    async with relaying(tmp_path) as (client, _, relay):
        await client.post(batch)
        events = relay.events("forwarding")
        assert {event["tool"] for event in events} == {"first", "second", "resources/read"}
        assert len({event["request_id"] for event in events}) == 1
        assert len(relay.events("outcome")) == 1


async def test_a_thousand_refusals_of_a_kind_are_few_lines_and_a_good_token_still_passes(
    tmp_path: Path,
) -> None:
    clock = SetClock()
    async with relaying(tmp_path, clock=clock) as (client, _, relay):
        async with relay.client("wrong") as stranger:
            for number in range(200):
                answer = await stranger.post(CALL, path=f"/s/x{number % 3}/mcp")
                assert answer.status == (401 if number < 10 else 429)
        assert (await client.post(CALL)).status == 200
        assert len(relay.events("refused")) == 6
        clock.now += 61
        relay.refusals.settle()
        told = relay.events("refused")
        assert sum(event["details"]["times"] for event in told) == 200
        assert len(told) == 12


async def test_no_secret_is_in_the_log_or_in_an_answer(tmp_path: Path) -> None:
    clock = SetClock()
    async with relaying(tmp_path, accepting("access-2"), account="a", clock=clock) as (
        client,
        upstream,
        relay,
    ):
        relay.connect_oauth("a", upstream.url, obtained=clock.now)
        in_url = relay.new_client("in url", "one")
        answers = [await client.post(CALL, b"Cookie: sid=the-cookie")]
        async with relay.client("") as other:
            answers.append(await other.post(CALL, path=f"/k/{in_url}/mcp"))
            answers.append(await other.post(CALL, path="/k/kf_a-wrong-token/mcp"))
        upstream.respond = lambda _: REFUSED
        answers.append(await client.post(CALL))
        assert [one.status for one in answers] == [200, 200, 401, 200]
        shown = relay.log() + b"".join(one.head.raw + one.body for one in answers)
    for secret in ("access-1", "access-2", "refresh-1", "refresh-2", relay.token, in_url):
        assert secret.encode() not in shown
    assert b"a-wrong-token" not in shown
    assert b"the-cookie" not in shown


async def test_a_client_that_hangs_up_ends_the_servers_stream_at_once(tmp_path: Path) -> None:
    stream = sse_reply(b"data: 1\n\n", asyncio.Event())
    async with relaying(tmp_path, stream) as (client, upstream, relay):
        await client.send(client.head("GET", length=None))
        await client.read_head()
        assert await client.chunk() == b"data: 1\n\n"
        await client.close()
        await asyncio.wait_for(upstream.hung_up.wait(), 5)
        await eventually(lambda: [e["outcome"] for e in relay.events("outcome")] == ["cancelled"])


async def test_a_client_that_hangs_up_before_the_answer_ends_the_call(tmp_path: Path) -> None:
    silent = asyncio.Event()
    async with relaying(tmp_path, DONE) as (client, upstream, relay):
        # The head itself is held back.
        held: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            held.append(writer)
            await reader.readuntil(b"\r\n\r\n")
            while await reader.read(1000):
                pass
            silent.set()
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
            relay.configure(config_for(url) + ALLOW_ALL)
            await client.send(client.head(length=len(json.dumps(CALL))) + json.dumps(CALL).encode())
            await eventually(lambda: bool(held))
            await client.close()
            await asyncio.wait_for(silent.wait(), 5)
        await eventually(lambda: [e["outcome"] for e in relay.events("outcome")] == ["cancelled"])
        assert upstream.requests == []


async def test_a_server_that_cannot_be_reached_is_an_error_with_a_hint(tmp_path: Path) -> None:
    async with scripted_upstream(DONE) as gone:
        url = gone.url
    async with running_relay(tmp_path, url) as relay, relay.client() as client:
        answer = await client.post(CALL)
        assert (answer.status, answer.json["id"]) == (200, 7)
        assert answer.error["data"]["code"] == "upstream_unreachable"
        assert "network" in answer.error["data"]["hint"]
        assert (await client.post(NOTE)).status == 502
        assert [event["outcome"] for event in relay.events("outcome")] == ["failed"] * 2


async def test_a_server_that_fails_is_passed_on_and_recorded_as_failed(tmp_path: Path) -> None:
    async with relaying(tmp_path, Reply(503, (("Content-Length", "0"),))) as (client, _, relay):
        assert (await client.post(CALL)).status == 503
        [outcome] = relay.events("outcome")
        assert (outcome["outcome"], outcome["details"]["status"]) == ("failed", 503)


async def test_a_signed_in_account_of_another_name_opens_no_old_session(tmp_path: Path) -> None:
    prompter = RecordingPrompter(ALLOW)
    async with relaying(tmp_path, with_sessions, prompter=prompter) as (client, upstream, relay):
        await client.post(INITIALIZE)
        upstream.respond = accepting("signed-in")
        relay.sign_in.fresh = oauth_token(
            access="signed-in", origin=upstream.url[:-4], obtained=time.time()
        )
        assert (await client.post(CALL, SESSION)).status == 404
        assert stamps(upstream) == [None, None]


async def test_an_answer_left_unread_is_closed(tmp_path: Path) -> None:
    """As a listener leaves it whose client went away before the body."""
    async with relaying(tmp_path, sse_reply(b"data: 1\n\n", asyncio.Event())) as (_, up, relay):
        inbound = Inbound(
            listener=Listener.HTTP, http_method="GET", server="one", headers=(), token=relay.token
        )
        async with relay.relay.handle(inbound) as outbound:
            assert outbound.status == 200
        await asyncio.wait_for(up.hung_up.wait(), 5)
        async with relay.relay.handle(inbound) as outbound:
            assert await anext(outbound.body) == b"data: 1\n\n"
        assert [event["outcome"] for event in relay.events("outcome")] == ["cancelled"] * 2


class BreaksAtOnce:
    """A log that a mistake of ours keeps from one forwarding, with a secret in its words."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._left = 1

    def record(self, event: AuditEvent) -> None:
        if event.event == "forwarding" and self._left:
            self._left -= 1
            raise RuntimeError(API_KEY)
        self._audit.record(event)


@pytest.mark.expects_log(r"RuntimeError at .*test_relay\.py:\d+ request q_\w+$")
async def test_a_mistake_of_ours_is_told_under_the_id_that_the_log_has(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with relaying(tmp_path, audit=BreaksAtOnce) as (client, upstream, _):
        answer = await client.post(CALL)
        assert answer.status == 500
        [line] = [message for message in caplog.messages if "RuntimeError" in message]
        assert upstream.requests == []
        # The next one finds nothing broken.
        assert (await client.post(CALL)).status == 200
    request_id = line.rpartition(" ")[2]
    assert f"under {request_id}." in answer.body.decode()
    assert API_KEY not in caplog.text


async def test_a_refusal_has_one_id_in_the_answer_the_audit_and_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "keyfob_core")
    async with relaying(tmp_path, extra='[defaults]\naccess = "deny"\n') as (client, _, relay):
        answer = await client.post(CALL)
        [refused] = relay.events("refused")
    request_id = json.loads(answer.body)["error"]["data"]["request_id"]
    assert refused["request_id"] == request_id
    assert f"{request_id} ended early: access_denied" in caplog.messages
