"""Credentials as text for the store, as a header for a request, and their age."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

from keyfob_core.accounts.placements import Stamp, is_placement, stamp_key, with_query
from keyfob_core.accounts.proofs import nonce_of, proof
from keyfob_core.messages.headers import challenges, header
from keyfob_core.model import (
    ApiKey,
    Credential,
    Headers,
    KeyPart,
    Placement,
    PlacementKind,
    Registration,
    Token,
    UpstreamRequest,
)
from keyfob_core.renewals import (
    ClientCredentials,
    EnterpriseManaged,
    GitHubApp,
    GoogleServiceAccount,
    Renewal,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)

NONCE_HEADER = "DPoP-Nonce"
PROGRAM = "program:"
"""Begins the origin of a server that is a program, which no address has."""

_OF_A_TOKEN = frozenset({"authorization", "dpop"})
_FORMAT = 1
_MAX_MARGIN = 30.0
_MARGIN_SHARE = 0.1
# Names in stored records, which outlive what people call the kinds by.
_RENEWALS: Mapping[str, type[Renewal]] = {
    "client-credentials": ClientCredentials,
    "google-service-account": GoogleServiceAccount,
    "github-app": GitHubApp,
    "workload-identity": WorkloadIdentity,
    "enterprise-managed": EnterpriseManaged,
}
_RENEWAL_FIELDS: Mapping[str, Callable[[Any], object]] = {
    "scopes": tuple,
    "repositories": tuple,
    "client": lambda fields: ServiceClient(**fields),
    "idp_client": lambda fields: ServiceClient(**fields),
    "use": WorkloadUse,
    "subject_kind": SubjectToken,
}


def encode(credential: Credential) -> str:
    """The text that the store keeps."""
    kind = "oauth" if isinstance(credential, Token) else "api-key"
    fields = asdict(credential)
    if isinstance(credential, Token) and credential.renewal is not None:
        named = next(name for name, of in _RENEWALS.items() if type(credential.renewal) is of)
        fields["renewal"]["kind"] = named
    return json.dumps({"format": _FORMAT, "kind": kind, **fields})


def decode(text: str) -> Credential | None:
    """The credential in a stored text, or None for one this version cannot read."""
    try:
        fields = cast("dict[str, Any]", json.loads(text))
        if fields.pop("format") != _FORMAT:
            return None
        kind = fields.pop("kind")
        if kind == "api-key":
            return _api_key(fields)
        registration = Registration(**fields.pop("registration"))
        fields["token_path"] = tuple(fields.get("token_path", ()))
        fields["renewal"] = _renewal(fields.get("renewal"))
        return Token(**fields, registration=registration) if kind == "oauth" else None
    except (ValueError, TypeError, KeyError, AttributeError):
        # The text holds secrets: it must not become part of an exception.
        return None


def stamp(
    credential: Credential, method: str, url: str, *, now: float, nonce: str | None = None
) -> Stamp:
    """What authenticates us on one request (RFC 6750, section 2.1; RFC 9449, section 7.1).

    `now` and the server's last `nonce` count for a token that is bound to a key.
    """
    if isinstance(credential, ApiKey):
        return stamp_key(credential)
    token = credential.access_token
    if credential.dpop_key is None:
        return Stamp((("Authorization", f"Bearer {token}"),))
    proven = proof(credential.dpop_key, method, url, now=now, nonce=nonce, access_token=token)
    return Stamp((("Authorization", f"DPoP {token}"), ("DPoP", proven)))


def stamped_names(credential: Credential | None) -> frozenset[str]:
    """The headers, in lower case, that such a credential is sent in."""
    if isinstance(credential, Token):
        return _OF_A_TOKEN
    stamped = stamp_key(credential).headers if credential is not None else ()
    return frozenset(name.lower() for name, _ in stamped)


def wanted_nonce(status: int, headers: Headers) -> str | None:
    """The nonce that a proof lacked while the token is fine (RFC 9449, section 9).

    A challenge without any error counts too; another error is about the token.
    """
    if status != 401:
        return None
    challenge = challenges(headers)
    is_fine = "use_dpop_nonce" in challenge or "error=" not in challenge
    return header(headers, NONCE_HEADER) or None if is_fine else None


def restamp(request: UpstreamRequest, method: str, url: str, *, now: float) -> UpstreamRequest:
    """The request by another method to another address of its origin, with its credential.

    A key in the query stands in the new address as well, and a proof is made anew.
    """
    credential = request.credential
    if credential is None:
        return request._replace(http_method=method, url=url)
    nonce = nonce_of(header(request.headers, "DPoP") or "")
    stamped = stamp(credential, method, url, now=now, nonce=nonce)
    ours = {name.lower() for name, _ in stamped.headers}
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in ours)
    return request._replace(
        http_method=method,
        url=with_query(url, stamped.query),
        headers=(*kept, *stamped.headers),
    )


def may_go_to(credential: Credential, origin: str) -> bool:
    """Whether a credential may be sent there: to its own origin alone.

    A token may also go to a program: nobody but the person's configuration gives it one.
    """
    to_program = isinstance(credential, Token) and origin.startswith(PROGRAM)
    return credential.origin == origin or to_program


def is_bound(credential: Credential | None) -> bool:
    """Whether each request has to prove that we hold the token's key."""
    return isinstance(credential, Token) and credential.dpop_key is not None


def is_renewable(credential: Credential) -> bool:
    """Whether a new token can be had without a person."""
    return isinstance(credential, Token) and (
        credential.refresh_token is not None or credential.renewal is not None
    )


def renewal_margin(credential: Credential) -> float | None:
    """How long before its expiry a token is renewed, in seconds; None where it is not.

    A tenth of the token's life, 30 s at most, so that however short a life is, a token is
    refreshed once in it. A life of zero or less (a clock that jumped, a careless server) counts
    as unknown: such a token is used until a 401.
    """
    if not isinstance(credential, Token) or not is_renewable(credential):
        return None
    expiry = credential.expires_at
    life = 0.0 if expiry is None else expiry - credential.obtained_at
    return min(_MAX_MARGIN, life * _MARGIN_SHARE) if life > 0 else None


def is_stale(credential: Credential, now: float) -> bool:
    """Whether it is time to refresh before a request: shortly before a known expiry."""
    expiry = credential.expires_at if isinstance(credential, Token) else None
    margin = renewal_margin(credential) if expiry is not None else None
    return margin is not None and expiry is not None and now >= expiry - margin


def is_expired(credential: Credential, now: float) -> bool:
    """Whether a known expiry has passed."""
    return credential.expires_at is not None and now >= credential.expires_at


def _api_key(fields: dict[str, Any]) -> ApiKey | None:
    """An API key as stored; one of before there were places is sent as a Bearer token."""
    if "placement" in fields:
        fields["placement"] = _placement(fields["placement"])
    fields["parts"] = tuple(
        KeyPart(placement=_placement(part["placement"]), secret=part["secret"])
        for part in fields.get("parts", ())
    )
    key = ApiKey(**fields)
    places = (key.placement, *(part.placement for part in key.parts))
    return key if all(is_placement(place) for place in places) else None


def _placement(fields: dict[str, Any]) -> Placement:
    return Placement(**{**fields, "kind": PlacementKind(fields["kind"])})


def _renewal(fields: Any) -> Renewal | None:
    if fields is None:
        return None
    of = _RENEWALS[fields.pop("kind")]
    read = {name: _RENEWAL_FIELDS.get(name, _as_is)(value) for name, value in fields.items()}
    return cast(Callable[..., Renewal], of)(**read)


def _as_is(value: object) -> object:
    return value
