from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Profile, Registration, Token
from keyfob_core.oauth.device_code import GRANT_TYPE, DeviceGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.steps import DeviceCode, Step
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server

NOW = 1_800_000_000.0
PENDING = (400, {"error": "authorization_pending"})
SLOW_DOWN = (400, {"error": "slow_down"})
DROPPED: tuple[int, Mapping[str, object]] = (0, {})


@dataclass
class Run:
    """One sign-in, with a clock that only waiting moves."""

    http: HttpClient
    server: AuthorizationServer
    now: float = NOW
    pauses: list[float] = field(default_factory=list[float])
    shown: list[DeviceCode] = field(default_factory=list[DeviceCode])
    steps: list[Step] = field(default_factory=list[Step])
    held: asyncio.Event | None = None
    """Where it is set, waiting never ends."""

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if self.held:
            self.held.set()
            await asyncio.Event().wait()

    async def sign_in(self, **options: Any) -> Token:
        grant = DeviceGrant(self.http, clock=lambda: self.now, sleep=self.sleep)
        return await grant.authorize(
            self.server.url, progress=self.steps.append, show=self.shown.append, **options
        )


async def refusal(http: HttpClient, behaviour: Behaviour) -> tuple[OAuthFailed, Run]:
    async with authorization_server(behaviour) as server:
        run = Run(http, server)
        with pytest.raises(OAuthFailed) as refused:
            await run.sign_in()
    assert refused.value.hint
    assert "a-device-code" not in str(refused.value)
    return refused.value, run


async def test_a_person_is_shown_the_code_and_the_token_comes_when_they_have_entered_it(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(
        resource_metadata={"scopes_supported": ["a"]}, token_sequence=(PENDING, PENDING)
    )
    async with authorization_server(behaviour) as server:
        run = Run(http, server)
        token = await run.sign_in()

        assert run.shown == [
            DeviceCode(
                user_code="WDJB-MJHT",
                verification_uri=f"{server.origin}/activate",
                verification_uri_complete=f"{server.origin}/activate?user_code=WDJB-MJHT",
                expires_at=NOW + 900,
                interval=5.0,
            )
        ]
        assert run.pauses == [5, 5, 5]
        assert token == Token(
            access_token="an-access-token",
            refresh_token="a-refresh-token",
            scope="a",
            expires_at=NOW + 15 + 3600,
            obtained_at=NOW + 15,
            issuer=server.issuer,
            resource=server.url,
            origin=server.origin,
            token_endpoint=f"{server.origin}/token",
            revocation_endpoint=f"{server.origin}/revoke",
            userinfo_endpoint=f"{server.origin}/userinfo",
            registration=Registration(issuer=server.issuer, client_id="client-1"),
            requested_scope="a",
        )
        assert [step.name for step in run.steps] == ["discovery", "registration", "token"]


async def test_each_request_says_what_the_rfc_wants(http: HttpClient) -> None:
    async with authorization_server() as server:
        await Run(http, server).sign_in(scopes=("a", "b"))

    assert server.asked("/register")[0].document == {
        "client_name": "Keyfob",
        "application_type": "native",
        "redirect_uris": [],
        "grant_types": [GRANT_TYPE, "refresh_token"],
        "response_types": [],
        "token_endpoint_auth_method": "none",
        "scope": "a b",
    }
    assert server.asked("/device")[0].form == {
        "client_id": "client-1",
        "scope": "a b",
        "resource": server.url,
    }
    assert server.asked("/token")[0].form == {
        "grant_type": GRANT_TYPE,
        "device_code": "a-device-code",
        "client_id": "client-1",
        "resource": server.url,
    }


async def test_a_server_that_says_slow_down_is_asked_five_seconds_later_each_time(
    http: HttpClient,
) -> None:
    sequence = (PENDING, SLOW_DOWN, PENDING, SLOW_DOWN)
    async with authorization_server(Behaviour(token_sequence=sequence)) as server:
        run = Run(http, server)
        await run.sign_in()

    assert run.pauses == [5, 5, 10, 10, 15]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 428])
async def test_pending_counts_whatever_its_status_is(http: HttpClient, status: int) -> None:
    sequence = ((status, {"error": "authorization_pending"}), (status, {"error": "slow_down"}))
    async with authorization_server(Behaviour(token_sequence=sequence)) as server:
        run = Run(http, server)
        assert (await run.sign_in()).access_token

    assert run.pauses == [5, 5, 10]


