"""Dynamic client registration (RFC 7591): open to every program here, so bounded."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from keyfob_core.identity.pairings import RegisteredClient, RegistrationTable
from keyfob_core.model import Peer
from keyfob_core.pairing.answers import GrantRefused
from keyfob_core.pairing.metadata import SCOPE
from keyfob_core.pairing.redirects import is_allowed_redirect
from keyfob_core.ports import Clock
from keyfob_core.words.plain import visible

MOST_UNANSWERED = 20
"""Registrations that nobody has let in yet."""
UNANSWERED_SECONDS = 3600.0
MOST_KNOWN = 100
KNOWN_SECONDS = 180 * 86400.0
"""How long one that was let in is kept after the last time."""
_MOST_REDIRECTS = 16
_LONGEST_NAME = 100


class Registrar:
    """Keeps the clients that registered themselves."""

    def __init__(self, table: RegistrationTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._peers: dict[str, Peer] = {}

    def register(self, metadata: Mapping[str, Any], peer: Peer | None) -> RegisteredClient:
        """Keep a client; raises GrantRefused for a bad one, and for one too many."""
        redirects = _redirects(metadata)
        _check_grants(metadata)
        self._trim()
        waiting = [one for one in self._table.list() if one.used_at is None]
        if len(waiting) >= MOST_UNANSWERED:
            oldest = min(one.registered_at for one in waiting)
            left = oldest + UNANSWERED_SECONDS - self._clock()
            raise GrantRefused(
                "temporarily_unavailable",
                "Too many programs have registered and were not let in.",
                status=429,
                retry_after=max(1, int(left)),
            )
        client = RegisteredClient(
            client_id=f"kfc_{secrets.token_urlsafe(16)}",
            name=_name(metadata),
            redirects=redirects,
            registered_at=self._clock(),
            executable=peer.executable if peer else None,
        )
        self._table.keep(client)
        if peer is not None:
            self._peers[client.client_id] = peer
        return client

    def find(self, client_id: str) -> RegisteredClient | None:
        """The client that registered under this id, unless that is too long ago."""
        found = self._table.find(client_id)
        return found if found is not None and not self._is_over(found) else None

    def peer(self, client: RegisteredClient) -> Peer | None:
        """The process that registered, where it did so since Keyfob started."""
        return self._peers.get(client.client_id)

    def let_in(self, client: RegisteredClient) -> None:
        """Note that the person has let the client in."""
        self._table.keep(replace(client, used_at=self._clock()))

    def _trim(self) -> None:
        listed = self._table.list()
        gone = [one for one in listed if self._is_over(one)]
        known = [one for one in listed if one.used_at is not None and one not in gone]
        known.sort(key=lambda one: one.used_at or 0.0)
        gone += known[: max(0, len(known) - MOST_KNOWN)]
        if gone:
            self._table.remove(tuple(one.client_id for one in gone))
            for one in gone:
                self._peers.pop(one.client_id, None)

    def _is_over(self, client: RegisteredClient) -> bool:
        now = self._clock()
        if client.used_at is None:
            return now - client.registered_at >= UNANSWERED_SECONDS
        return now - client.used_at >= KNOWN_SECONDS


def described(client: RegisteredClient) -> dict[str, object]:
    """The client as the registration answers it (RFC 7591, section 3.2.1).

    Every client is a public one: what a program of this user could keep secret, another could
    read. Redirects that may not be used are left out, as that section allows.
    """
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.registered_at),
        "client_name": client.name,
        "redirect_uris": list(client.redirects),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": SCOPE,
    }


def _redirects(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    value: object = metadata.get("redirect_uris")
    uris = cast("list[object]", value) if isinstance(value, list) else []
    if not uris or len(uris) > _MOST_REDIRECTS:
        raise GrantRefused("invalid_redirect_uri", f"Give one to {_MOST_REDIRECTS} redirect_uris.")
    allowed = [uri for uri in uris if isinstance(uri, str) and is_allowed_redirect(uri)]
    if not allowed:
        raise GrantRefused(
            "invalid_redirect_uri",
            "Answers go to http on loopback or to a program's own scheme only.",
        )
    return tuple(dict.fromkeys(allowed))


def _check_grants(metadata: Mapping[str, Any]) -> None:
    for name, wanted in (("grant_types", "authorization_code"), ("response_types", "code")):
        value: object = metadata.get(name)
        if value is not None and (
            not isinstance(value, list) or wanted not in cast("list[object]", value)
        ):
            raise GrantRefused("invalid_client_metadata", f"{name} has to have {wanted} in it.")


def _name(metadata: Mapping[str, Any]) -> str:
    value: object = metadata.get("client_name")
    return visible(value.strip()[:_LONGEST_NAME]) if isinstance(value, str) else ""
