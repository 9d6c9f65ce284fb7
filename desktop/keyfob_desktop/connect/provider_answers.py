"""A provider's entry, as the engine tells it, in the shape that the pages use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyfob_core.providers.provider import Risk, ScopeWords
from keyfob_desktop.answers import listed, mapped, text_in
from keyfob_desktop.core_words import said

_METHODS = {
    "dcr": "oauth",
    "static": "oauth",
    "device": "device-code",
    "key": "api-key",
    "service-account": "service-account",
}


@dataclass(frozen=True, slots=True)
class ProviderName:
    """One provider of the catalogue."""

    id: str
    name: str
    confirmed: bool
    """Whether the provider itself says so, or it was tried."""
    url: str = ""
    """Its server's address, where it has one for everybody."""
    kinds: tuple[str, ...] = ()
    """The ways in, the recommended one first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one secret of a key is sent."""

    label: str
    kind: str
    name: str
    template: str


@dataclass(frozen=True, slots=True)
class KeyRecipe:
    """How an API key is made."""

    name: str
    page: str
    """Where a person makes one, or nothing."""
    steps: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class AppRecipe:
    """How a person makes an OAuth app of their own."""

    page: str
    steps: tuple[str, ...]
    secret: bool
    redirect_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """All that is known of one provider."""

    id: str
    name: str
    kinds: tuple[str, ...]
    """The recommended way first."""
    confirmed: bool
    scopes: Mapping[str, ScopeWords]
    keys: tuple[KeyRecipe, ...]
    app: AppRecipe | None
    notes: tuple[str, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that serve, the recommended one first."""
        return tuple(dict.fromkeys(_METHODS[each] for each in self.kinds if each in _METHODS))

    @property
    def needs_own_app(self) -> bool:
        """Whether a sign-in needs an OAuth app of the person's own."""
        return self.app is not None and "dcr" not in self.kinds


def providers_in(answer: object) -> tuple[ProviderName, ...]:
    """The answer of `provider.list`."""
    told = [mapped(each) for each in listed(answer)]
    return tuple(
        ProviderName(
            text_in(each, "id"),
            text_in(each, "name"),
            bool(each.get("confirmed")),
            text_in(each, "url"),
            _texts(each, "kinds"),
        )
        for each in told
    )


def provider_in(answer: object) -> ProviderEntry:
    """The answer of `provider.show`."""
    told = mapped(answer)
    return ProviderEntry(
        id=text_in(told, "id"),
        name=text_in(told, "name"),
        kinds=_texts(told, "kinds"),
        confirmed=bool(told.get("confirmed")),
        scopes=dict(_scope(mapped(each)) for each in _some(told, "scopes")),
        keys=tuple(_key(mapped(each)) for each in _some(told, "keys")),
        app=_app(mapped(told["app"])) if told.get("app") else None,
        notes=_said(told, "notes"),
    )


def _scope(told: Mapping[str, Any]) -> tuple[str, ScopeWords]:
    name = text_in(told, "name")
    try:
        risk = Risk(text_in(told, "risk"))
    except ValueError:
        risk = Risk.UNKNOWN
    return name, ScopeWords(said(text_in(told, "text")) or name, risk)


def _key(told: Mapping[str, Any]) -> KeyRecipe:
    return KeyRecipe(
        said(text_in(told, "name")),
        text_in(told, "page"),
        _said(told, "steps"),
        tuple(_place(mapped(each)) for each in _some(told, "places")),
    )


def _place(told: Mapping[str, Any]) -> Place:
    kind, name, template = (text_in(told, each) for each in ("kind", "name", "template"))
    return Place(said(text_in(told, "label")), kind, name, template)


def _app(told: Mapping[str, Any]) -> AppRecipe:
    return AppRecipe(
        text_in(told, "page"),
        _said(told, "steps"),
        bool(told.get("secret")),
        text_in(told, "redirect_uri"),
    )


def _texts(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in _some(told, name))


def _said(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(map(said, _texts(told, name)))


def _some(told: Mapping[str, Any], name: str) -> tuple[object, ...]:
    return tuple(listed(told.get(name) or ()))
