from __future__ import annotations

import pytest
from aiohttp import web

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Profile
from keyfob_core.oauth.discovery import discover, resource_metadata_urls, server_metadata_urls
from keyfob_core.oauth.http import HttpClient
from support.authorization_server import (
    OIDC,
    PROTECTED_RESOURCE,
    RFC8414,
    Behaviour,
    authorization_server,
)
from support.service_issuers import serving_application

PATH_INSERTED = f"{PROTECTED_RESOURCE}/mcp"


def test_resource_metadata_is_looked_for_where_it_is_said_to_be_then_by_path_then_at_the_root() -> (
    None
):
    assert resource_metadata_urls("https://a.example/x/mcp", "https://b.example/prm") == (
        "https://b.example/prm",
        "https://a.example/.well-known/oauth-protected-resource/x/mcp",
        "https://a.example/.well-known/oauth-protected-resource",
    )
    assert resource_metadata_urls("https://a.example/") == (
        "https://a.example/.well-known/oauth-protected-resource",
    )


def test_server_metadata_is_looked_for_in_the_order_of_the_specification() -> None:
    assert server_metadata_urls("https://a.example/tenant") == (
        "https://a.example/.well-known/oauth-authorization-server/tenant",
        "https://a.example/.well-known/openid-configuration/tenant",
        "https://a.example/tenant/.well-known/openid-configuration",
    )
    assert server_metadata_urls("https://a.example/") == (
        "https://a.example/.well-known/oauth-authorization-server",
        "https://a.example/.well-known/openid-configuration",
    )


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_refused_candidate_leads_to_the_next_one(http: HttpClient, status: int) -> None:
    behaviour = Behaviour(
        absent_status=status,
        resource_at=(PROTECTED_RESOURCE,),
        resource="{origin}",
        issuer_path="/tenant",
        metadata_at=(f"/tenant{OIDC}",),
    )
    async with authorization_server(behaviour) as server:
        found = await discover(http, server.url)

    assert found.server.issuer == server.issuer
    assert found.resource.resource == server.origin
    assert server.paths() == [
        "/mcp",
        PATH_INSERTED,
        PROTECTED_RESOURCE,
        f"{RFC8414}/tenant",
        f"{OIDC}/tenant",
        f"/tenant{OIDC}",
    ]


@pytest.mark.parametrize("probe_status", [200, 400, 401, 500])
async def test_a_server_without_a_challenge_is_found_by_its_well_known_address(
    http: HttpClient, probe_status: int
) -> None:
    behaviour = Behaviour(challenge=None, probe_status=probe_status)
    async with authorization_server(behaviour) as server:
        found = await discover(http, server.url)

    assert found.server.issuer == server.issuer


@pytest.mark.parametrize("status", [404, 405])
async def test_a_server_that_only_streams_is_asked_for_its_challenge_there(
    http: HttpClient, status: int
) -> None:
    behaviour = Behaviour(
        streams_only=status,
        challenge='Bearer resource_metadata="{origin}/elsewhere"',
        resource_at=("/elsewhere",),
    )
    async with authorization_server(behaviour) as server:
        found = await discover(http, server.url)

    assert found.server.issuer == server.issuer
    assert [(seen.method, seen.path) for seen in server.seen[:3]] == [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("GET", "/elsewhere"),
    ]


async def test_a_known_challenge_spares_the_probe_and_its_scope_counts(http: HttpClient) -> None:
    behaviour = Behaviour(
        resource_at=("/elsewhere",),
        resource_metadata={"scopes_supported": ["of-the-resource"]},
        metadata={"scopes_supported": ["offline_access"]},
    )
    async with authorization_server(behaviour) as server:
        metadata_url = f"{server.origin}/elsewhere"
        challenge = f'Basic, Bearer scope="one two", resource_metadata="{metadata_url}"'
        found = await discover(http, server.url, challenge=challenge)

    assert server.paths() == ["/elsewhere", RFC8414]
    assert found.scope(()) == "one two offline_access"
    assert found.scope(("mine",)) == "mine"


@pytest.mark.parametrize(
    ("resource_scopes", "server_scopes", "expected"),
    [
        (["a", "b"], None, "a b"),
        (["a"], ["offline_access", "a"], "a offline_access"),
        (["offline_access"], ["offline_access"], "offline_access"),
        (None, ["offline_access"], None),
    ],
)
async def test_without_a_challenged_scope_the_resource_decides(
    http: HttpClient,
    resource_scopes: list[str] | None,
    server_scopes: list[str] | None,
    expected: str | None,
) -> None:
    behaviour = Behaviour(
        resource_metadata={"scopes_supported": resource_scopes},
        metadata={"scopes_supported": server_scopes},
    )
    async with authorization_server(behaviour) as server:
        found = await discover(http, server.url)

    assert found.scope(()) == expected


