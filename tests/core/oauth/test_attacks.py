"""What a hostile server, page or network tries against a sign-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import pytest_asyncio

from keyfob_core.errors import Error, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.device_code import DeviceGrant
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.registration import register
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.steps import DeviceCode
from support.authorization_server import (
    PROTECTED_RESOURCE,
    RFC8414,
    AuthorizationServer,
    Behaviour,
    authorization_server,
)
from support.eventually import eventually
from support.networks import NoNetwork
from support.oidc_provider import OidcProvider, oidc_provider
from support.protected_resource import protected_resource
from support.user_agent import UserAgent

NOW = 1_800_000_000.0
SIGN_IN_PATHS = (f"{PROTECTED_RESOURCE}/mcp", RFC8414, "/register", "/token")
DEVICE_PATHS = (f"{PROTECTED_RESOURCE}/mcp", RFC8414, "/register", "/device")
UNSAFE = ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://as.example.com")


@dataclass
class Victim:
    """A person who signs in by their browser or by device code, in a time without waiting."""

    http: HttpClient
    browser: UserAgent = field(default_factory=UserAgent)
    shown: list[DeviceCode] = field(default_factory=list[DeviceCode])
    now: float = NOW

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def by_browser(self, url: str, **options: Any) -> Token:
        grant = CodeGrant(
            self.http,
            browser=self.browser,
            clock=time.time,
            pages=CallbackPages.load(),
            wait_seconds=5,
        )
        return await grant.authorize(url, progress=lambda _: None, **options)

    async def by_device(self, url: str, **options: Any) -> Token:
        grant = DeviceGrant(self.http, clock=lambda: self.now, sleep=self.sleep)
        return await grant.authorize(
            url, progress=lambda _: None, show=self.shown.append, **options
        )


@pytest.fixture
def victim(http: HttpClient) -> Victim:
    return Victim(http)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncGenerator[OidcProvider, None]:
    async with oidc_provider() as running:
        yield running


@pytest.mark.parametrize("announces", [True, False])
async def test_an_attacker_who_lends_the_page_of_an_honest_server_gets_no_code(
    victim: Victim, announces: bool
) -> None:
    async with authorization_server() as honest:
        lending = {
            "authorization_endpoint": f"{honest.origin}/authorize",
            "authorization_response_iss_parameter_supported": announces,
        }
        async with authorization_server(Behaviour(metadata=lending)) as attacker:
            with pytest.raises(OAuthFailed) as refused:
                await victim.by_browser(attacker.url)

    assert refused.value.oauth_code == "issuer_mismatch"
    assert honest.origin in refused.value.message
    assert attacker.asked("/token") == []


async def test_an_attacker_who_claims_the_name_of_an_honest_server_is_not_believed(
    victim: Victim,
) -> None:
    async with authorization_server() as honest:
        posing = Behaviour(metadata={"issuer": honest.origin})
        async with authorization_server(posing) as attacker:
            with pytest.raises(OAuthFailed) as refused:
                await victim.by_browser(attacker.url)

    assert refused.value.oauth_code == "issuer_mismatch"
    assert attacker.clients == []
    assert honest.seen == []


async def test_the_registration_of_one_issuer_is_never_shown_to_another(victim: Victim) -> None:
    async with authorization_server() as honest, authorization_server() as attacker:
        first = await victim.by_browser(honest.url)
        secret = replace(first.registration, client_secret="s3cret", registration_access_token="m")
        second = await victim.by_browser(attacker.url, registration=secret)

    assert second.registration.issuer == attacker.issuer
    assert "s3cret" not in str(attacker.seen)


async def test_an_answer_to_another_sign_in_ends_this_one_without_a_token(victim: Victim) -> None:
    async with authorization_server() as server:
        victim.browser.opens = False
        first = asyncio.create_task(victim.by_browser(server.url))
        await eventually(lambda: len(victim.browser.urls) == 1)
        second = asyncio.create_task(victim.by_browser(server.url))
        await eventually(lambda: len(victim.browser.urls) == 2)
        asked = [parse_qs(urlsplit(url).query) for url in victim.browser.urls]
        answer = {"code": "a-code", "state": asked[0]["state"][0], "iss": server.issuer}
        injected = f"{asked[1]['redirect_uri'][0]}?{urlencode(answer)}"
        victim.browser.open(injected)

        with pytest.raises(OAuthFailed) as refused:
            await second
        assert refused.value.oauth_code == "state_mismatch"
        assert server.asked("/token") == []
        victim.browser.open(victim.browser.urls[0])
        assert (await first).access_token


async def test_a_code_that_was_not_asked_for_by_us_cannot_be_redeemed(
    http: HttpClient, provider: OidcProvider
) -> None:
    """The attacker's own code, slipped into our answer: its PKCE challenge is not ours."""

    class Slipping(UserAgent):
        async def __call__(self, url: str) -> bool:
            ours = parse_qs(urlsplit(url).query)["code_challenge"][0]
            return await super().__call__(url.replace(ours, "A" * 43))

    async with protected_resource(provider.issuer) as resource:
        with pytest.raises(OAuthFailed) as refused:
            await Victim(http, Slipping()).by_browser(resource.url)

    assert refused.value.oauth_code == "invalid_grant"