@pytest.mark.parametrize(
    "blip", [DROPPED, (500, {}), (503, {"error": "access_denied"}), (429, {}), (502, {})]
)
async def test_a_network_that_fails_for_a_moment_costs_time_alone(
    http: HttpClient, blip: tuple[int, Mapping[str, object]]
) -> None:
    async with authorization_server(Behaviour(token_sequence=(blip, blip, PENDING))) as server:
        run = Run(http, server)
        assert (await run.sign_in()).access_token

    assert run.pauses == [5, 10, 20, 20]


async def test_a_storm_ends_with_the_life_of_the_code(http: HttpClient) -> None:
    behaviour = Behaviour(failing={"/token": 503}, device={"expires_in": 300})
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == "expired_token"
    assert max(run.pauses) == 60
    assert 300 <= run.now - NOW <= 360
    assert len(run.pauses) < 12


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", ["access_denied", "expired_token", "invalid_grant"])
async def test_a_final_answer_ends_the_wait(http: HttpClient, status: int, code: str) -> None:
    error, run = await refusal(http, Behaviour(token_sequence=(PENDING, (status, {"error": code}))))

    assert error.oauth_code == code
    assert run.pauses == [5, 5]


async def test_a_code_that_nobody_enters_runs_out(http: HttpClient) -> None:
    behaviour = Behaviour(token_sequence=(PENDING,) * 10, device={"expires_in": 12})
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == "expired_token"
    assert run.pauses == [5, 5, 5]


