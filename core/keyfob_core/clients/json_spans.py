"""Where in a JSON text things stand: read whole and strictly, comments and last commas allowed.

JSON (RFC 8259) with what JSONC adds; no library answers spans and keeps every byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keyfob_core.clients.documents import Document

_DEEPEST = 200
_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/)+")
_TOKEN = re.compile(
    r'[{}\[\]:,]|"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"'
    r"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])|(?:true|false|null)(?!\w)"
)


@dataclass(slots=True)
class Member:
    """One name of an object, and what it stands for."""

    name: str
    start: int
    """Where its name begins."""
    value: Node
    comma: int | None = None
    """Where the comma behind it stands."""


@dataclass(slots=True)
class Node:
    """A value; deep ones are read and not kept."""

    kind: str
    """`{`, `[` or empty for the rest."""
    start: int
    end: int = 0
    members: list[Member] = field(default_factory=list[Member])

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return next((one for one in self.members if one.name == name), None)


def read_json(document: Document, depth: int) -> Node | None:
    """The root and what lies at most `depth` objects below it; None for a text with no value.

    Raises ConfigInvalid that names the place of what is no JSON, or too deep.
    """
    return _Reader(document, depth).read()


def tokens(document: Document, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """Each token with its place, without blanks and comments; raises ConfigInvalid."""
    text, at = document.text, start
    stop = len(text) if end is None else end
    while at < stop:
        blank = _BLANK.match(text, at)
        if blank is not None:
            at = blank.end()
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise document.wrong(at, "is no JSON")
        yield at, found[0]
        at = found.end()


def value_of(document: Document, node: Node) -> object:
    """A value with all that lies in it."""
    parts: list[str] = []
    for _, token in tokens(document, node.start, node.end):
        if token in "}]" and parts and parts[-1] == ",":
            parts.pop()
        parts.append(token)
    return json.loads("".join(parts), strict=False)


class _Reader:
    """Reads tokens one by one; `_open` are the values that have begun and not ended."""

    def __init__(self, document: Document, depth: int) -> None:
        self._document = document
        self._depth = depth
        self._open: list[Node] = []
        self._root: Node | None = None
        self._name: tuple[int, str] | None = None

    def read(self) -> Node | None:
        """All of it."""
        wants = "value"
        end = 0
        for at, token in tokens(self._document):
            if wants == "end":
                raise self._document.wrong(at, "something stands behind the end")
            wants = self._take(wants, at, token)
            end = at + len(token)
        if self._open:
            opened = self._open[-1]
            raise self._document.wrong(opened.start, f"this {opened.kind!r} is never closed")
        if wants == "colon" or self._name is not None:
            raise self._document.wrong(end, "a value is missing")
        return self._root

    def _take(self, wants: str, at: int, token: str) -> str:
        if wants == "colon":
            if token != ":":
                raise self._document.wrong(at, "a ':' is missing")
            return "value"
        if token in "}]":
            return self._close(at, token)
        if wants == "comma":
            if token != ",":
                raise self._document.wrong(at, "a ',' is missing")
            self._note_comma(at)
            return self._inside()
        if wants == "name":
            if not token.startswith('"'):
                raise self._document.wrong(at, "a name in double quotes is missing")
            self._name = (at, token)
            return "colon"
        if token in ":,":
            raise self._document.wrong(at, "a value is missing")
        return self._begin(at, token)

    def _inside(self) -> str:
        return "name" if self._open[-1].kind == "{" else "value"

    def _note_comma(self, at: int) -> None:
        members = self._open[-1].members
        if members:
            members[-1].comma = at

    def _begin(self, at: int, token: str) -> str:
        kind = token if token in "{[" else ""
        node = Node(kind, at, at + len(token))
        self._keep(node)
        if not kind:
            return self._after()
        if len(self._open) >= _DEEPEST:
            raise self._document.wrong(at, f"is nested deeper than {_DEEPEST}")
        self._open.append(node)
        return self._inside()

    def _keep(self, node: Node) -> None:
        if self._root is None and not self._open:
            self._root = node
        elif self._name is not None:
            at, token = self._name
            self._name = None
            if len(self._open) <= self._depth:
                self._open[-1].members.append(Member(self._text(at, token), at, node))

    def _text(self, at: int, token: str) -> str:
        try:
            return str(json.loads(token, strict=False))
        except ValueError:
            raise self._document.wrong(at, "is no JSON text") from None

    def _close(self, at: int, token: str) -> str:
        if not self._open or token != {"{": "}", "[": "]"}[self._open[-1].kind]:
            raise self._document.wrong(at, f"this {token!r} closes nothing")
        if self._name is not None:
            raise self._document.wrong(at, "a value is missing")
        self._open.pop().end = at + 1
        return self._after()

    def _after(self) -> str:
        return "comma" if self._open else "end"