@pytest.mark.parametrize("path", ["/register", "/token"])
async def test_no_code_or_secret_follows_a_redirect(victim: Victim, path: str) -> None:
    async with authorization_server() as thief:
        redirecting = Behaviour(redirects={path: f"{thief.origin}{path}"})
        async with authorization_server(redirecting) as server:
            with pytest.raises(OAuthFailed):
                await victim.by_browser(server.url)

    assert thief.seen == []


@pytest.mark.parametrize("path", ["/register", "/device", "/token"])
async def test_no_device_code_follows_a_redirect(victim: Victim, path: str) -> None:
    async with authorization_server() as thief:
        redirecting = Behaviour(redirects={path: f"{thief.origin}{path}"})
        async with authorization_server(redirecting) as server:
            with pytest.raises(OAuthFailed):
                await victim.by_device(server.url)

    assert thief.seen == []


async def test_no_refresh_token_follows_a_redirect(victim: Victim) -> None:
    async with authorization_server() as thief, authorization_server() as server:
        token = await victim.by_browser(server.url)
        server.behaviour = Behaviour(redirects={"/token": f"{thief.origin}/token"})
        with pytest.raises(OAuthFailed) as refused:
            await TokenEndpoint(victim.http, time.time).refresh(token)

    assert refused.value.oauth_code == "bad_response"
    assert thief.seen == []


@pytest.mark.parametrize("path", [f"{PROTECTED_RESOURCE}/mcp", RFC8414])
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://10.0.0.1/", "{thief}"])
async def test_metadata_that_redirect_elsewhere_are_not_fetched_there(
    victim: Victim, path: str, target: str
) -> None:
    async with authorization_server() as thief:
        redirecting = Behaviour(redirects={path: target.replace("{thief}", thief.origin)})
        async with authorization_server(redirecting) as server:
            with pytest.raises(OAuthFailed) as refused:
                await victim.by_browser(server.url)

    assert refused.value.oauth_code == "bad_metadata"
    assert thief.seen == []
    assert victim.browser.urls == []


@pytest.mark.parametrize("what", ["register", "redeem", "look"])
async def test_a_public_server_cannot_send_us_to_this_machine(http: HttpClient, what: str) -> None:
    async with authorization_server() as server:
        found = replace(await discover(http, server.url), url="https://mcp.example.com/mcp")
        server.seen.clear()
        with pytest.raises(OAuthFailed) as refused:
            await _steps(http, found)[what]()

    assert refused.value.oauth_code == "insecure_url"
    assert server.seen == []


def _steps(http: HttpClient, found: Discovery) -> dict[str, Callable[[], Any]]:
    server, url = found.server, found.url
    us = Registration(issuer=server.issuer, client_id="us")
    return {
        "register": lambda: register(
            http, server, person_url=url, redirect_uri="http://127.0.0.1/callback", scope=None
        ),
        "redeem": lambda: TokenEndpoint(http, time.time).redeem(
            "authorization_code", found=found, registration=us, scope=None, code="c"
        ),
        "look": lambda: http.look("GET", server.authorization_endpoint or "", person_url=url),
    }


@pytest.mark.parametrize(
    "name",
    [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
        "userinfo_endpoint",
    ],
)
@pytest.mark.parametrize("address", UNSAFE)
async def test_an_endpoint_at_an_unsafe_address_ends_the_sign_in_before_it_begins(
    victim: Victim, name: str, address: str
) -> None:
    async with authorization_server(Behaviour(metadata={name: address})) as server:
        for way in (victim.by_browser, victim.by_device):
            with pytest.raises(OAuthFailed) as refused:
                await way(server.url)
            assert refused.value.oauth_code == "insecure_url"

    assert victim.browser.urls == []
    assert victim.shown == []
    assert server.clients == []


