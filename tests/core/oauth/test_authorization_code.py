from __future__ import annotations

import asyncio
import gc
import logging
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.steps import Step
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server
from support.user_agent import UserAgent

NOW = 1_800_000_000.0


@dataclass
class Run:
    """One sign-in: who takes part, and what it told the person."""

    http: HttpClient
    server: AuthorizationServer
    browser: UserAgent = field(default_factory=UserAgent)
    steps: list[Step] = field(default_factory=list[Step])
    shown: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, step: Step) -> None:
        self.steps.append(step)
        if step.name == "browser":
            self.shown.set()

    async def sign_in(
        self,
        *,
        registration: Registration | None = None,
        forgotten: bool = False,
        client_id: str | None = None,
        challenge: str | None = None,
        wait_seconds: float = 5,
    ) -> Token:
        grant = CodeGrant(
            self.http,
            browser=self.browser,
            clock=lambda: NOW,
            pages=CallbackPages.load(),
            wait_seconds=wait_seconds,
        )
        return await grant.authorize(
            self.server.url,
            registration=registration,
            forgotten=forgotten,
            client_id=client_id,
            challenge=challenge,
            progress=self.tell,
        )

    def said(self, name: str) -> str:
        return " ".join(step.text for step in self.steps if step.name == name)


async def refusal(http: HttpClient, behaviour: Behaviour) -> tuple[OAuthFailed, Run]:
    async with authorization_server(behaviour) as server:
        run = Run(http, server)
        with pytest.raises(OAuthFailed) as refused:
            await run.sign_in()
        if run.browser.urls:
            page = await run.browser.last_page()
            assert page.status_code == 400
            assert "The sign-in did not work" in page.text
    assert "token" not in [step.name for step in run.steps]
    return refused.value, run


