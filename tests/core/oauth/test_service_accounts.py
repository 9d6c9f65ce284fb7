from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from keyfob_core.errors import ConfigInvalid, Error, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Profile, Token
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.key_files import github_app, google_service_account
from keyfob_core.oauth.service_accounts import Renewer, ServiceAccounts
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.renewals import (
    EnterpriseManaged,
    GitHubApp,
    Renewal,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)
from keyfob_core.steps import Step
from support.company import IDP_CLIENT, IDP_SECRET, MCP_CLIENT, MCP_SECRET, Company, company
from support.service_issuers import (
    JWT_BEARER,
    TOKEN_EXCHANGE,
    TOKEN_TYPE,
    Refused,
    ServiceIssuer,
    service_issuer,
    serving_application,
)
from support.signing_keys import ec_pem, public, rsa_pem, rsa_pkcs1_pem
from support.tokens import token

EMAIL = "robot@project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MCP = "http://127.0.0.1:9/mcp"
"""Never called: these issuers need no discovery."""


def quiet(_: Step) -> None:
    """A progress that nobody follows."""


async def first(
    http: HttpClient, renewal: Renewal, url: str = MCP, profile: Profile | None = None
) -> Token:
    services = ServiceAccounts(http, time.time)
    return await services.first_token(
        renewal, url=url, profile=profile or Profile(), progress=quiet
    )


def google_check(
    issuer: ServiceIssuer, _: web.Request, form: Mapping[str, str]
) -> Mapping[str, Any] | None:
    assert form["grant_type"] == JWT_BEARER
    assert set(form) == {"grant_type", "assertion"}
    try:
        claims = issuer.read(form["assertion"], public(rsa_pem()), "RS256", issuer.token_endpoint)
    except JoseError:
        raise Refused("invalid_grant", f"Invalid JWT Signature in {form['assertion']}") from None
    assert claims["iss"] == EMAIL
    return {"expires_in": 3599}


def google_file(issuer: ServiceIssuer, **members: object) -> str:
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "key-7",
            "private_key": rsa_pem(),
            "client_email": EMAIL,
            "token_uri": issuer.token_endpoint,
            **members,
        }
    )


async def test_a_google_key_file_buys_tokens_for_the_user_it_acts_for(http: HttpClient) -> None:
    async with service_issuer(google_check) as issuer:
        renewal = google_service_account(
            google_file(issuer), scopes=(SCOPE, "b"), subject="ada@example.com"
        )
        one = await first(http, renewal)
        two = await ServiceAccounts(http, time.time).renew(one)
        header = json.loads(_decoded(issuer.forms[0]["assertion"].split(".")[0]))

    assert [claims["sub"] for claims in issuer.claims] == ["ada@example.com"] * 2
    assert issuer.claims[0]["scope"] == f"{SCOPE} b"
    assert header == {"typ": "JWT", "alg": "RS256", "kid": "key-7"}
    assert (one.access_token, two.access_token, two.generation) == ("access-1", "access-2", 2)
    assert one.expires_at == pytest.approx(time.time() + 3599, abs=5)
    assert (one.origin, one.resource, one.token_type) == ("http://127.0.0.1:9", None, "Bearer")


async def test_without_a_subject_google_is_told_none(http: HttpClient) -> None:
    async with service_issuer(google_check) as issuer:
        await first(http, google_service_account(google_file(issuer), scopes=(SCOPE,)))

    assert "sub" not in issuer.claims[0]


async def test_an_issuer_that_says_our_assertion_back_does_not_get_it_into_an_error(
    http: HttpClient,
) -> None:
    async with service_issuer(google_check) as issuer:
        renewal = google_service_account(google_file(issuer), scopes=(SCOPE,))
        with pytest.raises(OAuthFailed) as refused:
            await first(http, replace(renewal, private_key=rsa_pkcs1_pem()))

    assert refused.value.oauth_code == "invalid_grant"
    assert issuer.forms[0]["assertion"] not in str(refused.value)
    assert "[secret]" in str(refused.value)


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_trouble_that_passes_is_told_from_a_refusal(http: HttpClient, status: int) -> None:
    async with service_issuer(google_check) as issuer:
        issuer.status = status
        with pytest.raises(UpstreamUnreachable):
            await first(http, google_service_account(google_file(issuer), scopes=(SCOPE,)))