@pytest.mark.parametrize("path", SIGN_IN_PATHS)
async def test_an_answer_without_end_is_cut_off(victim: Victim, path: str) -> None:
    async with authorization_server(Behaviour(giant=(path,))) as server:
        with pytest.raises(OAuthFailed) as refused:
            await victim.by_browser(server.url)

    assert refused.value.oauth_code == "bad_response"


@pytest.mark.parametrize("path", SIGN_IN_PATHS)
async def test_an_answer_that_drips_is_not_waited_for(path: str) -> None:
    impatient = HttpClient(NoNetwork(), seconds=0.3)
    async with authorization_server(Behaviour(drips=(path,))) as server:
        began = time.monotonic()
        with pytest.raises(UpstreamUnreachable):
            await Victim(impatient).by_browser(server.url)

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", DEVICE_PATHS)
@pytest.mark.parametrize("how", ["giant", "drips"])
async def test_a_device_sign_in_is_not_held_up_either(path: str, how: str) -> None:
    behaviour = Behaviour(giant=(path,)) if how == "giant" else Behaviour(drips=(path,))
    impatient = HttpClient(NoNetwork(), seconds=0.3)
    async with authorization_server(behaviour) as server:
        person = Victim(impatient)
        with pytest.raises(Error):
            await person.by_device(server.url)

    assert person.shown == []


async def test_a_server_that_streams_for_ever_where_only_the_head_counts_is_left_alone(
    victim: Victim,
) -> None:
    async with authorization_server(Behaviour(drips=("/mcp",))) as server:
        assert (await victim.by_browser(server.url)).access_token


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize("path", SIGN_IN_PATHS)
async def test_a_storm_is_told_as_one_and_no_other_way_is_tried_meanwhile(
    victim: Victim, path: str, status: int
) -> None:
    async with authorization_server(Behaviour(failing={path: status})) as server:
        with pytest.raises(UpstreamUnreachable):
            await victim.by_browser(server.url)

    assert len(server.asked(path)) == 1
    assert server.paths()[-1] == path


@pytest.mark.parametrize("path", ["/mcp", "/authorize"])
async def test_a_storm_where_nothing_is_decided_costs_no_registration(
    victim: Victim, path: str
) -> None:
    async with authorization_server() as server:
        first = await victim.by_browser(server.url)
        server.behaviour = Behaviour(failing={path: 503})
        victim.browser.opens = False
        signing_in = asyncio.create_task(
            victim.by_browser(server.url, registration=first.registration)
        )
        await eventually(lambda: len(victim.browser.urls) == 2)
        server.behaviour = Behaviour()
        victim.browser.open(victim.browser.urls[1])
        second = await signing_in

    assert second.registration == first.registration
    assert server.clients == ["client-1"]


async def test_a_page_cannot_answer_for_the_person_in_the_background(victim: Victim) -> None:
    async with authorization_server() as server:
        victim.browser.opens = False
        signing_in = asyncio.create_task(victim.by_browser(server.url))
        await eventually(lambda: len(victim.browser.urls) == 1)
        asked = parse_qs(urlsplit(victim.browser.urls[0]).query)
        guess = f"{asked['redirect_uri'][0]}?code=evil&state=guess"
        async with httpx2.AsyncClient(verify=False, trust_env=False) as page:
            for headers in (
                {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
                {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
                {"Host": "rebound.example"},
            ):
                assert (await page.get(guess, headers=headers)).status_code == 400
        victim.browser.open(victim.browser.urls[0])

        assert (await signing_in).access_token
    assert "evil" not in str(server.seen)


def seen_secrets(server: AuthorizationServer) -> str:
    return str([(request.path, request.query, request.headers) for request in server.seen])


async def test_no_secret_of_ours_is_ever_in_an_address(victim: Victim) -> None:
    async with authorization_server() as server:
        token = await victim.by_browser(server.url)
        await TokenEndpoint(victim.http, time.time).refresh(token)

    forms = [request.form for request in server.asked("/token")]
    for secret in ("a-code", "a-refresh-token", forms[0]["code_verifier"]):
        assert secret in str(forms)
        assert secret not in seen_secrets(server)
