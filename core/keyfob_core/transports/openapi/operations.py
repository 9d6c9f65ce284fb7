"""The operations of an OpenAPI document, with as much of each as a call needs."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from keyfob_core.accounts.placements import is_placement
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Placement, PlacementKind
from keyfob_core.transports.openapi.base import server_urls
from keyfob_core.transports.openapi.checks import objects, target_of_reference
from keyfob_core.transports.openapi.reading import Document, list_of, object_of
from keyfob_core.transports.openapi.schemas import Readable
from keyfob_core.transports.openapi.security import secret_names
from keyfob_core.words.plain import visible

MAX_TOOLS = 2000
_METHODS = ("get", "post", "put", "patch", "delete")
_MAX_NAME = 48
_MAX_DESCRIPTION = 2000
_MAX_TITLE = 120
_MAX_WEIGHT = 2_000_000
_PATH = re.compile(r"/(?!/)[^\x00-\x20\x7f?#\\<>\"^`|]*")
_ANY_JSON = ("*/*", "application/*", "application/*+json")
_SLOT = re.compile(r"\{([^{}]+)\}")


class LeftOut(Exception):
    """An operation that becomes no tool; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: str
    """In capitals."""
    path: str
    fields: Document
    """Its parameters, without references and without those that a caller may not set, and its
    body."""

    @property
    def label(self) -> str:
        """Its method and path, as shown to people."""
        return visible(f"{self.method} {self.path}")[:_MAX_DESCRIPTION]

    @property
    def title(self) -> str:
        """Its summary, in one line."""
        return visible(_text(self.fields.get("summary")).strip())[:_MAX_TITLE]

    @property
    def description(self) -> str:
        """What it does, and where: a document that changes where is seen to have changed."""
        summary = _text(self.fields.get("summary")).strip()
        details = _text(self.fields.get("description")).strip()
        whole = summary if details in ("", summary) else f"{summary}\n\n{details}".strip()
        shown = visible(whole, lines=True)
        if len(shown) > _MAX_DESCRIPTION:
            shown = f"{shown[:_MAX_DESCRIPTION]}…"
        return f"{shown}\n\n{self.label}".strip()


def operations(document: Document) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """The operations that can become tools, and the others with their reasons.

    Raises ConfigInvalid where there are too many, or where their schemas together are too much.
    """
    secret = secret_names(document)
    found: list[Operation] = []
    left_out: list[str] = []
    for path, method, item, fields in _listed(document):
        try:
            found.append(_operation(document, path, method, item, fields, secret))
        except LeftOut as reason:
            left_out.append(visible(f"{method.upper()} {path}: {reason}")[:300])
    if len(found) > MAX_TOOLS:
        raise ConfigInvalid("paths", f"have more than {MAX_TOOLS} operations", "Give fewer.")
    _check_weight(document, found)
    return tuple(found), tuple(left_out)


def tool_names(found: Sequence[Operation]) -> tuple[str, ...]:
    """A legal name for each; it depends on no other operation but one of the same name.

    Letters, digits and single underscores, at most 48: clients prefix them, and an aggregate puts
    two underscores between a server's name and a tool's.
    """
    slugs = [_slug(_text(one.fields.get("operationId"))) or _slug(one.label) for one in found]
    many = Counter(slugs)
    return tuple(
        slug if slug and len(slug) <= _MAX_NAME and many[slug] == 1 else _told_apart(slug, one)
        for slug, one in zip(slugs, found, strict=True)
    )


def reduced(document: Document, found: Sequence[Operation]) -> Document:
    """The document with nothing but these operations and the schemas that they use."""
    readable = Readable(document)
    paths: Document = {}
    for one in found:
        paths.setdefault(one.path, {})[one.method.lower()] = {
            **readable.operation(one.fields),
            "responses": {"default": {"description": ""}},
        }
    components = {"schemas": readable.schemas()}
    info = {"title": "API", "version": "0"}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": components}


def _listed(document: Document) -> Iterator[tuple[str, str, Document, Document]]:
    for path, item in object_of(document["paths"]).items():
        item = _resolved(document, item)
        for method in _METHODS:
            fields = item.get(method)
            if isinstance(fields, dict):
                yield path, method, item, cast("Document", fields)