@pytest.mark.parametrize("resource", ["{origin}/mcp", "{origin}/mcp/", "{origin}/", "{origin}"])
async def test_a_resource_that_covers_the_server_is_kept_as_it_is_written(
    http: HttpClient, resource: str
) -> None:
    async with authorization_server(Behaviour(resource=resource)) as server:
        found = await discover(http, server.url)

        assert found.resource.resource == resource.replace("{origin}", server.origin)


@pytest.mark.parametrize(
    "resource",
    [
        "https://elsewhere.example/mcp",
        "{origin}/mc",
        "{origin}/mcp/deeper",
        "{origin}/other",
        "{origin}/mcp?tenant=2",
        "{origin}/mcp#x",
        "{origin}.evil.example/mcp",
        "mcp",
    ],
)
async def test_a_foreign_resource_is_refused(http: HttpClient, resource: str) -> None:
    async with authorization_server(Behaviour(resource=resource)) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url)

    assert refused.value.oauth_code == "resource_mismatch"
    assert RFC8414 not in server.paths()


@pytest.mark.parametrize(
    "named", ["https://elsewhere.example", "{origin}/tenant", "{origin}//", "HTTP://x", None]
)
async def test_metadata_of_another_issuer_is_not_used(http: HttpClient, named: str | None) -> None:
    async with authorization_server(Behaviour(metadata={"issuer": named})) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url)

    assert refused.value.oauth_code == "issuer_mismatch"


async def test_a_document_of_somebody_else_leads_to_the_next_candidate(http: HttpClient) -> None:
    async def root_at_every_path(request: web.Request) -> web.Response:
        path = request.path
        if path == f"/tenant{OIDC}":
            return web.json_response(described(f"{origin}/tenant"))
        if path.startswith(RFC8414):
            return web.json_response(described(origin))
        if path == PATH_INSERTED:
            return web.json_response({"error": "not_found"})
        if path == PROTECTED_RESOURCE:
            said = {"resource": origin, "authorization_servers": [f"{origin}/tenant"]}
            return web.json_response(said)
        return web.Response(status=404)

    def described(issuer: str) -> dict[str, str]:
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
        }

    application = web.Application()
    application.router.add_get("/{path:.*}", root_at_every_path)
    async with serving_application(application) as origin:
        found = await discover(http, f"{origin}/mcp", challenge="")

    assert found.server.token_endpoint == f"{origin}/tenant/token"
    assert found.resource.resource == origin


@pytest.mark.parametrize("document", [{"resource": "api://somebody"}, {"resource": 7}])
async def test_what_an_entry_does_not_need_stops_no_sign_in(
    http: HttpClient, document: dict[str, object]
) -> None:
    entry = Profile(issuer="https://as.example.com", token_endpoint="https://as.example.com/token")
    async with authorization_server(Behaviour(resource_metadata=document)) as server:
        found = await discover(http, server.url, profile=entry)

    assert found.server.issuer == "https://as.example.com"
    assert found.resource_parameter == server.url


async def test_the_slash_behind_a_bare_host_is_forgiven_and_the_metadata_names_the_issuer(
    http: HttpClient,
) -> None:
    async with authorization_server(Behaviour(authorization_servers=("{origin}/",))) as server:
        found = await discover(http, server.url)

    assert found.server.issuer == server.origin


async def test_the_slash_behind_a_path_is_not_forgiven(http: HttpClient) -> None:
    behaviour = Behaviour(
        issuer_path="/tenant",
        authorization_servers=("{origin}/tenant/",),
        metadata_at=(f"{RFC8414}/tenant",),
    )
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url)

    assert refused.value.oauth_code == "issuer_mismatch"


@pytest.mark.parametrize(
    "metadata",
    [
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://as.example.com/authorize"},
        {"authorization_endpoint": "https://as.example.com/a b"},
        {"authorization_endpoint": "https://as.example.com/\x1b[2J"},
        {"token_endpoint": "http://as.example.com/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"registration_endpoint": "http://as.example.com/register"},
        {"revocation_endpoint": "data:text/plain,x"},
    ],
)
async def test_an_endpoint_at_an_unsafe_address_is_refused(
    http: HttpClient, metadata: dict[str, object]
) -> None:
    async with authorization_server(Behaviour(metadata=metadata)) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url)

    assert refused.value.oauth_code == "insecure_url"


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(resource_at=(), absent_status=302),
        Behaviour(metadata_at=()),
        Behaviour(absent_status=200, resource_at=()),
        Behaviour(authorization_servers=()),
        Behaviour(authorization_servers=("{origin}?x=1",)),
        Behaviour(resource_metadata={"resource": 7}),
        Behaviour(metadata={"token_endpoint": None}),
        Behaviour(metadata={"authorization_endpoint": ["x"]}),
    ],
)
async def test_metadata_that_is_missing_or_unusable_is_said_to_be_so(
    http: HttpClient, behaviour: Behaviour
) -> None:
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url)

    assert refused.value.oauth_code == "bad_metadata"
    assert refused.value.hint


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_server_in_trouble_is_unreachable_and_no_further_candidate_is_asked(
    http: HttpClient, status: int
) -> None:
    async with authorization_server(Behaviour(metadata_status=status)) as server:
        with pytest.raises(UpstreamUnreachable):
            await discover(http, server.url)

    assert server.paths()[-1] == RFC8414


