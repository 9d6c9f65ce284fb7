"""How a token is renewed where neither a person nor a refresh token is needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class RenewalKind(StrEnum):
    """What people call each way."""

    CLIENT_CREDENTIALS = "client-credentials"
    GOOGLE = "google"
    GITHUB_APP = "github-app"
    WORKLOAD_IDENTITY = "workload-identity"
    ENTERPRISE_MANAGED = "enterprise-managed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceClient:
    """Ourselves before an issuer, without a person (RFC 6749, section 2.3)."""

    client_id: str
    method: str | None = None
    """none, client_secret_basic, client_secret_post or private_key_jwt; None for what fits."""
    secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    """PKCS8 PEM or a JWK as JSON, for private_key_jwt (RFC 7523, section 2.2)."""
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Renewed by the client credentials grant (RFC 6749, section 4.4)."""

    client: ServiceClient
    scopes: tuple[str, ...] = ()
    audience: str | None = None
    """Sent beside the resource, where the issuer wants one."""
    token_endpoint: str | None = None
    """Set where the person names it; else the MCP server's metadata do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleServiceAccount:
    """Renewed by a JWT that a Google key file signs (RFC 7523, section 2.1)."""

    client_email: str
    private_key: str = field(repr=False)
    key_id: str | None = None
    token_endpoint: str = "https://oauth2.googleapis.com/token"
    scopes: tuple[str, ...]
    subject: str | None = None
    """The user it acts for, by domain-wide delegation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubApp:
    """Renewed by an app's JWT, which buys an installation token."""

    app_id: str
    """The app's id, or its client id."""
    installation_id: str
    private_key: str = field(repr=False)
    api_url: str = "https://api.github.com"
    repositories: tuple[str, ...] = ()
    """Names the token is narrowed to; empty for all of the installation's."""


class WorkloadUse(StrEnum):
    """What a workload's own token is to the issuer."""

    CLIENT_ASSERTION = "client_assertion"
    """Proves who the client is, in a client credentials grant (RFC 7523, section 2.2)."""
    ASSERTION = "assertion"
    """Is the grant itself (RFC 7523, section 2.1)."""
    SUBJECT_TOKEN = "subject_token"
    """Is exchanged (RFC 8693)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadIdentity:
    """Renewed by a token that the platform keeps fresh in a file."""

    token_file: str
    """Absolute; read anew at each renewal."""
    use: WorkloadUse = WorkloadUse.CLIENT_ASSERTION
    client_id: str | None = None
    scopes: tuple[str, ...] = ()
    audience: str | None = None
    token_endpoint: str | None = None


class SubjectToken(StrEnum):
    """What an identity provider gets for an ID-JAG (RFC 8693, `subject_token_type`)."""

    ID_TOKEN = "id_token"
    REFRESH_TOKEN = "refresh_token"


class CompanyToken(StrEnum):
    """What a person brings from their company's identity provider."""

    REFRESH_TOKEN = "refresh_token"
    """Is itself exchanged, as long as it lives."""
    ID_TOKEN = "id_token"
    """Is exchanged until it expires; then the person brings another."""
    RENEWED_ID_TOKEN = "renewed_id_token"
    """A refresh token that buys an ID token, which is exchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseManaged:
    """Renewed by an ID-JAG of the company's identity provider (MCP's enterprise authorization)."""

    idp_token_endpoint: str
    idp_client: ServiceClient
    client: ServiceClient
    """Ourselves before the MCP server's issuer."""
    subject_kind: SubjectToken = SubjectToken.ID_TOKEN
    id_token: str | None = field(default=None, repr=False)
    id_token_at: float = 0.0
    """When it was obtained, in seconds since the epoch."""
    refresh_token: str | None = field(default=None, repr=False)
    """The identity provider's; buys a new ID token, or is itself the subject."""
    scopes: tuple[str, ...] = ()
    idp_issuer: str | None = None
    """Its identifier, for private_key_jwt; None takes the token endpoint."""


Renewal = (
    ClientCredentials | GoogleServiceAccount | GitHubApp | WorkloadIdentity | EnterpriseManaged
)


def is_lasting(renewal: Renewal) -> bool:
    """Whether it goes on until somebody ends it; an ID token alone runs out by itself."""
    return not isinstance(renewal, EnterpriseManaged) or renewal.refresh_token is not None