async def test_a_clock_that_slept_through_the_life_of_the_code_asks_once_more(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        run = Run(http, server)

        async def sleep(_: float) -> None:
            run.now += 100_000

        grant = DeviceGrant(http, clock=lambda: run.now, sleep=sleep)
        token = await grant.authorize(server.url, progress=run.steps.append, show=run.shown.append)

    assert token.access_token


async def test_cancelling_stops_the_asking(http: HttpClient) -> None:
    async with authorization_server() as server:
        run = Run(http, server, held=asyncio.Event())
        signing_in = asyncio.create_task(run.sign_in())
        assert run.held
        async with asyncio.timeout(5):
            await run.held.wait()
        signing_in.cancel()
        with pytest.raises(asyncio.CancelledError):
            await signing_in

    assert server.asked("/token") == []
    assert len(run.shown) == 1


@pytest.mark.parametrize(
    ("said", "interval"),
    [
        (None, 5),
        (0, 1),
        (2.5, 2.5),
        (-7, 1),
        (10**9, 60),
        ("3", 5),
        (True, 5),
        (float("inf"), 60),
        (float("nan"), 5),
        pytest.param(10**400, 60, id="no-float"),
    ],
)
async def test_the_interval_is_the_servers_within_what_can_be_meant(
    http: HttpClient, said: object, interval: float
) -> None:
    async with authorization_server(Behaviour(device={"interval": said})) as server:
        run = Run(http, server)
        await run.sign_in()

    assert run.shown[0].interval == interval
    assert run.pauses == [interval]


@pytest.mark.parametrize(
    ("said", "life"), [(None, 600), (0, 600), (60, 60), ("60", 60), (10**9, 3600), ("x", 600)]
)
async def test_the_life_of_the_code_has_an_end(http: HttpClient, said: object, life: float) -> None:
    async with authorization_server(Behaviour(device={"expires_in": said})) as server:
        run = Run(http, server)
        await run.sign_in()

    assert run.shown[0].expires_at == NOW + life


async def test_the_older_name_of_the_address_is_understood(http: HttpClient) -> None:
    device: dict[str, object] = {
        "verification_uri": None,
        "verification_url": "https://as.example/device",
        "verification_uri_complete": None,
    }
    async with authorization_server(Behaviour(device=device)) as server:
        run = Run(http, server)
        await run.sign_in()

    assert run.shown[0].verification_uri == "https://as.example/device"
    assert run.shown[0].verification_uri_complete is None


@pytest.mark.parametrize(
    ("device", "code"),
    [
        ({"device_code": None}, "bad_response"),
        ({"user_code": None}, "bad_response"),
        ({"verification_uri": None}, "bad_response"),
        ({"user_code": "A\u202eB"}, "bad_response"),
        ({"user_code": "A\x1b[2J"}, "bad_response"),
        ({"user_code": "A" * 65}, "bad_response"),
        ({"verification_uri": "javascript:alert(1)"}, "insecure_url"),
        ({"verification_uri": "file:///etc/passwd"}, "insecure_url"),
        ({"verification_uri": "http://as.example.com/device"}, "insecure_url"),
        ({"verification_uri": "https://as.example.com/\u202edevice"}, "insecure_url"),
        ({"verification_uri_complete": "javascript:alert(1)"}, "insecure_url"),
        ({"error": "invalid_scope"}, "invalid_scope"),
        ({"error": "device_flow_disabled"}, "device_flow_disabled"),
    ],
)
async def test_a_code_that_cannot_be_trusted_is_not_shown(
    http: HttpClient, device: dict[str, object], code: str
) -> None:
    error, run = await refusal(http, Behaviour(device=device))

    assert error.oauth_code == code
    assert run.shown == []
    assert run.pauses == []


@pytest.mark.parametrize("status", [404, 202, 307])
async def test_an_answer_of_another_kind_is_no_code(http: HttpClient, status: int) -> None:
    error, run = await refusal(http, Behaviour(device_status=status))

    assert error.oauth_code == "bad_response"
    assert run.shown == []


async def test_a_server_without_device_codes_says_so_and_nothing_is_registered(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(metadata={"device_authorization_endpoint": None})
    error, run = await refusal(http, behaviour)

    assert error.oauth_code == "device_code_unsupported"
    assert run.server.clients == []


async def test_a_device_endpoint_in_trouble_is_unreachable(http: HttpClient) -> None:
    async with authorization_server(Behaviour(failing={"/device": 503})) as server:
        with pytest.raises(UpstreamUnreachable):
            await Run(http, server).sign_in()


async def test_a_client_that_may_not_use_device_codes_registers_again_once(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(unknown_clients=("old",))) as server:
        kept = Registration(issuer=server.issuer, client_id="old")
        token = await Run(http, server).sign_in(registration=kept)

    assert token.registration.client_id == "client-1"
    assert [asked.form["client_id"] for asked in server.asked("/device")] == ["old", "client-1"]


async def test_a_client_that_is_known_to_be_forgotten_is_not_tried(http: HttpClient) -> None:
    async with authorization_server() as server:
        kept = Registration(issuer=server.issuer, client_id="old")
        token = await Run(http, server).sign_in(registration=kept, forgotten=True)

    assert token.registration.client_id == "client-1"
    assert [asked.form["client_id"] for asked in server.asked("/device")] == ["client-1"]


async def test_a_registration_made_for_the_code_grant_is_not_used(http: HttpClient) -> None:
    async with authorization_server() as server:
        kept = Registration(
            issuer=server.issuer, client_id="by-code", redirect_uri="http://127.0.0.1:5/callback"
        )
        token = await Run(http, server).sign_in(registration=kept)

    assert token.registration.client_id == "client-1"
    assert "by-code" not in str(server.seen)


async def test_a_brought_client_never_registers_and_shows_its_secret_to_both_endpoints(
    http: HttpClient,
) -> None:
    async with authorization_server() as server:
        mine = Registration(issuer="", client_id="mine", client_secret="s3cret", dynamic=False)
        token = await Run(http, server).sign_in(registration=mine)

    for path in ("/device", "/token"):
        assert server.asked(path)[0].headers["Authorization"].startswith("Basic ")
    assert server.clients == []
    assert token.registration.issuer == server.issuer
    assert token.registration.client_secret == "s3cret"


async def test_a_provider_without_metadata_is_spoken_to_as_its_entry_says(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(
        challenge=None,
        probe_status=404,
        resource_at=(),
        metadata_at=(),
        token_sequence=((200, {"error": "authorization_pending"}),),
        token={"scope": "repo,gist", "refresh_token": None, "expires_in": None},
    )
    async with authorization_server(behaviour) as server:
        profile = Profile(
            issuer="https://github.example/login/oauth",
            token_endpoint=f"{server.origin}/token",
            device_authorization_endpoint=f"{server.origin}/device",
            userinfo_endpoint=f"{server.origin}/userinfo",
            resource="omit",
        )
        token = await Run(http, server).sign_in(
            profile=profile, client_id="our-app", scopes=("repo", "gist")
        )

    assert token.issuer == "https://github.example/login/oauth"
    assert token.scope == "repo gist"
    assert token.resource is None
    assert "resource" not in server.asked("/device")[0].form
    assert "resource" not in server.asked("/token")[0].form
    assert server.asked("/device")[0].headers["Accept"] == "application/json"
    assert not [path for path in server.paths() if "authorization-server" in path]


async def test_no_secret_is_told_or_logged(
    http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with authorization_server(Behaviour(token_sequence=(PENDING,))) as server:
        run = Run(http, server)
        await run.sign_in()

    logged = [record.getMessage() for record in caplog.records]
    assert logged
    for text in [repr(run.steps), repr(run.shown), *logged]:
        for secret in ("a-device-code", "an-access-token", "a-refresh-token"):
            assert secret not in text
