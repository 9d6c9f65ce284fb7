"""Tokens that are renewed without a person: service accounts, workloads, company sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid, OAuthFailed
from keyfob_core.model import USUAL, Profile, Token
from keyfob_core.oauth import service_requests as requests
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.dpop import TokenPosts, key_for, require_type
from keyfob_core.oauth.github_app import GitHubInstallations
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.id_tokens import id_token_expiry
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.secret_files import read_secret_file
from keyfob_core.oauth.service_requests import ServiceRequest
from keyfob_core.oauth.token_answer import (
    access_token,
    bad_response,
    expiry,
    form_or_json,
    granted_scope,
    raise_error,
)
from keyfob_core.ports import Clock, Progress, Refresher
from keyfob_core.renewals import (
    ClientCredentials,
    EnterpriseManaged,
    GitHubApp,
    GoogleServiceAccount,
    Renewal,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
)
from keyfob_core.steps import Step

_ID_TOKEN_SECONDS = 240.0
"""How long an ID token that we bought is exchanged before the next is bought."""


class ServiceAccounts:
    """Obtains and renews the tokens of renewals."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._posts = TokenPosts(http, clock)
        self._github = GitHubInstallations(http, clock)

    async def first_token(
        self, renewal: Renewal, *, url: str, profile: Profile = USUAL, progress: Progress
    ) -> Token:
        """The first token for the server at `url`.

        What the renewal does not name is discovered there. Raises ConfigInvalid, OAuthFailed or
        UpstreamUnreachable.
        """
        token = await self._blank(renewal, url, profile, progress)
        issuer = visible(token.issuer)
        progress(Step("token", f"Asking {issuer} for a token."))
        fresh = await self.renew(token)
        if fresh.generation == token.generation:
            fresh = await self.renew(fresh)
        progress(Step("token", f"{issuer} gave a token for {visible(token.origin)}."))
        return fresh

    async def renew(self, token: Token) -> Token:
        """The token's next generation, or one of its own generation (`ports.Refresher`).

        Raises ConfigInvalid, OAuthFailed or UpstreamUnreachable.
        """
        renewal, now = token.renewal, self._clock()
        match renewal:
            case ClientCredentials():
                request = requests.client_credentials(token, renewal)
            case GoogleServiceAccount():
                request = requests.google(token, renewal, now)
            case WorkloadIdentity():
                held = await read_secret_file(Path(renewal.token_file), "token_file")
                request = requests.workload(token, renewal, held)
            case GitHubApp():
                return await self._github.renew(token, renewal)
            case EnterpriseManaged():
                if self._buys_id_token(renewal):
                    return replace(token, renewal=await self._with_id_token(renewal))
                self._require_current(renewal)
                id_jag = await self._id_jag(token, renewal)
                request = requests.id_jag_grant(token, renewal, id_jag)
            case None:
                raise OAuthFailed(
                    "invalid_grant",
                    f"{visible(token.issuer)} gave nothing to renew the token with.",
                    "Connect the account again.",
                )
        document = await self._ask(request, _named_by(renewal, token), token.dpop_key)
        return _filled(token, document, now)

    async def _blank(
        self, renewal: Renewal, url: str, profile: Profile, progress: Progress
    ) -> Token:
        """A token without its text, of generation 0: all that a renewal needs."""
        _check(renewal)
        named = _endpoint(renewal)
        if named is None and not isinstance(renewal, EnterpriseManaged):
            named = profile.token_endpoint
        if named is not None:
            # Google and GitHub know no resource indicators, so only a custom one goes there.
            usual = None if isinstance(renewal, GoogleServiceAccount | GitHubApp) else url
            resource = {"send": usual, "omit": None}.get(profile.resource, profile.resource)
            return _bare(renewal, url, named, profile.issuer, resource)
        found = await discover(self._http, url, profile=profile)
        progress(
            Step("discovery", f"Discovered {visible(found.server.issuer)} as the issuer of tokens.")
        )
        return _discovered(renewal, found)

    async def _ask(
        self, request: ServiceRequest, person_url: str, dpop_key: str | None
    ) -> Mapping[str, object]:
        answer = await self._posts.post(
            lambda: request.build(self._clock()), person_url=person_url, dpop_key=dpop_key
        )
        answer.raise_if_transient()
        document = form_or_json(answer)
        raise_error(document, request.issuer, request.secrets)
        if answer.status != 200:
            raise bad_response(request.issuer, f"HTTP {answer.status}")
        return document

    def _require_current(self, renewal: EnterpriseManaged) -> None:
        """Raise OAuthFailed for an ID token that is over and that nothing renews."""
        if renewal.refresh_token is not None or renewal.id_token is None:
            return
        ends = id_token_expiry(renewal.id_token)
        if ends is not None and self._clock() >= ends:
            raise OAuthFailed(
                "invalid_grant",
                "The ID token of the identity provider has expired.",
                "Connect the account again with a new one.",
            )

    def _buys_id_token(self, renewal: EnterpriseManaged) -> bool:
        if renewal.refresh_token is None or renewal.subject_kind is SubjectToken.REFRESH_TOKEN:
            return False
        age = self._clock() - renewal.id_token_at
        return renewal.id_token is None or not 0 <= age < _ID_TOKEN_SECONDS

    async def _with_id_token(self, renewal: EnterpriseManaged) -> EnterpriseManaged:
        endpoint = renewal.idp_token_endpoint
        request = requests.id_token_refresh(renewal, renewal.idp_issuer or endpoint)
        document = await self._ask(request, endpoint, None)
        id_token = text(document, "id_token")
        if id_token is None:
            raise bad_response(request.issuer, "an answer without an ID token")
        return replace(
            renewal,
            id_token=id_token,
            id_token_at=self._clock(),
            refresh_token=text(document, "refresh_token") or renewal.refresh_token,
        )

    async def _id_jag(self, token: Token, renewal: EnterpriseManaged) -> str:
        endpoint = renewal.idp_token_endpoint
        request = requests.id_jag_exchange(token, renewal, renewal.idp_issuer or endpoint)
        document = await self._ask(request, endpoint, None)
        if document.get("issued_token_type") != requests.ID_JAG:
            raise bad_response(request.issuer, "another token than an ID-JAG")
        return access_token(document, request.issuer)


