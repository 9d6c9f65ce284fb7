"""The code grant where a provider differs from what is usual."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from keyfob_core.accounts.credentials import decode, encode
from keyfob_core.errors import ConfigInvalid, OAuthFailed
from keyfob_core.model import Profile, Registration, Token
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.steps import Step
from support.authorization_server import (
    OIDC,
    PROTECTED_RESOURCE,
    RFC8414,
    AuthorizationServer,
    Behaviour,
    authorization_server,
)
from support.eventually import eventually
from support.user_agent import UserAgent

NOW = 1_800_000_000.0
DOCUMENT = "https://keyfob.example/client.json"
NOTHING_PUBLISHED = Behaviour(challenge=None, probe_status=404, resource_at=(), metadata_at=())


@dataclass
class Run:
    http: HttpClient
    server: AuthorizationServer
    browser: UserAgent = field(default_factory=UserAgent)
    steps: list[Step] = field(default_factory=list[Step])

    async def sign_in(self, **options: Any) -> Token:
        grant = CodeGrant(
            self.http,
            browser=self.browser,
            clock=lambda: NOW,
            pages=CallbackPages.load(),
            wait_seconds=5,
        )
        return await grant.authorize(self.server.url, progress=self.steps.append, **options)

    def asked(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.browser.urls[-1]).query)

    def said(self, name: str) -> str:
        return " ".join(step.text for step in self.steps if step.name == name)


@asynccontextmanager
async def run(http: HttpClient, behaviour: Behaviour | None = None) -> AsyncGenerator[Run, None]:
    async with authorization_server(behaviour) as server:
        yield Run(http, server)


async def refreshed_after_a_restart(http: HttpClient, token: Token) -> Token:
    kept = decode(encode(token))
    assert isinstance(kept, Token)
    assert kept == token
    return await TokenEndpoint(http, lambda: NOW + 10).refresh(kept)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("resource", "expected"),
    [("send", "{origin}/mcp"), ("omit", None), ("api://own", "api://own")],
)
async def test_the_resource_is_spoken_of_alike_on_authorize_token_and_refresh(
    http: HttpClient, resource: str, expected: str | None
) -> None:
    async with run(http) as this:
        token = await this.sign_in(profile=Profile(resource=resource))
        await refreshed_after_a_restart(http, token)
        expected = expected and expected.replace("{origin}", this.server.origin)

    asked = this.server.asked("/authorize")[0].query
    forms = [request.form for request in this.server.asked("/token")]
    assert [sent.get("resource") for sent in (asked, *forms)] == [expected] * 3
    assert [form["grant_type"] for form in forms] == ["authorization_code", "refresh_token"]


async def test_extra_parameters_and_another_name_for_the_scope_go_to_the_consent_page(
    http: HttpClient,
) -> None:
    profile = Profile(
        scope_param="user_scope",
        authorize_params=(("access_type", "offline"), ("prompt", "select_account consent")),
    )
    async with run(http) as this:
        await this.sign_in(profile=profile, scopes=("a", "offline_access"))

    assert this.asked()["user_scope"] == ["a offline_access"]
    assert "scope" not in this.asked()
    assert this.asked()["access_type"] == ["offline"]
    assert this.asked()["prompt"] == ["select_account consent"]


@pytest.mark.parametrize(
    "name",
    [
        "state",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "client_id",
        "response_type",
        "response_mode",
        "resource",
        "scope",
        "request_uri",
        "client_secret",
    ],
)
async def test_an_extra_parameter_cannot_change_what_is_checked(
    http: HttpClient, name: str
) -> None:
    async with run(http) as this:
        with pytest.raises(ConfigInvalid) as refused:
            await this.sign_in(profile=Profile(authorize_params=((name, "x"),)))

    assert name in refused.value.message
    assert this.browser.urls == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_callback_is_where_the_profile_says_and_localhost_answers_at_both_addresses(
    http: HttpClient, host: str
) -> None:
    port = free_port()
    profile = Profile(callback_host=host, callback_port=port, callback_path="/oauth/done")
    async with run(http) as this:
        this.browser.opens = False
        signing_in = asyncio.create_task(this.sign_in(profile=profile))
        await eventually(lambda: bool(this.browser.urls))
        uri = f"http://{host}:{port}/oauth/done"
        assert this.asked()["redirect_uri"] == [uri]
        if host == "localhost" and socket.has_ipv6:
            async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
                headers = {"Host": f"localhost:{port}"}
                page = await client.get(f"http://[::1]:{port}/oauth/done", headers=headers)
                assert page.status_code == 400
        this.browser.open(this.browser.urls[0])
        token = await signing_in

    assert token.registration.redirect_uri == uri
    assert this.server.asked("/token")[0].form["redirect_uri"] == uri


async def test_a_fixed_port_that_is_taken_is_a_clear_error_and_nobody_is_registered(
    http: HttpClient,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        async with run(http) as this:
            with pytest.raises(OAuthFailed) as refused:
                await this.sign_in(profile=Profile(callback_port=port))

    assert refused.value.oauth_code == "callback_unavailable"
    assert str(port) in refused.value.message
    assert this.server.clients == []


@pytest.mark.parametrize(
    "profile",
    [
        Profile(callback_host="0.0.0.0"),
        Profile(callback_host="evil.example"),
        Profile(callback_path="callback"),
        Profile(callback_path="/call back"),
        Profile(callback_path="/c?x=1"),
        Profile(callback_path="/c#x"),
        Profile(callback_path="/{c}"),
    ],
)
async def test_a_callback_elsewhere_is_refused(http: HttpClient, profile: Profile) -> None:
    async with run(http) as this:
        with pytest.raises(ConfigInvalid):
            await this.sign_in(profile=profile)

    assert this.browser.urls == []


async def test_a_registration_made_for_another_callback_is_made_anew(http: HttpClient) -> None:
    async with run(http) as this:
        first = await this.sign_in()
        second = await this.sign_in(
            registration=first.registration, profile=Profile(callback_host="localhost")
        )

    assert second.registration.client_id == "client-2"


async def test_a_registration_made_for_device_codes_is_not_used(http: HttpClient) -> None:
    async with run(http) as this:
        kept = Registration(issuer=this.server.issuer, client_id="by-device")
        token = await this.sign_in(registration=kept)

    assert token.registration.client_id == "client-1"
    assert "by-device" not in str(this.server.seen)


@pytest.mark.parametrize(
    ("profile", "uri"),
    [
        (Profile(), "http://127.0.0.1/callback (any port)"),
        (Profile(callback_host="localhost"), "http://localhost/callback (any port)"),
        (
            Profile(callback_host="localhost", callback_port=0, callback_path="/x"),
            "http://localhost/x (any port)",
        ),
        (Profile(callback_path="/x"), "http://127.0.0.1/x (any port)"),
    ],
)
async def test_who_has_to_make_an_app_gets_the_redirect_uri_ready_to_copy(
    http: HttpClient, profile: Profile, uri: str
) -> None:
    async with run(http, Behaviour(metadata={"registration_endpoint": None})) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(profile=profile)

    assert refused.value.oauth_code == "registration_unavailable"
    assert f"the redirect URI {uri}, then" in refused.value.hint


async def test_a_fixed_port_is_in_the_redirect_uri_to_copy(http: HttpClient) -> None:
    port = free_port()
    async with run(http, Behaviour(metadata={"registration_endpoint": None})) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(profile=Profile(callback_port=port))

    assert f"the redirect URI http://127.0.0.1:{port}/callback, then" in refused.value.hint


async def test_s256_that_is_not_announced_is_used_where_the_entry_says_it_works(
    http: HttpClient,
) -> None:
    behaviour = Behaviour(metadata={"code_challenge_methods_supported": None})
    async with run(http, behaviour) as this:
        assert await this.sign_in(profile=Profile(assume_s256=True))

    assert this.asked()["code_challenge_method"] == ["S256"]


async def test_a_provider_without_metadata_is_spoken_to_as_its_entry_says(
    http: HttpClient,
) -> None:
    async with run(http, NOTHING_PUBLISHED) as this:
        origin = this.server.origin
        profile = Profile(
            issuer="https://github.example/login/oauth",
            authorization_endpoint=f"{origin}/authorize",
            token_endpoint=f"{origin}/token",
            userinfo_endpoint=f"{origin}/userinfo",
            assume_s256=True,
            token_auth="client_secret_post",
        )
        this.server.behaviour = Behaviour(
            challenge=None, resource_at=(), metadata_at=(), iss=None, token_as_form=True
        )
        mine = Registration(issuer="", client_id="mine", client_secret="s3cret", dynamic=False)
        token = await this.sign_in(profile=profile, registration=mine)
        await refreshed_after_a_restart(http, token)

    assert token.issuer == "https://github.example/login/oauth"
    assert token.userinfo_endpoint == f"{origin}/userinfo"
    assert token.resource == this.server.url
    for request in this.server.asked("/token"):
        assert request.form["client_secret"] == "s3cret"
        assert request.headers["Accept"] == "application/json"
    assert not [path for path in this.server.paths() if "authorization-server" in path]
    assert this.server.clients == []


async def test_an_entry_without_s256_is_not_signed_in_to(http: HttpClient) -> None:
    async with run(http, NOTHING_PUBLISHED) as this:
        profile = Profile(
            issuer="https://github.example",
            authorization_endpoint=f"{this.server.origin}/authorize",
            token_endpoint=f"{this.server.origin}/token",
        )
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(profile=profile, client_id="mine")

    assert refused.value.oauth_code == "pkce_unsupported"
    assert this.browser.urls == []


@pytest.mark.parametrize(
    "name",
    ["authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint"],
)
@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://as.example.com/x"])
async def test_an_entry_cannot_name_an_unsafe_endpoint(
    http: HttpClient, name: str, address: str
) -> None:
    async with run(http) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(profile=replace(Profile(), **{name: address}))

    assert refused.value.oauth_code == "insecure_url"
    assert this.browser.urls == []


async def test_an_issuer_by_the_other_name_that_an_entry_knows_is_believed_and_no_further_one(
    http: HttpClient,
) -> None:
    known = Profile(metadata_issuers=("https://as.example.com",))
    behaviour = Behaviour(
        challenge=None,
        resource_at=(),
        metadata={"issuer": "https://as.example.com"},
        iss="https://as.example.com",
    )
    async with run(http, behaviour) as this:
        token = await this.sign_in(profile=known)
        await refreshed_after_a_restart(http, token)
        for named, iss in (
            ("https://as.example.com", "{origin}"),
            ("https://as.example.com/", "https://as.example.com/"),
        ):
            this.server.behaviour = replace(behaviour, metadata={"issuer": named}, iss=iss)
            with pytest.raises(OAuthFailed) as refused:
                await this.sign_in(profile=known)
            assert refused.value.oauth_code == "issuer_mismatch"

    assert token.issuer == token.registration.issuer == "https://as.example.com"


async def test_the_issuer_of_an_entry_wins_over_the_servers_own_and_its_metadata_are_read(
    http: HttpClient,
) -> None:
    async with authorization_server() as issuer:
        behaviour = Behaviour(authorization_servers=("https://other.example",))
        async with run(http, behaviour) as this:
            token = await this.sign_in(profile=Profile(issuer=issuer.origin))

    assert token.issuer == issuer.origin
    assert issuer.asked("/token")


async def test_a_nested_token_is_found_and_a_refreshed_one_may_lie_bare(http: HttpClient) -> None:
    nested = {
        "ok": True,
        "access_token": "of-the-bot",
        "token_type": "bot",
        "authed_user": {
            "access_token": "of-the-person",
            "refresh_token": "next",
            "token_type": "user",
            "scope": "search:read,chat:write",
            "expires_in": 60,
        },
    }
    bare = {"ok": True, "access_token": "the-second", "token_type": "user", "expires_in": 60}
    async with run(http, Behaviour(token_sequence=((200, nested), (200, bare)))) as this:
        token = await this.sign_in(profile=Profile(token_path=("authed_user",)))
        second = await refreshed_after_a_restart(http, token)

    assert token.access_token == "of-the-person"
    assert token.scope == "search:read chat:write"
    assert token.expires_at == NOW + 60
    assert (second.access_token, second.refresh_token) == ("the-second", "next")


@pytest.mark.parametrize("part", [None, "text", {}, {"access_token": 7}])
async def test_a_nested_token_that_is_missing_is_not_replaced_by_another(
    http: HttpClient, part: object
) -> None:
    answer = {"access_token": "of-the-bot", "authed_user": part}
    async with run(http, Behaviour(token_sequence=((200, answer),))) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(profile=Profile(token_path=("authed_user",)))

    assert refused.value.oauth_code == "bad_response"
    assert "of-the-bot" not in str(refused.value)


@pytest.mark.parametrize(
    ("offered", "method"),
    [
        (["client_secret_post"], "client_secret_post"),
        (["none", "client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (None, "client_secret_basic"),
    ],
)
async def test_a_brought_secret_is_shown_the_way_the_server_takes_it(
    http: HttpClient, offered: list[str] | None, method: str
) -> None:
    behaviour = Behaviour(metadata={"token_endpoint_auth_methods_supported": offered})
    async with run(http, behaviour) as this:
        mine = Registration(issuer="", client_id="mine", client_secret="s3cret", dynamic=False)
        token = await this.sign_in(registration=mine, client_id="mine")
        await refreshed_after_a_restart(http, token)

    assert token.registration.token_endpoint_auth_method == method
    assert token.registration.issuer == this.server.issuer
    for request in this.server.asked("/token"):
        assert ("Authorization" in request.headers) == (method == "client_secret_basic")


@pytest.mark.parametrize(
    ("token_auth", "missing"),
    [
        ("client_secret_post", "--secret-stdin"),
        ("client_secret_basic", "--secret-stdin"),
        ("private_key_jwt", "--key-file"),
    ],
)
async def test_a_client_id_without_what_the_provider_wants_is_not_tried(
    http: HttpClient, token_auth: str, missing: str
) -> None:
    async with run(http) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in(client_id="mine", profile=Profile(token_auth=token_auth))

    assert refused.value.oauth_code == "registration_unavailable"
    assert missing in refused.value.hint
    assert this.browser.urls == []


async def test_a_secret_for_one_issuer_is_not_shown_to_another(http: HttpClient) -> None:
    async with run(http) as this:
        mine = Registration(
            issuer="https://first.example",
            client_id="mine",
            client_secret="s3cret",
            token_endpoint_auth_method="client_secret_post",
            dynamic=False,
        )
        token = await this.sign_in(registration=mine, client_id="mine")

    assert token.registration.client_secret is None
    assert "s3cret" not in str(this.server.seen)


async def test_our_metadata_document_comes_before_registering_and_after_an_own_client(
    http: HttpClient,
) -> None:
    profile = Profile(client_metadata_url=DOCUMENT)
    async with run(http, Behaviour(reads_client_metadata=True)) as this:
        by_document = await this.sign_in(profile=profile)
        kept = await this.sign_in(
            profile=profile,
            registration=Registration(issuer=this.server.issuer, client_id="kept"),
        )
        own = await this.sign_in(profile=profile, client_id="mine")

    assert by_document.registration.client_id == DOCUMENT
    assert kept.registration.client_id == DOCUMENT
    assert own.registration.client_id == "mine"
    assert this.server.clients == []
    clients = [request.form["client_id"] for request in this.server.asked("/token")]
    assert clients == [DOCUMENT, DOCUMENT, "mine"]


async def test_a_server_that_reads_no_metadata_documents_gets_a_registration(
    http: HttpClient,
) -> None:
    async with run(http) as this:
        token = await this.sign_in(profile=Profile(client_metadata_url=DOCUMENT))

    assert token.registration.client_id == "client-1"


@pytest.mark.parametrize("where", ["page", "token"])
async def test_where_our_metadata_document_does_not_work_we_register(
    http: HttpClient, where: str
) -> None:
    behaviour = (
        Behaviour(reads_client_metadata=True, refused_at_authorize=(DOCUMENT,))
        if where == "page"
        else Behaviour(reads_client_metadata=True, unknown_clients=(DOCUMENT,))
    )
    async with run(http, behaviour) as this:
        token = await this.sign_in(profile=Profile(client_metadata_url=DOCUMENT))

    assert token.registration.client_id == "client-1"


async def test_a_metadata_document_that_is_known_to_be_refused_gives_way_to_a_registration(
    http: HttpClient,
) -> None:
    async with run(http, Behaviour(reads_client_metadata=True)) as this:
        profile = Profile(client_metadata_url=DOCUMENT)
        first = await this.sign_in(profile=profile)
        assert first.registration.client_id == DOCUMENT
        kept = first.registration
        second = await this.sign_in(profile=profile, registration=kept, forgotten=True)

    assert second.registration.client_id == "client-1"


async def test_a_step_up_with_the_union_of_scopes_is_a_token_with_all_a_refresh_needs(
    http: HttpClient,
) -> None:
    async with run(http) as this:
        first = await this.sign_in(scopes=("a", "offline_access"))
        second = await this.sign_in(
            scopes=("a", "offline_access", "b"), registration=first.registration
        )
        await refreshed_after_a_restart(http, second)

    assert second.requested_scope == "a offline_access b"
    assert second.refresh_token
    assert second.registration == first.registration
    assert this.asked()["scope"] == ["a offline_access b"]


async def test_a_server_of_2025_03_26_is_its_own_authorization_server(http: HttpClient) -> None:
    behaviour = Behaviour(challenge=None, resource_at=())
    async with run(http, behaviour) as this:
        token = await this.sign_in()

    assert token.issuer == this.server.origin
    assert token.resource == this.server.url
    assert this.server.paths()[:5] == [
        "/mcp",
        f"{PROTECTED_RESOURCE}/mcp",
        PROTECTED_RESOURCE,
        RFC8414,
        "/register",
    ]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_server_of_2025_03_26_without_metadata_has_the_usual_endpoints(
    http: HttpClient, status: int
) -> None:
    behaviour = Behaviour(
        challenge=None, resource_at=(), metadata_at=(), absent_status=status, iss=None
    )
    async with run(http, behaviour) as this:
        token = await this.sign_in()
        await refreshed_after_a_restart(http, token)

    assert token.issuer == this.server.origin
    assert token.token_endpoint == f"{this.server.origin}/token"
    assert token.registration.client_id == "client-1"
    assert this.asked()["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(challenge=None, resource_at=(), absent_status=200),
        Behaviour(challenge=None, resource_at=(), absent_status=302),
        Behaviour(challenge=None, resource_at=(), failing={RFC8414: 200}, metadata_at=()),
        Behaviour(challenge=None, resource_at=(), failing={RFC8414: 302}, metadata_at=()),
        Behaviour(metadata_at=()),
    ],
)
async def test_what_is_not_plainly_absent_is_not_taken_for_2025_03_26(
    http: HttpClient, behaviour: Behaviour
) -> None:
    async with run(http, behaviour) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in()

    assert refused.value.oauth_code == "bad_metadata"
    assert this.server.clients == []


async def test_of_several_authorization_servers_the_first_that_works_is_taken(
    http: HttpClient,
) -> None:
    async with (
        authorization_server(Behaviour(metadata={"issuer": "https://else.example"})) as liar,
        authorization_server(Behaviour(metadata_status=503)) as troubled,
        authorization_server(
            Behaviour(metadata={"code_challenge_methods_supported": ["plain"]})
        ) as weak,
        authorization_server() as good,
    ):
        listed = ("javascript:x", liar.origin, troubled.origin, weak.origin, good.origin)
        async with run(http, Behaviour(authorization_servers=listed)) as this:
            token = await this.sign_in()

    assert token.issuer == good.origin
    assert set(liar.paths()) == {RFC8414, OIDC}
    for other in (troubled, weak):
        assert set(other.paths()) == {RFC8414}


async def test_where_none_works_the_first_reason_is_told(http: HttpClient) -> None:
    listed = ("javascript:x", "http://as.example.com")
    async with run(http, Behaviour(authorization_servers=listed)) as this:
        with pytest.raises(OAuthFailed) as refused:
            await this.sign_in()

    assert refused.value.oauth_code == "insecure_url"
    assert "javascript:x" in refused.value.message


class Clipboard:
    """A `ports.PastedAnswers` that a test fills."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self) -> str:
        return await self.texts.get()


