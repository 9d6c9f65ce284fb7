"""What each kind of renewal asks its issuer for."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from keyfob_core.model import Registration, Token
from keyfob_core.oauth.assertions import CLIENT_ASSERTION_TYPE, sign_assertion
from keyfob_core.oauth.client_auth import FORM
from keyfob_core.oauth.grants import TokenRequest, token_request
from keyfob_core.renewals import (
    ClientCredentials,
    EnterpriseManaged,
    GoogleServiceAccount,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)

ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
_TYPE = "urn:ietf:params:oauth:token-type:"
_CLIENT_CREDENTIALS = "client_credentials"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_GOOGLE_SECONDS = 3600
_GOOGLE_BACKDATED = 30
_SECRET_PARAMETERS = ("assertion", "client_assertion", "subject_token", "refresh_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """A token request of ours that can be made anew."""

    endpoint: str
    issuer: str
    grant_type: str
    parameters: dict[str, str | None] = field(repr=False)
    client: ServiceClient | None = None
    """None where the grant itself says who we are."""

    def build(self, now: float) -> TokenRequest:
        """The request, with a client assertion of its own; raises ConfigInvalid."""
        if self.client is not None:
            known = registration(self.issuer, self.client)
            return token_request(self.endpoint, known, self.grant_type, now=now, **self.parameters)
        given = {name: value for name, value in self.parameters.items() if value is not None}
        return TokenRequest(
            url=self.endpoint,
            headers={"Content-Type": FORM, "Accept": "application/json"},
            body=urlencode({"grant_type": self.grant_type, **given}).encode(),
        )

    @property
    def secrets(self) -> tuple[str | None, ...]:
        """What must not come back in an error of the issuer's."""
        own = (self.client.secret,) if self.client else ()
        return (*own, *map(self.parameters.get, _SECRET_PARAMETERS))


def registration(issuer: str, client: ServiceClient | None) -> Registration:
    """The client as its issuer knows it."""
    if client is None:
        return Registration(issuer=issuer, client_id="", dynamic=False)
    return Registration(
        issuer=issuer,
        client_id=client.client_id,
        client_secret=client.secret,
        token_endpoint_auth_method=auth_method(client),
        private_key=client.private_key,
        key_id=client.key_id,
        dynamic=False,
    )


def auth_method(client: ServiceClient, offered: tuple[str, ...] = ()) -> str:
    """How the client authenticates: as it says, else by what it has and the issuer takes."""
    if client.method is not None:
        return client.method
    if client.private_key is not None:
        return "private_key_jwt"
    if client.secret is None:
        return "none"
    posts = "client_secret_post" in offered and "client_secret_basic" not in offered
    return "client_secret_post" if posts else "client_secret_basic"


def client_credentials(token: Token, renewal: ClientCredentials) -> ServiceRequest:
    """The client credentials grant (RFC 6749, section 4.4)."""
    return ServiceRequest(
        endpoint=token.token_endpoint,
        issuer=token.issuer,
        grant_type=_CLIENT_CREDENTIALS,
        client=renewal.client,
        parameters=_common(token, renewal.audience),
    )


def google(token: Token, renewal: GoogleServiceAccount, now: float) -> ServiceRequest:
    """A JWT signed by the key file (RFC 7523, section 2.1); raises ConfigInvalid.

    An hour is the longest that Google takes.
    """
    assertion = sign_assertion(
        renewal.private_key,
        issuer=renewal.client_email,
        subject=renewal.subject,
        audience=renewal.token_endpoint,
        key_id=renewal.key_id,
        now=now,
        seconds=_GOOGLE_SECONDS - _GOOGLE_BACKDATED,
        backdated=_GOOGLE_BACKDATED,
        more={"scope": " ".join(renewal.scopes)},
    )
    return ServiceRequest(
        endpoint=token.token_endpoint,
        issuer=token.issuer,
        grant_type=_JWT_BEARER,
        parameters={"assertion": assertion, "resource": token.resource},
    )


def workload(token: Token, renewal: WorkloadIdentity, held: str) -> ServiceRequest:
    """The platform's own token `held`, in the part that the issuer wants it in."""
    grants: dict[WorkloadUse, tuple[str, dict[str, str | None]]] = {
        WorkloadUse.CLIENT_ASSERTION: (
            _CLIENT_CREDENTIALS,
            {"client_assertion_type": CLIENT_ASSERTION_TYPE, "client_assertion": held},
        ),
        WorkloadUse.ASSERTION: (_JWT_BEARER, {"assertion": held}),
        WorkloadUse.SUBJECT_TOKEN: (
            _TOKEN_EXCHANGE,
            {
                "subject_token": held,
                "subject_token_type": f"{_TYPE}jwt",
                "requested_token_type": f"{_TYPE}access_token",
            },
        ),
    }
    grant_type, parameters = grants[renewal.use]
    return ServiceRequest(
        endpoint=token.token_endpoint,
        issuer=token.issuer,
        grant_type=grant_type,
        parameters={
            "client_id": renewal.client_id,
            **parameters,
            **_common(token, renewal.audience),
        },
    )


def id_token_refresh(renewal: EnterpriseManaged, issuer: str) -> ServiceRequest:
    """A new ID token of the identity provider's."""
    return ServiceRequest(
        endpoint=renewal.idp_token_endpoint,
        issuer=issuer,
        grant_type="refresh_token",
        client=renewal.idp_client,
        parameters={"refresh_token": renewal.refresh_token},
    )


def id_jag_exchange(token: Token, renewal: EnterpriseManaged, issuer: str) -> ServiceRequest:
    """An ID-JAG for the MCP server's issuer (RFC 8693, section 2.1)."""
    kind = renewal.subject_kind
    subject = renewal.id_token if kind is SubjectToken.ID_TOKEN else renewal.refresh_token
    return ServiceRequest(
        endpoint=renewal.idp_token_endpoint,
        issuer=issuer,
        grant_type=_TOKEN_EXCHANGE,
        client=renewal.idp_client,
        parameters={
            "requested_token_type": ID_JAG,
            "audience": token.issuer,
            "resource": token.resource,
            "scope": token.requested_scope,
            "subject_token": subject,
            "subject_token_type": f"{_TYPE}{kind.value}",
        },
    )


def id_jag_grant(token: Token, renewal: EnterpriseManaged, id_jag: str) -> ServiceRequest:
    """The ID-JAG at the MCP server's issuer (RFC 7523, section 2.1)."""
    return ServiceRequest(
        endpoint=token.token_endpoint,
        issuer=token.issuer,
        grant_type=_JWT_BEARER,
        client=renewal.client,
        parameters={"assertion": id_jag, "resource": token.resource},
    )


def _common(token: Token, audience: str | None) -> dict[str, str | None]:
    return {"scope": token.requested_scope, "resource": token.resource, "audience": audience}