class Renewer:
    """The `ports.Refresher` for every token: by its refresh token, or by its renewal."""

    def __init__(self, tokens: Refresher, services: ServiceAccounts) -> None:
        self._tokens = tokens
        self._services = services

    async def refresh(self, token: Token) -> Token:
        """As `ports.Refresher` says; raises ConfigInvalid as well."""
        if token.renewal is None:
            return await self._tokens.refresh(token)
        return await self._services.renew(token)


def _check(renewal: Renewal) -> None:
    if isinstance(renewal, WorkloadIdentity) and not Path(renewal.token_file).is_absolute():
        raise ConfigInvalid(
            "token_file", "is not an absolute path", "Keyfob may start in any folder."
        )
    if isinstance(renewal, EnterpriseManaged):
        refreshes = renewal.subject_kind is SubjectToken.REFRESH_TOKEN
        if renewal.refresh_token is None and (refreshes or renewal.id_token is None):
            raise ConfigInvalid(
                "id_token",
                "there is neither an ID token nor a refresh token of the identity provider",
                "Sign in to the identity provider first.",
            )


def _endpoint(renewal: Renewal) -> str | None:
    """The endpoint that the person named, None where it is to be discovered."""
    if isinstance(renewal, GitHubApp):
        return f"{renewal.api_url}/app/installations/{renewal.installation_id}/access_tokens"
    return None if isinstance(renewal, EnterpriseManaged) else renewal.token_endpoint


def _named_by(renewal: Renewal, token: Token) -> str:
    """The person's own URL that says how near an endpoint may lie."""
    return _endpoint(renewal) or token.origin


def _client(renewal: Renewal) -> ServiceClient | None:
    return renewal.client if isinstance(renewal, ClientCredentials | EnterpriseManaged) else None


def _bare(
    renewal: Renewal, url: str, endpoint: str, issuer: str | None, resource: str | None
) -> Token:
    issuer = issuer or endpoint
    scopes = () if isinstance(renewal, GitHubApp) else renewal.scopes
    known = requests.registration(issuer, _client(renewal))
    return Token(
        access_token="",
        obtained_at=0.0,
        issuer=issuer,
        resource=resource,
        origin=origin_of(url),
        token_endpoint=endpoint,
        registration=replace(known, client_secret=None, private_key=None),
        renewal=renewal,
        requested_scope=" ".join(scopes) or None,
        generation=0,
    )


def _discovered(renewal: Renewal, found: Discovery) -> Token:
    """Bound to what was found; a service asks for no offline_access, which is a person's."""
    server = found.server
    client = _client(renewal)
    if client is not None and isinstance(renewal, ClientCredentials | EnterpriseManaged):
        method = requests.auth_method(client, server.token_endpoint_auth_methods_supported)
        renewal = replace(renewal, client=replace(client, method=method))
    token = _bare(renewal, found.url, server.token_endpoint, server.issuer, None)
    offered = (found.challenged_scope or "").split() or found.resource.scopes_supported
    return replace(
        token,
        resource=found.resource_parameter,
        requested_scope=token.requested_scope or " ".join(offered) or None,
        revocation_endpoint=server.revocation_endpoint,
        dpop_key=key_for(found),
    )


def _filled(token: Token, document: Mapping[str, object], asked_at: float) -> Token:
    return replace(
        token,
        access_token=access_token(document, token.issuer),
        token_type=require_type(document, token.issuer, token.dpop_key),
        scope=granted_scope(document) or token.requested_scope,
        expires_at=expiry(document, asked_at),
        obtained_at=asked_at,
        generation=token.generation + 1,
    )
