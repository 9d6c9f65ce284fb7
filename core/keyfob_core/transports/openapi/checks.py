"""What an OpenAPI document must be before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from urllib.parse import unquote

from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.reading import Document, list_of, object_of
from keyfob_core.words.plain import visible

_VERSIONS = ("3.0.", "3.1.")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_COMPOSED = ("allOf", "anyOf", "oneOf", "prefixItems")
_FORM = "application/x-www-form-urlencoded"
_MAX_REFERENCES_IN_A_ROW = 100
_MAX_COMPOSED = 20_000
"""Schemas that one form's fields may be composed of, counted along every path."""
_MAX_SHOWN = 200


def check_document(document: Document) -> None:
    """See that it is OpenAPI 3.0 or 3.1, that every reference stays in it, and that none is a ring.

    Raises ConfigInvalid that names what is wrong.
    """
    if "swagger" in document:
        raise ConfigInvalid(
            "swagger", "this is Swagger 2, which Keyfob does not read", "Convert it to OpenAPI 3."
        )
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        raise ConfigInvalid(
            "openapi", f"is {_shown(version)}, not 3.0 or 3.1", "Give an OpenAPI 3.0 or 3.1 one."
        )
    if not isinstance(document.get("paths"), dict):
        raise ConfigInvalid("paths", "are missing", "A document without operations has no tools.")
    for part in objects(document):
        _check_references(document, part)
        if _FORM in part:
            _Composition(document).check(object_of(part[_FORM]).get("schema"))


def objects(value: object) -> Iterator[Document]:
    """Every object in the value, itself included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            fields = cast("Document", one)
            yield fields
            waiting.extend(fields.values())
        elif isinstance(one, list):
            waiting.extend(cast("list[object]", one))


def target_of_reference(document: Document, reference: str) -> object:
    """What a local reference leads to (RFC 6901, section 6); raises ConfigInvalid."""
    if reference != "#" and not reference.startswith("#/"):
        raise ConfigInvalid(
            "$ref",
            f"{_shown(reference)} leads out of the document, and Keyfob fetches nothing for it",
            "Bundle the document into one file first.",
        )
    here: object = document
    for step in reference.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        members = list_of(here)
        if members:
            here = members[int(key)] if _is_index(key, members) else _MISSING
        else:
            here = object_of(here).get(key, _MISSING)
        if here is _MISSING:
            raise ConfigInvalid(
                "$ref", f"{_shown(reference)} leads to nothing in the document", "Correct it."
            )
    return here


def _is_index(key: str, members: list[object]) -> bool:
    return key.isdecimal() and len(key) < 9 and int(key) < len(members)


def _check_references(document: Document, part: Document) -> None:
    for keyword in _REFERENCES:
        reference = part.get(keyword)
        if isinstance(reference, str) and (keyword == "$ref" or not reference.startswith("#")):
            _follow(document, reference)


def _follow(document: Document, reference: str) -> None:
    """Go along references that lead to references; raises ConfigInvalid for a ring."""
    seen = {reference}
    while len(seen) <= _MAX_REFERENCES_IN_A_ROW:
        target = target_of_reference(document, reference)
        further = object_of(target).get("$ref")
        if not isinstance(further, str):
            return
        if further in seen:
            break
        seen.add(further)
        reference = further
    raise ConfigInvalid("$ref", f"{_shown(reference)} leads in a ring", "Correct it.")


class _Composition:
    """Counts the schemas that a form's fields are composed of.

    A form's fields are looked through at each call along every path of allOf and its kin, and
    paths multiply: thirty schemas of two members each are a thousand million.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MAX_COMPOSED

    def check(self, schema: object) -> None:
        """Count a form's schema; raises ConfigInvalid."""
        try:
            self._count(schema, frozenset(), fields=True)
        except RecursionError:
            raise _too_much() from None

    def _count(self, schema: object, followed: frozenset[str], *, fields: bool = False) -> None:
        if not isinstance(schema, dict):
            return
        self._left -= 1
        if self._left < 0 or len(followed) > _MAX_REFERENCES_IN_A_ROW:
            raise _too_much()
        part = cast("Document", schema)
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in followed:
            target = target_of_reference(self._document, reference)
            self._count(target, followed | {reference}, fields=fields)
        for member in _members(part):
            self._count(member, followed, fields=fields)
        for one in object_of(part.get("properties")).values() if fields else ():
            self._count(one, frozenset())


def _too_much() -> ConfigInvalid:
    return ConfigInvalid("requestBody", "has a form that is composed of too many schemas")


def _members(schema: Document) -> list[object]:
    found: list[object] = [schema.get("items"), schema.get("additionalProperties")]
    for keyword in _COMPOSED:
        found += list_of(schema.get(keyword))
    return found


def _shown(value: object) -> str:
    return visible(repr(value))[:_MAX_SHOWN]


_MISSING = object()