async def test_a_sign_in_says_each_step_and_the_token_holds_all_that_a_refresh_needs(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(resource_metadata={"scopes_supported": ["a", "b"]})
    async with authorization_server(behaviour) as server:
        run = Run(http, server)
        token = await run.sign_in()
        page = await run.browser.last_page()

        redirect_uri = parse_qs(urlsplit(run.browser.urls[0]).query)["redirect_uri"][0]
        assert token == Token(
            access_token="an-access-token",
            refresh_token="a-refresh-token",
            scope="a b",
            expires_at=NOW + 3600,
            obtained_at=NOW,
            issuer=server.issuer,
            resource=server.url,
            origin=server.origin,
            token_endpoint=f"{server.origin}/token",
            revocation_endpoint=f"{server.origin}/revoke",
            registration=Registration(
                issuer=server.issuer, client_id="client-1", redirect_uri=redirect_uri
            ),
            requested_scope="a b",
            userinfo_endpoint=f"{server.origin}/userinfo",
        )
        assert [(step.name, step.text) for step in run.steps] == [
            ("discovery", f"Discovered {server.issuer} as the authorization server."),
            ("registration", f"Registered Keyfob at {server.issuer} as client client-1."),
            ("browser", f"Opened the browser (PKCE S256): {run.browser.urls[0]}"),
            ("callback", f"{server.issuer} answered with a code."),
            (
                "token",
                f"Received a token for {server.url}, valid until 2027-01-15 09:00:00 UTC.",
            ),
        ]
    assert page.status_code == 200
    assert "You are signed in" in page.text


async def test_the_resource_goes_along_on_authorize_token_and_refresh_as_it_is_written(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(resource="{origin}/mcp/")) as server:
        run = Run(http, server)
        token = await run.sign_in()
        await TokenEndpoint(http, lambda: NOW).refresh(token)

    resource = f"{server.origin}/mcp/"
    assert server.asked("/authorize")[0].query["resource"] == resource
    assert [request.form["resource"] for request in server.asked("/token")] == [resource, resource]


async def test_the_code_is_redeemed_with_the_verifier_of_its_challenge(http: HttpClient) -> None:
    async with authorization_server() as server:
        await Run(http, server).sign_in()

    asked, redeemed = server.asked("/authorize")[0].query, server.asked("/token")[0].form
    assert redeemed.keys() == {
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "resource",
        "client_id",
    }
    assert redeemed["code"] == "a-code"
    assert redeemed["redirect_uri"] == asked["redirect_uri"]
    assert redeemed["client_id"] == asked["client_id"]


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(state="another"), "state_mismatch"),
        (Behaviour(state=""), "state_mismatch"),
        (Behaviour(repeats_code=True), "bad_response"),
        (Behaviour(iss="https://elsewhere.example"), "issuer_mismatch"),
        (Behaviour(iss="{origin}/"), "issuer_mismatch"),
        (Behaviour(iss=None), "issuer_mismatch"),
        (Behaviour(iss=None, error="access_denied"), "issuer_mismatch"),
        (Behaviour(iss="https://elsewhere.example", error="access_denied"), "issuer_mismatch"),
        (Behaviour(error="access_denied"), "access_denied"),
        (Behaviour(error="invalid_scope"), "invalid_scope"),
        (
            Behaviour(
                iss="https://elsewhere.example",
                metadata={"authorization_response_iss_parameter_supported": None},
            ),
            "issuer_mismatch",
        ),
    ],
)
async def test_an_answer_that_cannot_be_trusted_never_reaches_the_token_endpoint(
    http: HttpClient, behaviour: Behaviour, code: str
) -> None:
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == code
    assert error.hint
    assert run.server.asked("/token") == []


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(metadata={"code_challenge_methods_supported": None}), "pkce_unsupported"),
        (Behaviour(metadata={"code_challenge_methods_supported": ["plain"]}), "pkce_unsupported"),
        (Behaviour(metadata={"authorization_endpoint": "javascript:alert(1)"}), "insecure_url"),
        (Behaviour(metadata={"token_endpoint": "http://as.example.com/"}), "insecure_url"),
        (Behaviour(metadata={"issuer": "https://elsewhere.example"}), "issuer_mismatch"),
        (Behaviour(metadata={"registration_endpoint": None}), "registration_unavailable"),
        (Behaviour(resource="https://elsewhere.example/mcp"), "resource_mismatch"),
        (Behaviour(metadata_giant=True), "bad_response"),
    ],
)
async def test_a_server_that_cannot_be_trusted_never_gets_a_person_before_it(
    http: HttpClient, behaviour: Behaviour, code: str
) -> None:
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == code
    assert error.hint
    assert run.browser.urls == []
    assert run.server.clients == []


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(token_error={"error": "invalid_grant"}), "invalid_grant"),
        (Behaviour(token={"token_type": "mac"}), "bad_response"),
    ],
)
async def test_a_refused_code_is_shown_in_the_browser_too(
    http: HttpClient, behaviour: Behaviour, code: str
) -> None:
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == code
    page = await run.browser.last_page()
    assert run.server.issuer in page.text


async def test_a_token_endpoint_in_trouble_is_unreachable(http: HttpClient) -> None:
    async with authorization_server(Behaviour(token_status=502)) as server:
        run = Run(http, server)
        with pytest.raises(UpstreamUnreachable):
            await run.sign_in()
        assert (await run.browser.last_page()).status_code == 400


async def test_a_token_for_all_eternity_is_valid_until_the_server_says_otherwise(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(token={"expires_in": 9223372036854775})) as server:
        token = await Run(http, server).sign_in()

    assert token.expires_at is None


async def test_an_unadvertised_iss_may_be_missing(http: HttpClient) -> None:
    behaviour = Behaviour(
        iss=None, metadata={"authorization_response_iss_parameter_supported": False}
    )
    async with authorization_server(behaviour) as server:
        assert (await Run(http, server).sign_in()).access_token


