"""The demo's authorization server: OAuth 2.1 on the SDK's routes, and what those lack."""

from __future__ import annotations

from urllib.parse import urlsplit

from mcp.server.auth.handlers.metadata import MetadataHandler
from mcp.server.auth.provider import (
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RegistrationError,
    construct_redirect_uri,
)
from mcp.server.auth.routes import build_metadata, cors_middleware, create_auth_routes
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions
from mcp.shared.auth import OAuthClientInformationFull, OAuthMetadata, OAuthToken
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from keyfob_core.demo.consent import Consent, Consents
from keyfob_core.demo.grants import Access, Code, Grants, NativeClient, Refresh, is_allowed_redirect
from keyfob_core.demo.strictness import IssuerOnRedirects, ResourceOnTokens
from keyfob_core.demo.words import SCOPES

_METADATA_PATH = "/.well-known/oauth-authorization-server"
_MOST_CLIENTS = 1000


class DemoProvider(OAuthAuthorizationServerProvider[Code, Refresh, Access]):
    """Answers the SDK's routes from `Grants`, for one protected resource."""

    def __init__(self, issuer: str, resource: str, grants: Grants, consents: Consents) -> None:
        self._issuer = issuer
        self._resource = resource
        self._grants = grants
        self._consents = consents
        self._clients: dict[str, NativeClient] = {}

    async def get_client(self, client_id: str) -> NativeClient | None:
        """The registered client."""
        return self._clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Keep the client; raises RegistrationError for a redirect that could leak a code."""
        for uri in client_info.redirect_uris or ():
            if not is_allowed_redirect(str(uri)):
                raise RegistrationError("invalid_redirect_uri", "use https, or http on loopback")
        if len(self._clients) >= _MOST_CLIENTS:
            raise RegistrationError("invalid_client_metadata", "too many clients are registered")
        client = NativeClient.model_validate(client_info.model_dump())
        self._clients[client.client_id] = client

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        """Keep the request for a person and answer its consent page.

        Raises AuthorizeError where `resource` is not the demo's server (RFC 8707, section 2).
        """
        if params.resource != self._resource:
            raise AuthorizeError("invalid_target", "this server only speaks for the demo's tools")
        scopes = params.scopes or (client.scope or "").split()
        asked = params.model_copy(update={"scopes": scopes})
        return self._consents.open(Consent(client.client_id, client.client_name or "", asked))

    async def load_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: str
    ) -> Code | None:
        """The code, unless it was redeemed."""
        return self._grants.code(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: Code
    ) -> OAuthToken:
        """Redeem the code."""
        return self._grants.redeem(authorization_code)

    async def load_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: str
    ) -> Refresh | None:
        """The refresh token, unless it was used."""
        return self._grants.refresh_token(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: Refresh, scopes: list[str]
    ) -> OAuthToken:
        """Rotate the refresh token."""
        return self._grants.rotate(refresh_token, scopes)

    async def load_access_token(self, token: str) -> Access | None:
        """The access token while it lives."""
        return self._grants.access_token(token)

    async def revoke_token(self, token: Access | Refresh) -> None:
        """End the token's grant (RFC 7009)."""
        self._grants.end(token.grant)

    def redirect(self, consent: Consent, person: str | None) -> str:
        """Where the person's answer leads: to the client, with a code or `access_denied`."""
        asked = consent.asked
        uri = str(asked.redirect_uri)
        if person is None:
            return construct_redirect_uri(
                uri, error="access_denied", state=asked.state, iss=self._issuer
            )
        code = self._grants.new_code(consent.client_id, person, asked)
        return construct_redirect_uri(uri, code=code, state=asked.state, iss=self._issuer)


def authorization_server(issuer: str, resource: str, grants: Grants) -> Starlette:
    """The server's application, to be served at the issuer's own address.

    `issuer` is an origin without a path; `resource` is the one server it issues tokens for.
    """
    consents = Consents(issuer, resource)
    provider = DemoProvider(issuer, resource, grants, consents)
    registration = ClientRegistrationOptions(
        enabled=True, valid_scopes=list(SCOPES), default_scopes=list(SCOPES)
    )
    metadata = _metadata(issuer, registration)
    routes = [
        _strict(route, metadata, issuer, resource)
        for route in create_auth_routes(
            provider,
            metadata.issuer,
            client_registration_options=registration,
            revocation_options=RevocationOptions(enabled=True),
        )
    ]
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=[urlsplit(issuer).hostname or ""])
    return Starlette(routes=[*routes, *consents.routes(provider.redirect)], middleware=[guard])


def _metadata(issuer: str, registration: ClientRegistrationOptions) -> OAuthMetadata:
    built = build_metadata(AnyHttpUrl(issuer), None, registration, RevocationOptions(enabled=True))
    methods = ["none", "client_secret_post", "client_secret_basic"]
    return OAuthMetadata.model_validate(
        built.model_dump(mode="json", exclude_none=True)
        | {
            "issuer": issuer,
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "authorization_response_iss_parameter_supported": True,
        }
    )


def _strict(route: Route, metadata: OAuthMetadata, issuer: str, resource: str) -> Route:
    """The SDK's route with what it leaves out."""
    endpoint, methods = route.app, list(route.methods or ())
    if route.path == _METADATA_PATH:
        endpoint = cors_middleware(MetadataHandler(metadata).handle, ["GET", "OPTIONS"])
    elif route.path == "/authorize":
        endpoint, methods = IssuerOnRedirects(route.app, issuer), ["GET"]
    elif route.path == "/token":
        endpoint = ResourceOnTokens(route.app, resource)
    return Route(route.path, endpoint=endpoint, methods=methods)
