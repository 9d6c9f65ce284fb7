"""A provider's entry as commands and the window show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob_core.providers.provider import KeyRecipe, Provider


def summary(provider: Provider) -> Mapping[str, Any]:
    """One line of a list."""
    return {
        "id": provider.id,
        "name": provider.name,
        "kinds": tuple(kind.value for kind in provider.kinds),
        "url": provider.servers[0].url if provider.servers else None,
        "confirmed": provider.confirmed,
    }


def details(provider: Provider) -> Mapping[str, Any]:
    """The whole entry."""
    return {
        **summary(provider),
        "servers": tuple({"name": one.name, "url": one.url} for one in provider.servers),
        "scopes": tuple(
            {"name": name, "text": words.text, "risk": words.risk.value}
            for name, words in provider.scopes.items()
        ),
        "keys": tuple(_key(recipe) for recipe in provider.keys),
        "app": {
            "page": provider.app.page,
            "steps": provider.app.steps,
            "secret": provider.app.secret,
            "redirect_uri": provider.redirect_uri,
        }
        if provider.app
        else None,
        "notes": provider.notes,
        "docs": provider.docs,
        "sources": tuple(
            {"kind": source.kind, "text": source.text, "seen": source.seen.isoformat()}
            for source in provider.sources
        ),
        "own": provider.own,
    }


def _key(recipe: KeyRecipe) -> Mapping[str, Any]:
    return {
        "name": recipe.name,
        "page": recipe.page,
        "steps": recipe.steps,
        "secrets": tuple(place.label for place in recipe.places),
        "places": tuple(
            {
                "label": place.label,
                "kind": place.placement.kind.value,
                "name": place.placement.name,
                "template": place.placement.template,
            }
            for place in recipe.places
        ),
    }