async def test_an_endpoint_with_a_query_of_its_own_gets_each_parameter_once(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(
        metadata={
            "authorization_endpoint": "{origin}/authorize?tenant=x&resource=https://wrong",
            "token_endpoint": "{origin}/token?tenant=x&resource=https://wrong",
        }
    )
    async with authorization_server(behaviour) as server:
        run = Run(http, server)
        await run.sign_in()

    pairs = parse_qsl(urlsplit(run.browser.urls[0]).query)
    assert [value for name, value in pairs if name == "resource"] == [server.url]
    assert ("tenant", "x") in pairs
    assert server.asked("/token")[0].query == {"tenant": "x"}


async def test_without_a_browser_the_person_is_given_the_address_and_time(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        run = Run(http, server, UserAgent(opens=False))
        signing_in = asyncio.create_task(run.sign_in())
        async with asyncio.timeout(5):
            await run.shown.wait()
        assert "by hand" in run.said("browser")
        run.browser.open(run.said("browser").rpartition(" ")[2])

        assert (await signing_in).access_token


async def test_a_browser_that_breaks_is_not_waited_for(http: HttpClient) -> None:
    async def broken(_: str) -> bool:
        raise OSError("no display")

    async with authorization_server() as server:
        grant = CodeGrant(http, browser=broken, clock=lambda: NOW, pages=CallbackPages.load())
        with pytest.raises(OSError, match="no display"):
            await grant.authorize(server.url, progress=lambda _: None)


async def test_a_browser_that_runs_until_it_is_closed_does_not_hold_up_the_sign_in(
    http: HttpClient,
) -> None:
    agent = UserAgent()

    async def stays(url: str) -> bool:
        await agent(url)
        await asyncio.Event().wait()
        return True

    async with authorization_server() as server:
        grant = CodeGrant(http, browser=stays, clock=lambda: NOW, pages=CallbackPages.load())
        async with asyncio.timeout(5):
            assert (await grant.authorize(server.url, progress=lambda _: None)).access_token
        assert (await agent.last_page()).status_code == 200


async def test_a_person_who_never_comes_back_ends_the_wait(http: HttpClient) -> None:
    async with authorization_server() as server:
        run = Run(http, server, UserAgent(opens=False))
        with pytest.raises(OAuthFailed) as refused:
            await run.sign_in(wait_seconds=0.05)

    assert refused.value.oauth_code == "timed_out"


async def test_cancelling_a_sign_in_closes_its_listener(http: HttpClient) -> None:
    async with authorization_server() as server:
        run = Run(http, server, UserAgent(opens=False))
        signing_in = asyncio.create_task(run.sign_in())
        async with asyncio.timeout(5):
            await run.shown.wait()
        signing_in.cancel()
        with pytest.raises(asyncio.CancelledError):
            await signing_in

    redirect_uri = parse_qs(urlsplit(run.browser.urls[0]).query)["redirect_uri"][0]
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(redirect_uri)


async def test_a_kept_registration_is_used_on_the_port_it_was_made_with(http: HttpClient) -> None:
    async with authorization_server() as server:
        first = await Run(http, server).sign_in()
        run = Run(http, server)
        second = await run.sign_in(registration=first.registration)

    assert second.registration == first.registration
    assert server.clients == ["client-1"]
    assert "client-1" in run.said("registration")
    asked = [request.query["redirect_uri"] for request in server.asked("/authorize")]
    assert set(asked) == {first.registration.redirect_uri}


async def test_a_kept_registration_whose_port_is_taken_is_made_anew(http: HttpClient) -> None:
    async with authorization_server() as server:
        registration = Registration(
            issuer=server.issuer, client_id="old", redirect_uri=f"{server.origin}/callback"
        )
        token = await Run(http, server).sign_in(registration=registration)

    assert token.registration.client_id == "client-1"


@pytest.mark.parametrize(
    "change", [{"issuer": "https://elsewhere.example"}, {"client_secret_expires_at": 5}]
)
async def test_a_kept_registration_of_another_issuer_or_past_its_time_is_not_used(
    http: HttpClient, change: dict[str, str]
) -> None:
    async with authorization_server() as server:
        kept = Registration(
            issuer=server.issuer,
            client_id="old",
            client_secret="client-s3cret",
            redirect_uri="http://127.0.0.1:1/callback",
        )
        token = await Run(http, server).sign_in(registration=replace(kept, **change))

    assert token.registration.client_id == "client-1"
    assert "client-s3cret" not in str(server.seen)


@pytest.mark.parametrize("where", ["authorize", "token"])
async def test_a_client_that_the_server_forgot_registers_again_once(
    http: HttpClient, where: str
) -> None:
    async with authorization_server() as server:
        first = await Run(http, server).sign_in()
        if where == "token":
            server.behaviour = Behaviour(unknown_clients=("client-1",))
        else:
            server.behaviour = Behaviour(error="invalid_client")
        run = Run(http, server)
        if where == "token":
            second = await run.sign_in(registration=first.registration)
            assert second.registration.client_id == "client-2"
        else:
            with pytest.raises(OAuthFailed) as refused:
                await run.sign_in(registration=first.registration)
            assert refused.value.oauth_code == "invalid_client"

    assert server.clients == ["client-1", "client-2"]
    assert "registering once more" in run.said("registration")
    assert len(run.browser.urls) == 2


async def test_a_client_that_is_known_to_be_forgotten_is_not_shown_to_the_person_again(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        first = await Run(http, server).sign_in()
        server.behaviour = Behaviour(unknown_clients=("client-1",))
        run = Run(http, server)
        second = await run.sign_in(registration=first.registration, forgotten=True)

    assert second.registration.client_id == "client-2"
    assert len(run.browser.urls) == 1
    assert "client-1" not in run.browser.urls[0]


async def test_a_client_that_the_person_brought_is_never_taken_for_forgotten(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        own = Registration(issuer=server.issuer, client_id="mine", dynamic=False)
        found = await Run(http, server).sign_in(registration=own, forgotten=True)

    assert found.registration.client_id == "mine"
    assert server.clients == []


@pytest.mark.parametrize("status", [400, 401, 422])
async def test_an_error_page_for_a_kept_registration_is_seen_before_the_person_sees_it(
    http: HttpClient, status: int
) -> None:
    async with authorization_server() as server:
        first = await Run(http, server).sign_in()
        server.behaviour = Behaviour(authorize_status=status)
        run = Run(http, server, UserAgent(opens=False))
        with pytest.raises(OAuthFailed):
            await run.sign_in(registration=first.registration, wait_seconds=0.05)

    assert server.clients == ["client-1", "client-2"]
    assert parse_qs(urlsplit(run.browser.urls[0]).query)["client_id"] == ["client-2"]


async def test_a_fresh_registration_that_is_refused_is_not_repeated(http: HttpClient) -> None:
    error, run = await refusal(http, Behaviour(unknown_clients=("client-1",)))

    assert error.oauth_code == "invalid_client"
    assert run.server.clients == ["client-1"]


async def test_a_brought_client_id_never_registers_even_when_it_is_refused(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(unknown_clients=("mine",))) as server:
        with pytest.raises(OAuthFailed) as refused:
            await Run(http, server).sign_in(client_id="mine")

    assert refused.value.oauth_code == "invalid_client"
    assert server.clients == []


async def test_a_brought_client_id_needs_no_registration_endpoint_and_keeps_its_secret(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(metadata={"registration_endpoint": None})) as server:
        mine = Registration(
            issuer=server.issuer,
            client_id="mine",
            client_secret="client-s3cret",
            token_endpoint_auth_method="client_secret_basic",
            dynamic=False,
        )
        token = await Run(http, server).sign_in(client_id="mine", registration=mine)

    assert token.registration == mine
    assert server.asked("/token")[0].headers["Authorization"].startswith("Basic ")
    assert "client_secret" not in server.asked("/token")[0].form


async def test_no_secret_is_told_or_logged(
    http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with authorization_server() as server:
        run = Run(http, server)
        token = await run.sign_in()

    verifier = server.asked("/token")[0].form["code_verifier"]
    logged = [record.getMessage() for record in caplog.records]
    assert logged
    for text in [repr(run.steps), repr(token), *logged]:
        for secret in (verifier, "an-access-token", "a-refresh-token"):
            assert secret not in text


async def test_nothing_is_left_behind(http: HttpClient) -> None:
    async with authorization_server() as server:
        run = Run(http, server)
        await run.sign_in()
        await run.browser.last_page()
        gc.collect()
    tasks = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert not tasks
