"""The vocabulary: frozen values that travel through the flow and through both doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

from keyfob_core.errors import Error
from keyfob_core.renewals import Renewal
from keyfob_core.tuples import made

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order and with their spelling; bytes that are no UTF-8 as surrogates."""


class Verdict(StrEnum):
    """What the rules answer."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class KnownBy(StrEnum):
    """What a client's identity rests on."""

    TOKEN = "token"
    PROCESS = "process"
    SIGNATURE = "signature"
    """Its program file, and who signed it."""
    PAIRING = "pairing"
    """A token that it got by MCP's own OAuth, after the person's yes."""
    KEYFOB = "keyfob"
    """Keyfob's own window or command, for test calls."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What the operating system says of the process at the other end of a socket."""

    pid: int
    executable: str
    started: float
    """Seconds since the epoch; with the pid it names the process for good."""
    parents: tuple[str, ...] = ()
    """Executables of the parent chain, nearest first; for showing to a person only."""
    signer: str | None = None
    """Who signed the executable, where the system tells and the signature holds."""


@dataclass(frozen=True, slots=True)
class Client:
    """A program that asks for tools, under the name the person gave it."""

    name: str
    known_by: KnownBy
    token_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What a client says of itself: shown as such, never an identity."""

    name: str | None = None
    version: str | None = None
    user_agent: str | None = None


class Listener(StrEnum):
    """The door a request came in by."""

    HTTP = "http"
    SOCKET = "socket"
    """HTTP as well, on the unix socket or the named pipe."""
    STDIO = "stdio"


class ToolView(StrEnum):
    """How a client is shown the tools of all servers."""

    LIST = "list"
    SEARCH = "search"
    """Two tools that find and call the others."""


class AuthContext(NamedTuple):
    """Who asks for what with which account: the one value that passes through all eight steps.

    Carries names and ids, never a secret. Each step answers a new one with more fields set: a
    tuple, since that is made in a quarter of a frozen dataclass's time.
    """

    request_id: str
    listener: Listener
    client: Client
    person: str
    """The local user's login name."""
    peer: Peer | None = None
    claimed: Claims = Claims()
    session_id: str | None = None
    """A short digest of `Mcp-Session-Id`, or the bridge connection's id."""
    server: str | None = None
    method: str | None = None
    tool: str | None = None
    account: str | None = None
    verdict: Verdict | None = None
    pin: str | None = None
    """The digest of the tool's approved text."""
    decided_by: str | None = None
    """The rule, table or prompt that decided, for people and the audit."""


class Inbound(NamedTuple):
    """One HTTP request of a client as a listener hands it to the relay."""

    listener: Listener
    http_method: str
    server: str
    headers: Headers
    body: bytes = b""
    token: str | None = None
    token_in_url: bool = False
    peer: Peer | None = None
    connection_id: str | None = None
    """Names a bridge connection; None by HTTP."""
    claimed_name: str | None = None
    """`keyfob stdio --client NAME`."""
    tools: ToolView | None = None
    """How the address wants the tools of `/mcp` shown; None leaves it to the configuration."""
    unasked: bool = False
    """Nobody asked for it by itself: it ends where a person would have to sign in."""
    at_pair: bool = False
    """It came to an address under /pair, where alone tokens of pairing are good."""
    endpoint: str | None = None
    """The path and query asked of the authorization server by which clients pair."""
    remote_port: int | None = None
    """Where an endpoint's request came from on 127.0.0.1."""

    def __repr__(self) -> str:
        # Neither the token nor what may hold one.
        return f"Inbound({self.http_method} {self.server} {self.listener.value})"

    def with_body(self, body: bytes) -> Inbound:
        """The same request with this body: in a third of the time that `_replace` takes."""
        return made(Inbound, (*self[:_BEFORE_BODY], body, *self[_BEFORE_BODY + 1 :]))


_BEFORE_BODY = Inbound._fields.index("body")