class GitHub:
    """The one endpoint of GitHub's API that sells installation tokens."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.answer: tuple[int, Mapping[str, object]] = (
            201,
            {
                "token": "ghs_installation",
                "expires_at": "2033-05-18T03:33:20Z",
                "permissions": {"issues": "write", "contents": "read"},
            },
        )

    async def sell(self, request: web.Request) -> web.Response:
        scheme, _, signed = request.headers["Authorization"].partition(" ")
        claims = jwt.decode(signed, public(rsa_pkcs1_pem()), algorithms=["RS256"]).claims
        assert (scheme, claims["iss"]) == ("Bearer", "12345")
        assert claims["iat"] < time.time() - 30
        assert claims["exp"] - claims["iat"] <= 600
        assert request.headers["Accept"] == "application/vnd.github+json"
        self.bodies.append(await request.json())
        status, document = self.answer
        return web.json_response({"echo": signed, **document}, status=status)


@asynccontextmanager
async def github() -> AsyncGenerator[tuple[GitHub, GitHubApp], None]:
    server = GitHub()
    application = web.Application()
    application.router.add_post("/api/v3/app/installations/678/access_tokens", server.sell)
    async with serving_application(application) as origin:
        yield (
            server,
            github_app(
                rsa_pkcs1_pem(),
                app_id="12345",
                installation_id="678",
                api_url=f"{origin}/api/v3/",
            ),
        )


async def test_a_github_app_buys_installation_tokens(http: HttpClient) -> None:
    async with github() as (server, renewal):
        one = await first(http, renewal)
        two = await ServiceAccounts(http, time.time).renew(
            replace(one, renewal=replace(renewal, repositories=("a", "b")))
        )

    assert one.access_token == "ghs_installation"
    assert one.expires_at == 2_000_000_000.0
    assert one.scope == "contents:read issues:write"
    assert (one.generation, two.generation) == (1, 2)
    assert server.bodies == [{}, {"repositories": ["a", "b"]}]


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (401, "A JSON web token could not be decoded", "invalid_client"),
        (404, "Not Found", "invalid_grant"),
        (422, "There is at least one repository that does not exist", "invalid_request"),
    ],
)
async def test_what_github_refuses_is_said(
    http: HttpClient, status: int, message: str, code: str
) -> None:
    async with github() as (server, renewal):
        server.answer = (status, {"message": message})
        with pytest.raises(OAuthFailed) as refused:
            await first(http, renewal)

    assert refused.value.oauth_code == code
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, {"message": "You have exceeded a secondary rate limit."}), UpstreamUnreachable),
        ((201, {"token": "ghs_x"}), OAuthFailed),
        ((201, {"expires_at": "2033-05-18T03:33:20Z"}), OAuthFailed),
        ((200, {"token": "ghs_x", "expires_at": "2033-05-18T03:33:20Z"}), OAuthFailed),
    ],
    ids=["rate limit", "no expiry", "no token", "another status"],
)
async def test_no_odd_answer_of_github_becomes_a_token(
    http: HttpClient, answer: tuple[int, Mapping[str, object]], error: type[Error]
) -> None:
    async with github() as (server, renewal):
        server.answer = answer
        with pytest.raises(error):
            await first(http, renewal)


def workload_check(
    issuer: ServiceIssuer, _: web.Request, form: Mapping[str, str]
) -> Mapping[str, Any] | None:
    held = form.get("client_assertion") or form.get("assertion") or form["subject_token"]
    claims = jwt.decode(held, public(ec_pem()), algorithms=["ES256"]).claims
    issuer.claims.append(dict(claims))
    return None


def platform_token(number: int) -> str:
    key = ECKey.import_key(ec_pem())
    return jwt.encode({"alg": "ES256"}, {"sub": "pod", "number": number}, key)


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (
            WorkloadUse.CLIENT_ASSERTION,
            {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            },
        ),
        (WorkloadUse.ASSERTION, {"grant_type": JWT_BEARER}),
        (
            WorkloadUse.SUBJECT_TOKEN,
            {
                "grant_type": TOKEN_EXCHANGE,
                "subject_token_type": f"{TOKEN_TYPE}jwt",
                "requested_token_type": f"{TOKEN_TYPE}access_token",
            },
        ),
    ],
)
async def test_a_workload_s_token_is_read_anew_for_each_renewal(
    http: HttpClient, tmp_path: Path, use: WorkloadUse, expected: dict[str, str]
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{platform_token(1)}\n")
    async with service_issuer(workload_check) as issuer:
        renewal = WorkloadIdentity(
            token_file=str(file), use=use, client_id="pod-client", audience="api://mcp"
        )
        one = await first(http, renewal, f"{issuer.origin}/mcp")
        file.write_text(platform_token(2))
        two = await ServiceAccounts(http, time.time).renew(one)

    assert [claims["number"] for claims in issuer.claims] == [1, 2]
    assert issuer.forms[0].items() >= expected.items()
    common = {
        "client_id": "pod-client",
        "audience": "api://mcp",
        "scope": "tools:call",
        "resource": f"{issuer.origin}/mcp",
    }
    assert issuer.forms[1].items() >= common.items()
    assert (two.access_token, two.generation) == ("access-2", 2)


async def test_a_workload_s_token_that_is_away_for_a_moment_costs_nothing(
    http: HttpClient, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    renewal = WorkloadIdentity(token_file=str(file))
    held = replace(token(refresh=None), renewal=renewal)
    services = ServiceAccounts(http, time.time)
    with pytest.raises(ConfigInvalid) as missing:
        await services.renew(held)
    file.write_text(" \n")
    with pytest.raises(ConfigInvalid) as empty:
        await services.renew(held)
    file.write_bytes(b"s3cret \xff")
    with pytest.raises(ConfigInvalid) as binary:
        await services.renew(held)

    assert {error.value.field for error in (missing, empty, binary)} == {"token_file"}
    assert "s3cret" not in str(binary.value)
    assert binary.value.__context__ is None


async def test_a_token_file_has_to_have_an_absolute_path(http: HttpClient) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        await first(http, WorkloadIdentity(token_file="token"))
    assert refused.value.field == "token_file"


def managed(at: Company, **changes: Any) -> EnterpriseManaged:
    renewal = EnterpriseManaged(
        idp_token_endpoint=at.idp.token_endpoint,
        idp_client=ServiceClient(client_id=IDP_CLIENT, secret=IDP_SECRET),
        client=ServiceClient(client_id=MCP_CLIENT, secret=MCP_SECRET),
    )
    return replace(renewal, **changes)


async def managed_first(http: HttpClient, at: Company, **changes: Any) -> Token:
    return await first(http, managed(at, **changes), f"{at.mcp.origin}/mcp")


async def test_a_company_s_sign_in_becomes_a_token_for_the_server(http: HttpClient) -> None:
    async with company() as at:
        found = await managed_first(http, at, id_token=at.id_token())

    assert at.idp.forms[0]["audience"] == at.mcp.origin
    assert at.idp.forms[0]["resource"] == f"{at.mcp.origin}/mcp"
    assert at.idp.forms[0]["subject_token_type"] == f"{TOKEN_TYPE}id_token"
    assert (found.access_token, found.scope) == ("access-1", "tools:call")
    assert (found.issuer, found.token_endpoint) == (at.mcp.origin, at.mcp.token_endpoint)
    assert found.origin == at.mcp.origin


async def test_an_id_token_alone_serves_until_it_expires_and_then_nobody_is_asked(
    http: HttpClient,
) -> None:
    async with company() as at:
        one = await managed_first(http, at, id_token=at.id_token(seconds=300))
        assert (await ServiceAccounts(http, lambda: time.time() + 200).renew(one)).generation == 2
        asked = len(at.idp.forms)
        with pytest.raises(OAuthFailed) as over:
            await ServiceAccounts(http, lambda: time.time() + 301).renew(one)

    assert over.value.oauth_code == "invalid_grant"
    assert len(at.idp.forms) == asked


async def test_an_id_token_for_somebody_else_is_refused_by_the_identity_provider(
    http: HttpClient,
) -> None:
    async with company() as at:
        other = at.id_token(audience="another-client")
        with pytest.raises(OAuthFailed) as refused:
            await managed_first(http, at, id_token=other)

    assert refused.value.oauth_code == "invalid_grant"
    assert other not in str(refused.value)
    assert at.mcp.forms == []


async def test_the_identity_provider_s_rotated_token_is_handed_back_before_it_is_needed(
    http: HttpClient,
) -> None:
    async with company() as at:
        one = await managed_first(http, at, refresh_token="idp-refresh-1")
        later = ServiceAccounts(http, lambda: time.time() + 300)
        half = await later.renew(one)
        assert isinstance(half.renewal, EnterpriseManaged)
        at.mcp.status = 503
        with pytest.raises(UpstreamUnreachable):
            await later.renew(half)
        at.mcp.status = 200
        two = await later.renew(half)

    assert (half.generation, half.access_token) == (one.generation, one.access_token)
    assert half.renewal.refresh_token == at.refresh_token == "idp-refresh-3"
    assert two.generation == 2
    assert two.renewal == half.renewal


async def test_a_clock_that_jumps_buys_one_id_token_a_renewal_and_not_more(
    http: HttpClient,
) -> None:
    async with company() as at:
        one = await managed_first(http, at, refresh_token="idp-refresh-1")
        past = ServiceAccounts(http, lambda: 1000.0)
        half = await past.renew(one)
        two = await past.renew(half)

    assert two.generation == 2
    assert at.refresh_token == "idp-refresh-3"


async def test_a_refresh_token_may_itself_be_what_is_exchanged(http: HttpClient) -> None:
    kind = SubjectToken.REFRESH_TOKEN
    async with company() as at:
        found = await managed_first(http, at, refresh_token="idp-refresh-1", subject_kind=kind)

    assert [form["grant_type"] for form in at.idp.forms] == [TOKEN_EXCHANGE]
    assert at.idp.forms[0]["subject_token_type"] == f"{TOKEN_TYPE}refresh_token"
    assert found.access_token == "access-1"


async def test_another_token_than_an_id_jag_is_sent_nowhere(http: HttpClient) -> None:
    async with company() as at:
        at.issued_type = f"{TOKEN_TYPE}access_token"
        with pytest.raises(OAuthFailed) as refused:
            await managed_first(http, at, id_token=at.id_token())

    assert refused.value.oauth_code == "bad_response"
    assert at.mcp.forms == []


async def test_a_company_s_refusal_names_no_secret(http: HttpClient) -> None:
    async with company() as at:
        with pytest.raises(OAuthFailed) as refused:
            await managed_first(http, at, id_token="s3cret-id-token")

    assert refused.value.oauth_code == "invalid_grant"
    assert "[secret]" in str(refused.value)
    assert "s3cret" not in str(refused.value)


async def test_without_anything_of_the_identity_provider_s_nothing_is_asked(
    http: HttpClient,
) -> None:
    async with company() as at:
        with pytest.raises(ConfigInvalid):
            await managed_first(http, at)
        kind = SubjectToken.REFRESH_TOKEN
        with pytest.raises(ConfigInvalid):
            await managed_first(http, at, id_token=at.id_token(), subject_kind=kind)

    assert at.idp.forms == []


async def test_a_renewal_goes_to_no_private_address_that_a_public_server_names(
    http: HttpClient, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret")
    async with service_issuer(workload_check) as issuer:
        held = replace(
            token(refresh=None),
            token_endpoint=issuer.token_endpoint,
            renewal=WorkloadIdentity(token_file=str(file)),
        )
        with pytest.raises(OAuthFailed) as refused:
            await ServiceAccounts(http, time.time).renew(held)

    assert refused.value.oauth_code == "insecure_url"
    assert issuer.forms == []


async def test_no_secret_is_logged_or_shown(
    http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        service_issuer(google_check) as google,
        github() as (_, app),
        company() as at,
    ):
        found = [
            await first(http, google_service_account(google_file(google), scopes=(SCOPE,))),
            await first(http, app),
            await managed_first(http, at, refresh_token="idp-refresh-1"),
        ]
        sent = [*google.forms, *at.idp.forms, *at.mcp.forms]

    names = ("assertion", "subject_token", "refresh_token", "client_secret")
    marked = {form[name] for form in sent for name in names if name in form}
    marked |= {IDP_SECRET, rsa_pem(), "ghs_installation", "PRIVATE KEY", at.refresh_token}
    marked |= {one.access_token for one in found}
    assert len(marked) >= 10
    shown = caplog.text + repr(found)
    assert "127.0.0.1" in shown
    assert [secret for secret in marked if secret in shown] == []


async def test_the_renewer_sends_each_token_its_own_way(http: HttpClient) -> None:
    asked: list[Token] = []

    class Endpoint:
        async def refresh(self, token: Token) -> Token:
            asked.append(token)
            return token

    async with github() as (_, renewal):
        renewer = Renewer(Endpoint(), ServiceAccounts(http, time.time))
        app = await first(http, renewal)
        assert (await renewer.refresh(app)).generation == 2
        assert await renewer.refresh(token()) == token()
    assert asked == [token()]


async def test_a_token_with_nothing_to_renew_it_is_dead_without_asking(http: HttpClient) -> None:
    services = ServiceAccounts(http, time.time)
    with pytest.raises(OAuthFailed) as refused:
        await Renewer(TokenEndpoint(http, time.time), services).refresh(token(refresh=None))
    assert refused.value.oauth_code == "invalid_grant"
    with pytest.raises(OAuthFailed) as dead:
        await services.renew(token())
    assert dead.value.oauth_code == "invalid_grant"


async def test_renewals_at_one_time_do_not_share_an_assertion(http: HttpClient) -> None:
    async with service_issuer(google_check) as issuer:
        renewal = google_service_account(google_file(issuer), scopes=(SCOPE,))
        one = await first(http, renewal)
        services = ServiceAccounts(http, time.time)
        await asyncio.gather(*(services.renew(one) for _ in range(5)))

    assert issuer.grants == 6


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
