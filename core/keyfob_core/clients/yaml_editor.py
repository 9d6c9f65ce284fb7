"""One entry in a YAML file, put in or taken out without touching what lies around it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from keyfob_core.clients.documents import Document, Splice
from keyfob_core.clients.yaml_spans import Node, loaded, read_yaml
from keyfob_core.errors import ConfigInvalid

_PLAIN = re.compile(r"[A-Za-z_][\w-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_USUAL_INDENT = 2


class YamlEditor:
    """Knows where in a file the entries are: below one key, by name or as a list."""

    def __init__(self, key: str, name_key: str | None) -> None:
        self._key = key
        self._name_key = name_key

    def entries(self, document: Document) -> Mapping[str, object]:
        """Every entry by name; raises ConfigInvalid."""
        root = loaded(document)
        if root is None:
            return {}
        if not isinstance(root, dict):
            raise ConfigInvalid(document.path, "the file is no mapping")
        inner = cast("dict[object, object]", root).get(self._key)
        if inner is None:
            return {}
        if self._name_key is None and isinstance(inner, dict):
            return {str(name): one for name, one in cast("dict[object, object]", inner).items()}
        if self._name_key is not None and isinstance(inner, list):
            return self._named(document, cast("list[object]", inner))
        kind = "mapping" if self._name_key is None else "list"
        raise ConfigInvalid(document.path, f"{self._key} is no {kind}")

    def put(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        """With the entry of that name in place of an earlier one; raises ConfigInvalid."""
        self.entries(document)
        root = read_yaml(document)
        found = root.value(self._key) if root is not None else None
        if root is not None and found is None and root.in_flow:
            at = root.start + 1
            whole = {name: entry} if self._name_key is None else [entry]
            text = f"{json.dumps(self._key)}: {json.dumps(whole, ensure_ascii=False)}"
            return document.spliced([Splice(at, at, text + (", " if root.size else ""))])
        if found is None:
            return self._appended(document, name, entry)
        key, inner = found
        old = self._item(inner, name)
        if old is not None:
            return document.spliced([self._replacement(document, inner, old, name, entry)])
        return document.spliced(self._insertion(document, key, inner, name, entry))

    def remove(self, document: Document, name: str) -> Document:
        """Without the entry of that name; the same where there is none. Raises ConfigInvalid."""
        self.entries(document)
        root = read_yaml(document)
        found = root.value(self._key) if root is not None else None
        old = self._item(found[1], name) if found is not None else None
        if found is None or old is None:
            return document
        key, inner = found
        start, end = old
        if inner.in_flow:
            behind = re.compile(r"\s*,[ \t]*").match(document.text, end)
            before = document.text[:start].rstrip()
            if behind is not None:
                end = behind.end()
            elif before.endswith(","):
                start = len(before) - 1
            return document.spliced([Splice(start, end, "")])
        cuts = [Splice(*_line_span(document, start, end), "")]
        if inner.size == 1:
            colon = document.text.index(":", key.end) + 1
            cuts.append(Splice(colon, colon, " []" if self._name_key is not None else " {}"))
        return document.spliced(cuts)

    def _named(self, document: Document, items: Sequence[object]) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for one in items:
            table = cast("dict[object, object]", one) if isinstance(one, dict) else {}
            name = table.get(self._name_key)
            if not isinstance(name, str):
                continue
            if name in found:
                raise ConfigInvalid(document.path, f"{name!r} stands twice in {self._key}")
            found[name] = one
        return found

    def _item(self, inner: Node, name: str) -> tuple[int, int] | None:
        """Where an entry begins, at its name or its dash, and where its last value ends."""
        if self._name_key is None:
            pair = inner.value(name)
            return (pair[0].start, max(pair[1].end, pair[0].end + 1)) if pair is not None else None
        for one in inner.items or ():
            pair = one.value(self._name_key)
            if pair is not None and pair[1].text == name:
                return one.start, one.end
        return None

    def _replacement(
        self,
        document: Document,
        inner: Node,
        old: tuple[int, int],
        name: str,
        entry: Mapping[str, object],
    ) -> Splice:
        if inner.in_flow:
            return Splice(*old, self._flow(name, entry))
        indent = " " * inner.column
        block = self._block(name, entry, indent, document.line_end)
        return Splice(*_line_span(document, *old), block)

    def _insertion(
        self, document: Document, key: Node, inner: Node, name: str, entry: Mapping[str, object]
    ) -> list[Splice]:
        at = _behind_line(document, key.end)
        if inner.text is not None:
            # Nothing, or a word for it: anything else was refused before.
            indent = " " * (key.column + _USUAL_INDENT)
            cut = Splice(inner.start, inner.end, "")
            return [cut, self._lines_at(document, at, name, entry, indent)]
        if inner.in_flow:
            at = inner.start + 1
            return [Splice(at, at, self._flow(name, entry) + (", " if inner.size else ""))]
        if inner.start < at:
            raise document.wrong(inner.start, f"{self._key} begins in its own line")
        return [self._lines_at(document, at, name, entry, " " * inner.column)]

    def _lines_at(
        self, document: Document, at: int, name: str, entry: Mapping[str, object], indent: str
    ) -> Splice:
        end = document.line_end
        start = "" if document.text[:at].endswith("\n") or not at else end
        return Splice(at, at, start + self._block(name, entry, indent, end))

    def _appended(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        end, at = document.line_end, len(document.text)
        start = "" if not at or document.text.endswith("\n") else end
        block = self._block(name, entry, " " * _USUAL_INDENT, end)
        after = document.spliced([Splice(at, at, f"{start}{_key(self._key)}:{end}{block}")])
        # A text in block style at the end takes in the line end that is put behind it.
        before, now = self._others(loaded(document)), self._others(loaded(after))
        if before != now:
            raise document.wrong(at, "cannot be added to", "End the file with an empty line.")
        return after

    def _others(self, root: object) -> Mapping[object, object]:
        table = cast("dict[object, object]", root) if isinstance(root, dict) else {}
        return {key: one for key, one in table.items() if key != self._key}

    def _flow(self, name: str, entry: Mapping[str, object]) -> str:
        label = f"{json.dumps(name)}: " if self._name_key is None else ""
        return label + json.dumps(entry, ensure_ascii=False)

    def _block(self, name: str, entry: Mapping[str, object], indent: str, end: str) -> str:
        if self._name_key is None:
            lines = _lines({name: entry}, indent)
        else:
            inner = _lines(entry, f"{indent}  ")
            lines = [f"{indent}- {inner[0].lstrip()}", *inner[1:]]
        return "".join(f"{line}{end}" for line in lines)


def _lines(entry: Mapping[str, object], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in entry.items():
        label = f"{indent}{_key(key)}:"
        if isinstance(value, dict) and value:
            lines += [label, *_lines(cast("Mapping[str, object]", value), f"{indent}  ")]
        elif isinstance(value, list) and value:
            items = (json.dumps(one, ensure_ascii=False) for one in cast("list[object]", value))
            lines += [label, *(f"{indent}  - {item}" for item in items)]
        else:
            lines.append(f"{label} {json.dumps(value, ensure_ascii=False)}")
    return lines


def _key(key: str) -> str:
    plain = _PLAIN.fullmatch(key) and key.lower() not in _WORDS
    return key if plain else json.dumps(key, ensure_ascii=False)


def _behind_line(document: Document, at: int) -> int:
    found = document.text.find("\n", at)
    return len(document.text) if found < 0 else found + 1


def _line_span(document: Document, start: int, end: int) -> tuple[int, int]:
    """The whole lines of an entry; a text in block style ends behind its line already."""
    if end and document.text[end - 1] == "\n":
        return document.line_start(start), end
    return document.line_start(start), _behind_line(document, end)