class Whole:
    """A body that is all here: read like any other, or taken at once by who looks for that."""

    __slots__ = ("_read", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._read = not data

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._read:
            raise StopAsyncIteration
        self._read = True
        return self.data


class Outbound(NamedTuple):
    """The answer to an `Inbound`; `body` streams and is read at most once."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]
    refusal: Error | None = None
    """Why the request ended before the server's answer, where this answer is our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Ourselves as an authorization server knows us (RFC 7591), bound to its issuer."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    client_secret_expires_at: int | None = None
    token_endpoint_auth_method: str = "none"
    redirect_uri: str | None = None
    """As registered; the port of a loopback redirect varies (RFC 8252, 7.3)."""
    registration_client_uri: str | None = None
    registration_access_token: str | None = field(default=None, repr=False)
    dynamic: bool = True
    """False when the person brought the client id."""
    private_key: str | None = field(default=None, repr=False)
    """As PEM or JWK text, for private_key_jwt (RFC 7523, section 2.2)."""
    key_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How an authorization server wants to be spoken to, where it differs from what is usual.

    Comes from a provider's entry or the account's table in config.toml; nothing in it is ever
    inferred from an answer.
    """

    issuer: str | None = None
    """Set where the provider publishes no metadata; the endpoints below then stand for it."""
    metadata_issuers: tuple[str, ...] = ()
    """What its metadata call their issuer where that is not the name they are found by."""
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    revocation_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    resource: str = "send"
    """send, omit, or the value to send instead (RFC 8707)."""
    authorize_params: tuple[tuple[str, str], ...] = ()
    """Extra parameters of the authorization request, such as access_type=offline."""
    assume_s256: bool = False
    """The server takes PKCE S256 although its metadata does not say so."""
    callback_host: str = "127.0.0.1"
    callback_port: int = 0
    callback_path: str = "/callback"
    token_auth: str | None = None
    """none, client_secret_basic, client_secret_post or private_key_jwt; None for metadata's."""
    token_path: tuple[str, ...] = ()
    """Where the token lies in the answer, such as ("authed_user",) at Slack."""
    scope_param: str = "scope"
    client_metadata_url: str | None = None
    """Our client ID metadata document, used where the server supports it."""
    dpop: bool = False
    """Bind tokens to a key (RFC 9449) where the issuer can, even if the server does not ask."""


USUAL = Profile()
"""An authorization server without peculiarities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An OAuth credential with all that its refresh needs after a restart."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    token_type: str = "Bearer"
    scope: str | None = None
    expires_at: float | None = None
    """Seconds since the epoch; None when the server did not say."""
    obtained_at: float
    issuer: str
    resource: str | None
    """The RFC 8707 value sent on authorize, token and refresh alike."""
    origin: str
    """The only origin it is ever sent to."""
    token_endpoint: str
    revocation_endpoint: str | None = None
    registration: Registration
    renewal: Renewal | None = None
    """How it is renewed without a person; None where a refresh token does it."""
    dpop_key: str | None = field(default=None, repr=False)
    """The private JWK that a token of the type DPoP is bound to (RFC 9449)."""
    requested_scope: str | None = None
    """What was asked for, which a step-up adds to; `scope` is what was granted."""
    token_path: tuple[str, ...] = ()
    """Where the token lies in the issuer's answers."""
    userinfo_endpoint: str | None = None
    """The issuer's own, or the one that the provider's entry names."""
    label: str | None = None
    """Whose account it is, as the provider's user info says."""
    generation: int = 1


class PlacementKind(StrEnum):
    """Which part of a request carries an API key."""

    HEADER = "header"
    QUERY = "query"
    BASIC = "basic"
    """Authorization: Basic (RFC 7617)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an API key stands in a request, and what is written around it."""

    kind: PlacementKind = PlacementKind.HEADER
    name: str = "Authorization"
    """The header's or the parameter's; for basic it counts for nothing."""
    template: str = "Bearer {key}"
    """`{key}` once, and `{username}`; for basic the pair before it is encoded."""
    username: str | None = None
    """The person's, where the template names one; no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """A further secret of one API key, where a server wants several at once."""

    placement: Placement
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A secret the person pasted, sent as a Bearer token unless placed elsewhere."""

    secret: str = field(repr=False)
    origin: str
    """The only origin it is ever sent to."""
    obtained_at: float
    generation: int = 1
    placement: Placement = Placement()
    parts: tuple[KeyPart, ...] = ()
    """Sent beside the first, such as Datadog's application key."""
    expires_at: float | None = None
    """Seconds since the epoch, as the person was told by the provider."""
    remind_at: float | None = None
    """When to remind the person of making a new one."""


Credential = Token | ApiKey


class Restamp(Protocol):
    """Stamps a request that is made later for the same request of a client."""

    async def __call__(
        self, request: UpstreamRequest, refusal: UpstreamResponse | None, *, ends: bool
    ) -> UpstreamRequest:
        """The request with the credential its account has now; a newer one than was refused (401).

        Raises what forbids the client's request by now, unless it `ends` what that began, and why
        there is no such credential.
        """
        ...


class UpstreamRequest(NamedTuple):
    """One HTTP request towards a server, stamped and ready to send."""

    http_method: str
    url: str
    """May carry an API key in its query."""
    headers: Headers
    body: bytes = b""
    pool: str = ""
    """Requests of one client, server and account share connections, others never."""
    server: str = ""
    """The server's name, by which its kind and its peculiarities are known."""
    conversation: str = ""
    """The downstream session or connection that it belongs to; empty where there is none."""
    beside: str = ""
    """The digest of the client's session where that is another account's: it needs its own."""
    method: str | None = None
    """The JSON-RPC method, as the body was read once; None for a GET, a response or a batch."""
    revision: str | None = None
    """The protocol revision that header or body name; None where neither does."""
    credential: Credential | None = None
    """What the headers were stamped from, for servers that take it another way."""
    restamp: Callable[[], Restamp] | None = None
    """Made when it is needed; None for what bears no credential."""

    def __repr__(self) -> str:
        # Neither the address nor the headers: both may carry the credential.
        return f"UpstreamRequest({self.http_method} {self.server} {self.method})"


class UpstreamResponse(NamedTuple):
    """A server's answer; `body` streams as it arrives and is never buffered."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]


Outcome = str
"""How a call ended: ok, denied, dismissed, waiting, failed, cancelled."""
Details = Mapping[str, str | int | float | bool | None]
"""What an event says beside its fields; never changed once it was given."""
_NO_DETAILS: Details = MappingProxyType({})


class AuditEvent(NamedTuple):
    """One line of the audit log before it is chained; holds no secret by construction."""

    event: str
    """A name from the published list: forwarding, outcome, refused, prompt, rule, ..."""
    request_id: str | None = None
    client: str | None = None
    server: str | None = None
    tool: str | None = None
    account: str | None = None
    outcome: Outcome | None = None
    details: Details = _NO_DETAILS