async def elsewhere(url: str) -> str:
    """The address on which a browser on another machine ends, where nothing listens."""
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        return (await client.get(url)).headers["location"]


@asynccontextmanager
async def far_away(
    http: HttpClient, behaviour: Behaviour | None = None
) -> AsyncGenerator[tuple[Run, Clipboard, asyncio.Task[Token]], None]:
    async with run(http, behaviour) as this:
        this.browser.opens = False
        clipboard = Clipboard()
        signing_in = asyncio.create_task(this.sign_in(answers=clipboard))
        await eventually(lambda: bool(this.said("browser")))
        yield this, clipboard, signing_in


async def test_a_person_on_another_machine_pastes_the_address_their_browser_ended_on(
    http: HttpClient,
) -> None:
    async with far_away(http) as (this, clipboard, signing_in):
        clipboard.texts.put_nowait(f"  {await elsewhere(this.browser.urls[0])}\n")
        token = await signing_in

    assert token.access_token == "an-access-token"


async def test_what_is_no_answer_may_be_pasted_again(http: HttpClient) -> None:
    async with far_away(http) as (this, clipboard, signing_in):
        right = await elsewhere(this.browser.urls[0])
        for wrong in (
            "",
            "hello",
            right.partition("?")[0],
            f"{right.partition('?')[0]}?x=1",
            right.replace("http://", "https://"),
            right.replace("127.0.0.1", "localhost"),
            right.replace("/callback", "/other"),
            f"{right}#fragment",
            f"{right}&{'x' * 20_000}",
            this.browser.urls[0],
            right,
        ):
            clipboard.texts.put_nowait(wrong)
        await signing_in

    assert len([step for step in this.steps if step.name == "paste"]) == 10
    assert "127.0.0.1" in this.said("paste")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("state=", "state=x"), "state_mismatch"),
        (("state=", "other="), "state_mismatch"),
        (("code=a-code", "code=a-code&code=b"), "bad_response"),
        (("iss=", "iss=x"), "issuer_mismatch"),
        (("iss=", "was="), "issuer_mismatch"),
        (("code=a-code", "error=access_denied"), "access_denied"),
    ],
)
async def test_a_pasted_answer_is_judged_as_one_that_came_by_itself(
    http: HttpClient, change: tuple[str, str], code: str
) -> None:
    async with far_away(http) as (this, clipboard, signing_in):
        clipboard.texts.put_nowait((await elsewhere(this.browser.urls[0])).replace(*change))
        with pytest.raises(OAuthFailed) as refused:
            await signing_in

    assert refused.value.oauth_code == code
    assert this.server.asked("/token") == []


async def test_a_browser_that_comes_back_by_itself_ends_the_wait_for_a_paste(
    http: HttpClient,
) -> None:
    async with far_away(http) as (this, _, signing_in):
        this.browser.open(this.browser.urls[0])
        assert (await signing_in).access_token
        assert (await this.browser.last_page()).status_code == 200


async def test_a_terminal_that_closes_while_it_waits_ends_the_sign_in(http: HttpClient) -> None:
    async def closed() -> str:
        raise EOFError

    async with run(http) as this:
        this.browser.opens = False
        with pytest.raises(EOFError):
            await this.sign_in(answers=closed)


async def test_the_parameters_of_an_endpoint_are_replaced_by_the_entrys(http: HttpClient) -> None:
    behaviour = Behaviour(metadata={"authorization_endpoint": "{origin}/authorize?prompt=none&t=1"})
    async with run(http, behaviour) as this:
        await this.sign_in(profile=Profile(authorize_params=(("prompt", "login"),)))

    pairs = parse_qsl(urlsplit(this.browser.urls[0]).query)
    assert [value for name, value in pairs if name == "prompt"] == ["login"]
    assert ("t", "1") in pairs
