"""Every way in, through the real engine, against servers that we did not write."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2
import pytest

from keyfob_core.errors import Error, OAuthFailed, SignInNeeded, StoreLocked, UpstreamRefused
from keyfob_core.prompts import Decision, SignInPrompt
from keyfob_core.states import AccountCondition
from support.authorization_server import Behaviour, authorization_server
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.oidc_provider import oidc_provider, oidc_services
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.protected_server import SCOPE, protected_server
from support.upstreams import (
    Reply,
    ScriptedUpstream,
    Seen,
    challenge_reply,
    json_reply,
    scripted_upstream,
    sdk_upstream,
)
from support.user_agent import UserAgent, first_form

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}
KEY = "a-key-that-somebody-pasted"


async def call(keyfob: RunningEngine, server: str, token: str) -> dict[str, object]:
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as http:
        answer = await http.post(
            f"{keyfob.url}/s/{server}/mcp",
            json=CALL,
            headers={"Authorization": f"Bearer {token}"},
        )
    return answer.json()


async def callback_address(url: str) -> str:
    """Where a browser on another machine ends: the callback, which it cannot reach."""
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as client:
        page = await client.get(url)
        for _ in range(20):
            target = page.headers.get("location")
            if target and "/callback?" in target:
                return target
            if target:
                page = await client.get(urljoin(str(page.url), target))
                continue
            form = first_form(page)
            assert form is not None, page.text
            filled = {"login": "ada", "password": "x"}
            fields = {name: filled.get(name, value) for name, value in form.fields.items()}
            page = await client.post(urljoin(str(page.url), form.action), data=fields)
    raise AssertionError("no callback came")


async def test_a_device_code_is_shown_and_entered_elsewhere(home: Home) -> None:
    person = UserAgent()
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        connecting = asyncio.create_task(keyfob.do("connect", server="notes", method="device-code"))
        await eventually(lambda: any(step.name == "code" for step in keyfob.steps), within=20)
        shown = dict(next(step for step in keyfob.steps if step.name == "code").details)
        assert shown["user_code"]
        assert float(shown["expires_at"]) > time.time()
        assert [step.name for step in keyfob.steps].count("code") == 1
        person.open(shown["verification_uri_complete"])
        async with asyncio.timeout(30):
            state = await connecting
        assert state.condition is AccountCondition.HEALTHY
        issued = await keyfob.token("client")
        async with keyfob.http_client("notes", issued.token) as client:
            result = await client.call_tool("whoami", {})
            assert "ada" in result.content[0].text  # type: ignore[union-attr]


async def test_a_device_sign_in_that_is_cancelled_leaves_nothing(home: Home) -> None:
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        connecting = asyncio.create_task(keyfob.do("connect", server="notes", method="device-code"))
        await eventually(lambda: any(step.name == "code" for step in keyfob.steps), within=20)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        assert (await keyfob.engine.status()).accounts == ()


async def test_a_callback_address_is_pasted_from_another_machine(home: Home) -> None:
    browser = UserAgent(opens=False)
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=browser) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        connecting = asyncio.create_task(keyfob.do("connect", server="notes", account="ada"))
        await eventually(lambda: bool(browser.urls), within=20)
        address = await callback_address(browser.urls[0])
        await keyfob.do("connect.paste", account="ada", address=address)
        async with asyncio.timeout(20):
            assert (await connecting).condition is AccountCondition.HEALTHY


@pytest.mark.parametrize(
    ("placement", "where", "stamped"),
    [
        ({"kind": "header", "name": "X-Api-Key", "template": "{key}"}, "x-api-key", KEY),
        ({"kind": "header", "name": "Authorization", "template": "Token {key}"},
         "authorization", f"Token {KEY}"),
        ({"kind": "basic", "username": "ada"}, "authorization",
         "Basic " + base64.b64encode(f"ada:{KEY}".encode()).decode()),
        ({"kind": "query", "name": "api_key"}, None, f"/mcp?api_key={KEY}"),
    ],
    ids=["header", "template", "basic", "query"],
)  # fmt: skip
async def test_an_api_key_stands_where_its_server_wants_it(
    home: Home, placement: dict[str, str], where: str | None, stamped: str
) -> None:
    async with (
        scripted_upstream(json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})) as upstream,
        running_engine(home) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do(
            "connect", server="one", method="api-key", secret=KEY, placement=placement,
            check_key=False,
        )  # fmt: skip
        issued = await keyfob.token("client")
        assert "result" in await call(keyfob, "one", issued.token)
        seen = upstream.requests[-1]
        assert (seen.header(where) if where else seen.target) == stamped
        assert issued.token not in repr(seen)
    assert KEY.encode() not in home.written()


async def test_a_key_of_two_parts_goes_up_in_both_places(home: Home) -> None:
    async with (
        scripted_upstream(json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})) as upstream,
        running_engine(home) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do(
            "connect",
            server="one",
            method="api-key",
            secret=KEY,
            placement={"kind": "header", "name": "X-Api-Key"},
            parts=[{"kind": "header", "name": "X-App-Key", "secret": f"{KEY}-2"}],
            check_key=False,
        )
        issued = await keyfob.token("client")
        assert "result" in await call(keyfob, "one", issued.token)
        seen = upstream.requests[-1]
    assert (seen.header("x-api-key"), seen.header("x-app-key")) == (KEY, f"{KEY}-2")


async def test_a_key_that_the_server_refuses_is_not_stored(home: Home) -> None:
    async with sdk_upstream(KEY) as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        with pytest.raises(UpstreamRefused):
            await keyfob.do("connect", server="one", method="api-key", secret="wrong")
        assert (await keyfob.engine.status()).accounts == ()
        state = await keyfob.do("connect", server="one", method="api-key", secret=KEY)
        assert state.condition is AccountCondition.HEALTHY


async def test_a_service_account_needs_no_person_now_or_later(home: Home) -> None:
    client = {
        "client_id": "robot",
        "client_secret": "the-robots-own-secret-of-some-length",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    async with (
        oidc_services(client) as provider,
        protected_metadata(provider.issuer) as upstream,
        running_engine(home) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        state = await keyfob.do(
            "connect", server="one", method="service-account", kind="client-credentials",
            secret=client["client_secret"], parameters={"client_id": "robot"},
        )  # fmt: skip
        assert state.condition is AccountCondition.HEALTHY
        first = (await keyfob.do("account.list"))[0].expires_at
        await keyfob.do("account.refresh", name="one")
        assert (await keyfob.do("account.list"))[0].expires_at >= first
        issued = await keyfob.token("client")
        assert "result" in await call(keyfob, "one", issued.token)
    assert b"the-robots-own-secret" not in home.written()


@dataclass
class ScopedServer:
    """Wants `tools:call` in the token's scope for every call."""

    issuer: str
    upstream: ScriptedUpstream | None = None
    needed: str = "tools:call"

    def respond(self, seen: Seen) -> Reply:
        assert self.upstream
        if seen.target.startswith("/.well-known/oauth-protected-resource"):
            return json_reply(
                {
                    "resource": self.upstream.url,
                    "authorization_servers": [self.issuer],
                    "scopes_supported": ["tools:list"],
                }
            )
        token = (seen.header("authorization") or "").removeprefix("Bearer ")
        if token.count(".") != 2:
            return challenge_reply(401, "Bearer")
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if self.needed not in str(claims.get("scope", "")).split():
            challenge = f'Bearer error="insufficient_scope", scope="{self.needed}"'
            return challenge_reply(403, "Negotiate", challenge)
        return json_reply({"jsonrpc": "2.0", "id": 1, "result": {"scope": claims["scope"]}})