async def test_metadata_that_redirects_elsewhere_is_no_metadata(http: HttpClient) -> None:
    async with authorization_server() as elsewhere:
        behaviour = Behaviour(metadata_redirect=f"{elsewhere.origin}{RFC8414}")
        async with authorization_server(behaviour) as server:
            with pytest.raises(OAuthFailed) as refused:
                await discover(http, server.url)

    assert refused.value.oauth_code == "bad_metadata"
    assert elsewhere.seen == []


@pytest.mark.parametrize("written", ["{origin}", "{origin}/"])
async def test_of_several_authorization_servers_the_known_one_is_taken(
    http: HttpClient, written: str
) -> None:
    async with authorization_server() as other:
        behaviour = Behaviour(authorization_servers=(other.origin, written))
        async with authorization_server(behaviour) as server:
            found = await discover(http, server.url, known_issuer=server.origin)

    assert found.server.issuer == server.origin
    assert other.seen == []


@pytest.mark.parametrize(
    ("behaviour", "challenge"),
    [
        (Behaviour(authorization_servers=("http://as.example.com",)), None),
        (Behaviour(authorization_servers=("javascript:alert(1)",)), None),
        (Behaviour(), 'Bearer resource_metadata="http://elsewhere.example/x"'),
        (Behaviour(), 'Bearer resource_metadata="file:///etc/passwd"'),
    ],
)
async def test_metadata_is_fetched_from_safe_addresses_only(
    http: HttpClient, behaviour: Behaviour, challenge: str | None
) -> None:
    async with authorization_server(behaviour) as server:
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, server.url, challenge=challenge)

    assert refused.value.oauth_code == "insecure_url"


async def test_a_public_server_cannot_name_metadata_on_this_machine(http: HttpClient) -> None:
    async with authorization_server() as server:
        challenge = f'Bearer resource_metadata="{server.origin}{PATH_INSERTED}"'
        with pytest.raises(OAuthFailed) as refused:
            await discover(http, "https://mcp.example.com/mcp", challenge=challenge)

    assert refused.value.oauth_code == "insecure_url"
    assert server.seen == []


async def test_a_server_reached_by_plain_http_is_not_signed_in_to(http: HttpClient) -> None:
    with pytest.raises(OAuthFailed) as refused:
        await discover(http, "http://mcp.example.com/mcp", challenge="")

    assert refused.value.oauth_code == "insecure_url"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("{origin}/me", True),
        ("https://elsewhere.example/me", False),
        ("http://127.0.0.1:1/me", False),
        (None, False),
    ],
)
async def test_user_info_of_another_origin_than_the_issuers_is_left_out(
    http: HttpClient, address: str | None, kept: bool
) -> None:
    behaviour = Behaviour(metadata={"userinfo_endpoint": address})
    async with authorization_server(behaviour) as server:
        found = await discover(http, server.url)

        assert found.server.userinfo_endpoint == (f"{server.origin}/me" if kept else None)


@pytest.mark.parametrize(
    ("grants", "needed"),
    [
        (["client_credentials", "urn:ietf:params:oauth:grant-type:device_code"], False),
        (["client_credentials", "authorization_code"], True),
        (["implicit"], True),
        ([], True),
        (None, True),
    ],
)
async def test_a_server_whose_grants_need_no_page_may_have_none(
    http: HttpClient, grants: list[str] | None, needed: bool
) -> None:
    metadata = {"authorization_endpoint": None, "grant_types_supported": grants}
    async with authorization_server(Behaviour(metadata=metadata)) as server:
        if needed:
            with pytest.raises(OAuthFailed) as refused:
                await discover(http, server.url)
            assert refused.value.oauth_code == "bad_metadata"
        else:
            assert (await discover(http, server.url)).server.authorization_endpoint is None


async def test_a_known_issuer_in_trouble_is_waited_for_and_no_other_takes_its_place(
    http: HttpClient,
) -> None:
    async with (
        authorization_server() as other,
        authorization_server(Behaviour(metadata_status=503)) as known,
    ):
        listed = (other.origin, known.origin)
        async with authorization_server(Behaviour(authorization_servers=listed)) as server:
            with pytest.raises(UpstreamUnreachable):
                await discover(http, server.url, known_issuer=known.origin)
            found = await discover(http, server.url, known_issuer="https://gone.example")

    assert found.server.issuer == other.origin


async def test_no_more_than_five_authorization_servers_are_tried(http: HttpClient) -> None:
    async with authorization_server(Behaviour(metadata={"issuer": "https://x.example"})) as liar:
        listed = tuple(f"{liar.origin}/{number}" for number in range(20))
        async with authorization_server(Behaviour(authorization_servers=listed)) as server:
            with pytest.raises(OAuthFailed):
                await discover(http, server.url)

    assert len({path.rpartition("/")[2] for path in liar.paths() if path.startswith(RFC8414)}) == 5
