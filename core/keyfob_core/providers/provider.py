"""What is known of one provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from keyfob_core.model import USUAL, Placement, Profile


class Kind(StrEnum):
    """A way to hold an account at a provider."""

    DCR = "dcr"
    """Just a click: we register ourselves, by RFC 7591 or a metadata document."""
    STATIC = "static"
    """With an OAuth app of the person's own."""
    KEY = "key"
    OPEN = "open"
    """Without any account."""
    DEVICE = "device"
    SERVICE_ACCOUNT = "service-account"


class Risk(StrEnum):
    """How much harm a scope allows."""

    READ = "read"
    WRITE = "write"
    UNKNOWN = "unknown"
    """Nobody has described it; treat it as more than writing."""
    ADMIN = "admin"
    """Deletes, grants access to others, moves money or changes settings for all."""


_RISING = (Risk.READ, Risk.WRITE, Risk.UNKNOWN, Risk.ADMIN)


@dataclass(frozen=True, slots=True)
class ScopeWords:
    """A scope in plain words."""

    text: str
    risk: Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderServer:
    """An MCP server of a provider."""

    name: str
    url: str
    transport: str = "http"
    """http, or sse for the older transport of 2024-11-05."""
    kinds: tuple[Kind, ...] = ()
    """Where they differ from the provider's."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """One secret of a key, as a dialog asks for it."""

    label: str
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecipe:
    """How an API key is made, and where each of its secrets is sent."""

    name: str
    page: str | None
    """Where a person makes one."""
    steps: tuple[str, ...]
    places: tuple[KeyPlace, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRecipe:
    """How a person makes an OAuth app of their own."""

    page: str
    steps: tuple[str, ...]
    secret: bool
    """Whether the app has a client secret to bring along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an entry's facts come from."""

    kind: str
    """vendor, issue, guide (of somebody else), list or tried."""
    text: str
    seen: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider's entry."""

    id: str
    name: str
    kinds: tuple[Kind, ...]
    """The recommended way first."""
    servers: tuple[ProviderServer, ...]
    origins: tuple[str, ...]
    """Further origins that are the provider's; `https://*.host` stands for any one name below."""
    quirks: Profile = USUAL
    scopes: Mapping[str, ScopeWords] = field(default_factory=dict[str, ScopeWords])
    keys: tuple[KeyRecipe, ...] = ()
    app: AppRecipe | None = None
    confirmed: bool = False
    """Whether the provider itself says so, or it was tried."""
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    docs: str | None = None
    own: bool = False
    """Added or changed by the person."""

    def profile(self) -> Profile:
        """How its authorization server wants to be spoken to."""
        return self.quirks

    def scope(self, name: str) -> ScopeWords:
        """A scope in plain words; one that nobody has described is shown by its name."""
        return self.scopes.get(name) or ScopeWords(name, Risk.UNKNOWN)

    def risk_of(self, scopes: Iterable[str]) -> Risk | None:
        """The highest risk among scopes, or None where there are none."""
        return max((self.scope(name).risk for name in scopes), key=_RISING.index, default=None)

    def kinds_at(self, url: str) -> tuple[Kind, ...]:
        """The ways that serve for one of its servers."""
        own = next((server.kinds for server in self.servers if server.url == url), ())
        return own or self.kinds

    @property
    def redirect_uri(self) -> str:
        """What to enter as the redirect of an OAuth app; without a port where any will do."""
        profile = self.quirks
        port = f":{profile.callback_port}" if profile.callback_port else ""
        return f"http://{profile.callback_host}{port}{profile.callback_path}"
