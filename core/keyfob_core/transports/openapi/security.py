"""How an API wants to be signed in to, as its document's security schemes say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob_core.accounts.placements import is_placement
from keyfob_core.model import Placement, PlacementKind
from keyfob_core.transports.openapi.checks import target_of_reference
from keyfob_core.transports.openapi.reading import Document, list_of, object_of
from keyfob_core.words.plain import visible

_MAX_SCHEMES = 20
_MAX_SCOPES = 50
_MAX_SHOWN = 200
_KINDS = {"header": PlacementKind.HEADER, "query": PlacementKind.QUERY}


def sign_ins(document: Document) -> tuple[str, ...]:
    """Each way to sign in, in a sentence's words."""
    schemes = _schemes(document)
    return tuple(f"{visible(name)[:80]}: {_words(fields)}" for name, fields in schemes.items())


def key_places(document: Document) -> tuple[Placement, ...]:
    """Where the keys stand that the API asks for first; several where it wants them together.

    Empty where none of its ways takes a key at a place that one may have.
    """
    schemes = _schemes(document)
    for wanted in (*_requirements(document), *([name] for name in schemes)):
        places = [_place(schemes.get(name, {})) for name in wanted]
        if places and all(places):
            return tuple(place for place in places if place is not None)
    return ()


def secret_names(document: Document) -> frozenset[tuple[str, str]]:
    """(place, lower-case name) of each header and parameter that carries a key."""
    return frozenset(
        (str(fields.get("in")), str(fields.get("name")).lower())
        for fields in _schemes(document).values()
        if fields.get("type") == "apiKey"
    )


def _schemes(document: Document) -> dict[str, Mapping[str, Any]]:
    schemes = object_of(object_of(document.get("components")).get("securitySchemes"))
    found: dict[str, Mapping[str, Any]] = {}
    for name, scheme in list(schemes.items())[:_MAX_SCHEMES]:
        fields = object_of(scheme)
        while isinstance(reference := fields.get("$ref"), str):
            fields = object_of(target_of_reference(document, reference))
        found[name] = fields
    return found


def _requirements(document: Document) -> list[list[str]]:
    return [list(object_of(one)) for one in list_of(document.get("security"))]


def _place(scheme: Mapping[str, Any]) -> Placement | None:
    kind, name = scheme.get("type"), scheme.get("name")
    place: Placement | None = None
    if kind == "apiKey" and scheme.get("in") in _KINDS and isinstance(name, str):
        place = Placement(kind=_KINDS[scheme["in"]], name=name, template="{key}")
    elif kind == "http" and str(scheme.get("scheme")).lower() == "bearer":
        place = Placement()
    elif kind == "http" and str(scheme.get("scheme")).lower() == "basic":
        place = Placement(kind=PlacementKind.BASIC, template="{username}:{key}")
    return place if place is not None and is_placement(place) else None


def _words(scheme: Mapping[str, Any]) -> str:
    kind = scheme.get("type")
    if kind == "apiKey":
        where = {"header": "header", "query": "parameter"}.get(str(scheme.get("in")))
        named = visible(str(scheme.get("name")))[:_MAX_SHOWN]
        return f"a key in the {where} {named}" if where else f"a cookie {named}, which is not sent"
    if kind == "http":
        return f"HTTP {visible(str(scheme.get('scheme')))[:80]}"
    if kind == "oauth2":
        return f"OAuth 2 ({', '.join(_flows(scheme)) or 'no flow'}){_scopes(scheme)}"
    if kind == "openIdConnect":
        return f"OpenID Connect at {visible(str(scheme.get('openIdConnectUrl')))[:_MAX_SHOWN]}"
    return f"{visible(str(kind))[:80]}, which Keyfob cannot do"


def _flows(scheme: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    flows = object_of(scheme.get("flows"))
    return {visible(name)[:80]: object_of(flow) for name, flow in list(flows.items())[:8]}


def _scopes(scheme: Mapping[str, Any]) -> str:
    named = [
        visible(scope)[:80]
        for flow in _flows(scheme).values()
        for scope in list(object_of(flow.get("scopes")))[:_MAX_SCOPES]
    ]
    return f", scopes {' '.join(dict.fromkeys(named))}" if named else ""