@asynccontextmanager
async def scoped_server(issuer: str) -> AsyncGenerator[ScriptedUpstream]:
    server = ScopedServer(issuer)
    async with scripted_upstream(server.respond) as upstream:
        server.upstream = upstream
        yield upstream


@asynccontextmanager
async def protected_metadata(issuer: str) -> AsyncGenerator[ScriptedUpstream]:
    """A server that names its issuer and takes every Bearer token."""
    server = ScopedServer(issuer)

    def respond(seen: Seen) -> Reply:
        if (seen.header("authorization") or "").startswith("Bearer "):
            return json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})
        return server.respond(seen)

    async with scripted_upstream(respond) as upstream:
        server.upstream = upstream
        yield upstream


async def test_a_call_that_needs_more_scopes_asks_the_person_with_a_diff(home: Home) -> None:
    prompter = RecordingPrompter()
    async with (
        oidc_provider(scope="tools:call tools:list") as provider,
        scoped_server(provider.issuer) as upstream,
        running_engine(home, prompter, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one")
        issued = await keyfob.token("client")
        calling = asyncio.create_task(call(keyfob, "one", issued.token))
        prompt = await prompter.prompted()
        assert isinstance(prompt, SignInPrompt)
        assert "tools:list" in prompt.scopes
        assert prompt.more_scopes == ("tools:call",)
        prompter.answer(ALLOW)
        async with asyncio.timeout(30):
            answer = await calling
        assert "tools:call" in str(answer["result"])
        assert "tools:list" in str(answer["result"])
        assert len(prompter.asked) == 1


async def test_a_step_up_that_the_person_refuses_ends_in_an_error_and_keeps_the_account(
    home: Home,
) -> None:
    prompter = RecordingPrompter(DENY)
    async with (
        oidc_provider(scope="tools:call tools:list") as provider,
        scoped_server(provider.issuer) as upstream,
        running_engine(home, prompter, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one")
        issued = await keyfob.token("client")
        answer = await call(keyfob, "one", issued.token)
        assert answer["error"]["code"] == SignInNeeded.rpc_code  # type: ignore[index]
        [account] = await keyfob.do("account.list")
        assert account.condition is AccountCondition.HEALTHY


async def test_scopes_that_were_asked_for_before_are_not_asked_for_again(home: Home) -> None:
    prompter = RecordingPrompter()
    async with (
        oidc_provider(scope="tools:call tools:list") as provider,
        scripted_upstream(Reply(404)) as upstream,
        running_engine(home, prompter, browser=UserAgent()) as keyfob,
    ):
        server = ScopedServer(provider.issuer, upstream, needed="never:granted")
        upstream.respond = server.respond
        await keyfob.add("one", upstream.url)
        await keyfob.do("connect", server="one")
        issued = await keyfob.token("client")
        prompter.answer(Decision(True))
        first = await call(keyfob, "one", issued.token)
        asked = len(prompter.asked)
        second = await call(keyfob, "one", issued.token)
        assert "error" in first
        assert "error" in second
        assert len(prompter.asked) <= asked + 1


async def test_several_accounts_of_one_provider_live_beside_each_other(home: Home) -> None:
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
    ):
        for name in ("ada", "grace"):
            browser = UserAgent({"login": name, "password": "x"})
            async with running_engine(home, browser=browser) as keyfob:
                if name == "ada":
                    await keyfob.add("first", server.url)
                    await keyfob.add("second", server.url)
                where = "first" if name == "ada" else "second"
                await keyfob.do("connect", server=where, account=name)
        async with running_engine(home) as keyfob:
            states = await keyfob.do("account.list")
            assert {state.name for state in states} == {"ada", "grace"}
            issued = await keyfob.token("client")
            for where, person in (("first", "ada"), ("second", "grace")):
                async with keyfob.http_client(where, issued.token) as client:
                    result = await client.call_tool("whoami", {})
                    assert person in result.content[0].text  # type: ignore[union-attr]


async def test_disconnecting_revokes_at_the_issuer_and_erases_here(home: Home) -> None:
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
        running_engine(home, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("notes", server.url)
        await keyfob.do("connect", server="notes")
        told = await keyfob.do("account.disconnect", name="notes")
        assert told == {"note": None}
        [account] = await keyfob.do("account.list")
        assert account.condition is AccountCondition.NOT_CONNECTED


async def test_everything_moves_to_an_encrypted_file_and_back(home: Home) -> None:
    async with sdk_upstream(KEY) as upstream:
        async with running_engine(home) as keyfob:
            await keyfob.add("one", upstream.url)
            await keyfob.do("connect", server="one", method="api-key", secret=KEY)
            issued = await keyfob.token("client")
            moved = await keyfob.do(
                "store.move", to="encrypted-file", passphrase="a long passphrase of mine"
            )
            assert moved.moved >= 2
            async with keyfob.http_client("one", issued.token) as client:
                await client.list_tools()
        assert KEY.encode() not in home.written()
        prompter = RecordingPrompter(Decision(True, text="a long passphrase of mine"))
        async with running_engine(home, prompter) as keyfob:
            assert (await keyfob.do("store.show")).kind == "encrypted-file"
            async with keyfob.http_client("one", issued.token) as client:
                await client.list_tools()
            assert (await keyfob.do("audit.verify")).ok
            await keyfob.do("store.move", to="keychain")
            assert (await keyfob.do("store.show")).kind == "keychain"
            async with keyfob.http_client("one", issued.token) as client:
                await client.list_tools()
            assert (await keyfob.do("audit.verify")).ok


async def test_a_wrong_passphrase_is_said_and_the_right_one_opens(home: Home) -> None:
    right = "a long passphrase of mine"
    async with running_engine(home) as keyfob:
        await keyfob.do("store.move", to="encrypted-file", passphrase=right)
    async with running_engine(home, RecordingPrompter(DENY, attended=False)) as keyfob:
        with pytest.raises(Error):
            await keyfob.do("store.unlock", passphrase="not the right one")
        opened = await keyfob.do("store.unlock", passphrase=right)
        assert opened.condition == "ready"


async def test_a_move_from_a_locked_file_opens_it_with_the_passphrase_it_is_given(
    home: Home,
) -> None:
    right = "a long passphrase of mine"
    async with running_engine(home) as keyfob:
        await keyfob.do("store.move", to="encrypted-file", passphrase=right)
    async with running_engine(home, RecordingPrompter(attended=False)) as keyfob:
        with pytest.raises(StoreLocked):
            await keyfob.do("store.move", to="keychain", passphrase="not the right one")
        assert (await keyfob.do("store.show")).kind == "encrypted-file"
        await keyfob.do("store.move", to="keychain", passphrase=right)
        assert (await keyfob.do("store.show")).kind == "keychain"
        assert (await keyfob.do("audit.verify")).ok


async def test_a_provider_of_the_catalogue_is_known_by_its_address(home: Home) -> None:
    async with running_engine(home) as keyfob:
        listed = await keyfob.do("provider.list")
        assert len(listed) >= 30
        github = await keyfob.do("provider.show", id="github")
        assert github["scopes"]
        assert github["app"]
        home.paths.providers_file.write_text("[providers.mine]\nnonsense = 1\n")
    with pytest.raises(Error):
        async with running_engine(home):
            pass


async def test_a_server_without_s256_is_refused_unless_the_account_says_otherwise(
    home: Home,
) -> None:
    silent = Behaviour(metadata={"code_challenge_methods_supported": None})
    async with (
        authorization_server(silent) as server,
        running_engine(home, browser=UserAgent()) as keyfob,
    ):
        await keyfob.add("one", server.url)
        with pytest.raises(OAuthFailed):
            await keyfob.do("connect", server="one")
        state = await keyfob.do("connect", server="one", profile={"assume_s256": True})
        assert state.condition is AccountCondition.HEALTHY
