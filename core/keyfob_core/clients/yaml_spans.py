"""Where in a YAML text things stand, as ruamel.yaml says; it writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

from keyfob_core.clients.documents import Document
from keyfob_core.errors import ConfigInvalid

_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Node:
    """A value; a mapping has `pairs`, a list `items`, anything else a `text`."""

    start: int
    end: int
    """Behind its last value: ruamel lets a block end where the next thing begins."""
    column: int
    in_flow: bool
    """Whether it is written with braces or brackets."""
    text: str | None = None
    pairs: tuple[tuple[Node, Node], ...] | None = None
    items: tuple[Node, ...] | None = None

    @property
    def size(self) -> int:
        """How many pairs or items it has."""
        return len(self.pairs or self.items or ())

    def value(self, name: str) -> tuple[Node, Node] | None:
        """The pair of that name."""
        return next((pair for pair in self.pairs or () if pair[0].text == name), None)


def read_yaml(document: Document) -> Node | None:
    """The root, None for a text with no value; raises ConfigInvalid."""
    found = _asked(document, "compose")
    return None if found is None else _Nodes().node(found)


def loaded(document: Document) -> object:
    """The text's values; raises ConfigInvalid."""
    _check_depth(document)
    return _asked(document, "load")


def _check_depth(document: Document) -> None:
    """Ruamel takes longer with every level, and more than a minute with some thousand."""
    depth = 0
    try:
        for event in cast("Any", YAML(typ="safe", pure=True)).parse(document.text):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _DEEPEST:
                at = int(event.start_mark.index)
                raise document.wrong(at, f"is nested deeper than {_DEEPEST}")
    except (YAMLError, ValueError) as error:
        raise _no_yaml(document, error) from error


def _asked(document: Document, method: str) -> object:
    reader = cast("Any", YAML(typ="safe", pure=True))
    try:
        return cast("object", getattr(reader, method)(document.text))
    except (YAMLError, RecursionError, ValueError) as error:
        raise _no_yaml(document, error) from error


def _no_yaml(document: Document, error: Exception) -> ConfigInvalid:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None)
    if mark is not None and said:
        return document.wrong(mark.index, f"is no YAML that Keyfob edits: {said}")
    words = "nested too deep" if isinstance(error, RecursionError) else "no YAML that Keyfob edits"
    return ConfigInvalid(document.path, f"is {words}", "Nothing was changed.")


class _Nodes:
    """Makes nodes of ruamel's; what aliases name is made once, however often it is named."""

    def __init__(self) -> None:
        self._made: dict[int, Node] = {}

    def node(self, found: Any) -> Node:
        if id(found) not in self._made:
            self._made[id(found)] = self._new(found)
        return self._made[id(found)]

    def _new(self, found: Any) -> Node:
        start, end, column = found.start_mark.index, found.end_mark.index, found.start_mark.column
        if isinstance(found.value, str):
            return Node(start, end, column, False, text=found.value)
        in_flow = bool(found.flow_style)
        pairs = items = None
        last: int = start
        if found.id == "mapping":
            pairs = tuple((self.node(key), self.node(value)) for key, value in found.value)
            last = max(pairs[-1][1].end, pairs[-1][0].end + 1) if pairs else start
        else:
            items = tuple(self.node(one) for one in found.value)
            last = items[-1].end if items else start
        return Node(start, end if in_flow else last, column, in_flow, pairs=pairs, items=items)