def _operation(
    document: Document,
    path: str,
    method: str,
    item: Document,
    fields: Document,
    secret: frozenset[tuple[str, str]],
) -> Operation:
    if not _PATH.fullmatch(path) or any(part in (".", "..") for part in path.split("/")):
        raise LeftOut("its path is none")
    if _lies_elsewhere(document, fields if fields.get("servers") else item):
        raise LeftOut("it lies at another address than the API, and its key does not go there")
    given = [
        _resolved(document, parameter)
        for source in (item, fields)
        for parameter in list_of(source.get("parameters"))
    ]
    # An operation's own parameter stands for its path's of the same name and place.
    named = {(_text(one.get("in")), _text(one.get("name"))): one for one in given}
    slots = set(_SLOT.findall(path))
    described = {name for place, name in named if place == "path"}
    if not slots <= described or "{" in _SLOT.sub("", path):
        raise LeftOut("its path has a parameter that is not described")
    kept = [
        one
        for (place, name), one in named.items()
        if _is_callers(place, name, required=one.get("required") is True, secret=secret)
    ]
    wanted: Document = {
        key: fields[key]
        for key in ("operationId", "summary", "description")
        if isinstance(fields.get(key), str)
    }
    if kept:
        wanted["parameters"] = kept
    body = _resolved(document, fields.get("requestBody"))
    if isinstance(body.get("content"), dict) and body["content"]:
        wanted["requestBody"] = {**body, "content": _preferred(body["content"])}
    return Operation(method=method.upper(), path=path, fields=wanted)


def _lies_elsewhere(document: Document, part: Document) -> bool:
    """Whether a path or an operation has servers of its own that are not the document's first."""
    if not part.get("servers"):
        return False
    own = {url.rstrip("/") for url in server_urls(part)}
    return not any(url.rstrip("/") in own for url in server_urls(document)[:1])


def _preferred(content: Document) -> Document:
    """The one kind of body that is sent: JSON where it may be."""
    kind = min(content, key=_rank)
    # A range of kinds is no Content-Type.
    return {"application/json" if kind in _ANY_JSON else kind: content[kind]}


def _rank(kind: str) -> int:
    """How late a kind is chosen: a list of changes only where there is nothing else of JSON."""
    bare = kind.partition(";")[0].strip().lower()
    if bare == "application/json-patch+json":
        return 2
    return 1 - (bare == "application/json") if bare.endswith(("/json", "+json")) else 3


def _is_callers(
    place: str, name: str, *, required: bool, secret: frozenset[tuple[str, str]]
) -> bool:
    """Whether a caller may set a parameter: not what the credential or the protocol says."""
    if (place, name.lower()) in secret:
        return False
    if place == "header":
        token = Placement(kind=PlacementKind.HEADER, name=name, template="{key}")
        return name.lower() != "authorization" and is_placement(token)
    if place == "cookie":
        if required:
            raise LeftOut("it needs a cookie, and Keyfob sends none")
        return False
    return place in ("path", "query")


def _check_weight(document: Document, found: Sequence[Operation]) -> None:
    """Add up the schemas that every operation brings along; raises ConfigInvalid."""
    weights: dict[str, tuple[int, set[str]]] = {}
    total = 0
    for one in found:
        size, further = _weight(one.fields)
        total += size
        seen: set[str] = set()
        while further:
            reference = further.pop()
            if reference in seen:
                continue
            seen.add(reference)
            if reference not in weights:
                weights[reference] = _weight(target_of_reference(document, reference))
            total += weights[reference][0]
            further |= weights[reference][1] - seen
            if total > _MAX_WEIGHT:
                break
        if total > _MAX_WEIGHT:
            raise ConfigInvalid(
                "paths",
                "have operations whose schemas are too much together",
                "Give a document with fewer operations or simpler schemas.",
            )


def _weight(value: object) -> tuple[int, set[str]]:
    size, references = 0, set[str]()
    for part in objects(value):
        size += 1 + len(part)
        reference = part.get("$ref")
        if isinstance(reference, str):
            references.add(reference)
    return size, references


def _resolved(document: Document, value: object) -> Document:
    """An object without a reference at its top; empty for what is none. References are no ring."""
    while isinstance(value, dict):
        fields = cast("Document", value)
        reference = fields.get("$ref")
        if not isinstance(reference, str):
            return fields
        value = target_of_reference(document, reference)
    return {}


def _told_apart(slug: str, one: Operation) -> str:
    digest = hashlib.sha256(f"{one.method} {one.path}".encode(errors="replace")).hexdigest()[:8]
    return f"{slug[: _MAX_NAME - 9].rstrip('_') or 'call'}_{digest}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
