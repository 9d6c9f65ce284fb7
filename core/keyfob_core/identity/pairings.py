"""What is kept of clients that pair by OAuth: how they registered, and the digests of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredClient:
    """A client as it registered itself (RFC 7591); its words are claims."""

    client_id: str
    name: str
    redirects: tuple[str, ...]
    registered_at: float
    executable: str | None = None
    """The program that registered, where the system told."""
    used_at: float | None = None
    """When the person last let it in; None where they never did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDigests:
    """One generation of a pairing's tokens, as SHA-256 hex digests; times since the epoch."""

    access: str
    access_ends_at: float
    refresh: str
    ends_at: float
    """When the refresh token ends, and with it the pairing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What one yes of the person gave to a registered client."""

    token_id: str
    client: str
    """The name that the person gave it."""
    client_id: str
    server: str | None
    """The only server it serves; None for all."""
    family: str
    """The digest of what all of its refresh tokens have in common."""
    tokens: TokenDigests


class PairingTable(Protocol):
    """The pairings: clients whose tokens renew themselves until one end or the other."""

    def pair(
        self,
        name: str,
        client_id: str,
        server: str | None,
        family: str,
        tokens: TokenDigests,
        at: float,
    ) -> Pairing:
        """Keep a new pairing; `server` binds it to one."""
        ...

    def pairing(self, family: str) -> Pairing | None:
        """The pairing whose refresh tokens are of this family, by its SHA-256 hex digest."""
        ...

    def pairings(self) -> tuple[Pairing, ...]:
        """All pairings."""
        ...

    def renew(self, pairing: Pairing, tokens: TokenDigests) -> None:
        """Put a new generation in the place of a pairing's tokens."""
        ...

    def end(self, pairing: Pairing) -> None:
        """Forget a pairing and its tokens."""
        ...


class RegistrationTable(Protocol):
    """The clients that registered themselves to pair."""

    def find(self, client_id: str) -> RegisteredClient | None:
        """The client that registered under this id."""
        ...

    def list(self) -> tuple[RegisteredClient, ...]:
        """All of them, oldest first."""
        ...

    def keep(self, client: RegisteredClient) -> None:
        """Keep a registration, or what changed in it."""
        ...

    def remove(self, client_ids: tuple[str, ...]) -> None:
        """Forget registrations."""
        ...
