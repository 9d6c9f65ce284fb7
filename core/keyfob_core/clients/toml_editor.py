"""One entry in a TOML file, put in or taken out without touching what lies around it.

tomlkit reads and writes whole files: it is not asked to keep what it does not mean to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import cast

from keyfob_core.clients.documents import Document, Splice
from keyfob_core.clients.toml_spans import Statement, items, key_at, statements
from keyfob_core.errors import ConfigInvalid

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class TomlEditor:
    """Knows where in a file the entries are: tables by name, or a list of tables."""

    def __init__(self, key: Sequence[str], name_key: str | None) -> None:
        self._key = tuple(key)
        self._name_key = name_key

    def entries(self, document: Document) -> Mapping[str, object]:
        """Every entry by name; raises ConfigInvalid."""
        found = self._container(document)
        if isinstance(found, dict):
            return cast("Mapping[str, object]", found)
        return {name: one for name, one in self._named(document) if name is not None}

    def put(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        """With the entry of that name in place of an earlier one; raises ConfigInvalid."""
        found = self._spans(document, name)
        if len(found) == 1 and found[0].kind == "=" and found[0].value < found[0].value_end:
            at = found[0]
            return document.spliced([Splice(at.value, at.value_end, inline(entry))])
        if not found or any(one.kind == "=" for one in found):
            return self._added(self.remove(document, name), name, entry)
        block = self._block(name, entry, document.line_end)
        first, *others = found
        cuts = [Splice(one.start, one.end, "") for one in others]
        return document.spliced([Splice(first.start, first.end, block), *cuts])

    def remove(self, document: Document, name: str) -> Document:
        """Without the entry of that name; the same where there is none. Raises ConfigInvalid."""
        cuts: list[Splice] = []
        for one in self._spans(document, name):
            start, end = one.start, one.end
            if one.kind == "=" and one.end == one.value_end:
                start, end = _with_comma(document.text, start, end)
            elif end == len(document.text):
                start = _without_gap(document.text, start)
            cuts.append(Splice(start, end, ""))
        return document.spliced(cuts)

    def _container(self, document: Document) -> object:
        """What stands at the key, an empty table or list where nothing does."""
        try:
            node: object = tomllib.loads(document.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            hint = "Nothing was changed. Correct it in an editor, then try again."
            raise ConfigInvalid(document.path, f"is no TOML: {error}", hint) from error
        wanted = dict if self._name_key is None else list
        empty = cast("object", wanted())
        for part in self._key:
            if not isinstance(node, dict):
                break
            node = cast("dict[str, object]", node).get(part, empty)
        if not isinstance(node, wanted):
            kind = "table" if wanted is dict else "list"
            raise ConfigInvalid(document.path, f"{'.'.join(self._key)} is no {kind}")
        return cast("object", node)

    def _named(self, document: Document) -> list[tuple[str | None, object]]:
        found: list[tuple[str | None, object]] = []
        for one in cast("list[object]", self._container(document)):
            table = cast("dict[str, object]", one) if isinstance(one, dict) else {}
            name = table.get(self._name_key or "")
            found.append((name if isinstance(name, str) else None, cast("object", one)))
        return found

    def _spans(self, document: Document, name: str) -> list[Statement]:
        """What makes the entry up: blocks that begin with a header, or values elsewhere.

        An item of an array or an inline table ends where its value does.
        """
        self._container(document)
        whole = _assigned(document.text, self._key)
        if self._name_key is None:
            if whole is not None:
                return _pairs(document.text, whole, name)
            return _blocks(document.text, (*self._key, name))
        names = [one for one, _ in self._named(document)]
        if name not in names:
            return []
        if names.count(name) > 1:
            raise ConfigInvalid(document.path, f"{name!r} stands twice in {'.'.join(self._key)}")
        at = names.index(name)
        if whole is not None:
            start, end = items(document.text, whole.value, whole.value_end)[at]
            return [Statement("=", self._key, start, end, start, end)]
        return [_list_block(document.text, self._key, at)]

    def _added(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        whole = _assigned(document.text, self._key)
        if whole is not None:
            text, at = document.text, whole.value + 1
            label = "" if self._name_key is not None else f"{_bare(name)} = "
            inner = text[at : whole.value_end - 1].strip()
            return document.spliced(
                [Splice(at, at, f"{label}{inline(entry)}{', ' if inner else ''}")]
            )
        end, text = document.line_end, document.text
        gap = "" if not text else end if text.endswith("\n") else end * 2
        at = len(text)
        return document.spliced([Splice(at, at, gap + self._block(name, entry, end))])

    def _block(self, name: str, entry: Mapping[str, object], line_end: str) -> str:
        path = ".".join(map(_bare, self._key))
        header = f"[[{path}]]" if self._name_key is not None else f"[{path}.{_bare(name)}]"
        lines = [header, *(f"{_bare(key)} = {inline(value)}" for key, value in entry.items())]
        return "".join(f"{line}{line_end}" for line in lines)


def inline(value: object) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, dict):
        pairs = cast("Mapping[str, object]", value).items()
        inner = ", ".join(f"{_bare(key)} = {inline(one)}" for key, one in pairs)
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, cast('Sequence[object]', value)))}]"
    raise TypeError(f"{type(value).__name__} has no place in TOML")


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04X}" if ord(character) < 0x20 or character == "\x7f" else character


def _bare(key: str) -> str:
    return key if _BARE.fullmatch(key) else inline(key)


def _assigned(text: str, key: Sequence[str]) -> Statement | None:
    """The statement that gives the key its whole value, where one does."""
    for one, full in _full(text):
        if one.kind == "=" and full == tuple(key):
            return one
    return None


def _full(text: str) -> list[tuple[Statement, tuple[str, ...]]]:
    """Each statement with its whole key."""
    found: list[tuple[Statement, tuple[str, ...]]] = []
    header: tuple[str, ...] = ()
    for one in statements(text):
        if one.kind != "=":
            header = one.key
        found.append((one, one.key if one.kind != "=" else (*header, *one.key)))
    return found


def _blocks(text: str, path: tuple[str, ...]) -> list[Statement]:
    """Every block of a table and of those below it, and every value in another one's block."""
    found: list[Statement] = []
    inside = False
    for one, full in _full(text):
        if one.kind != "=":
            inside = full[: len(path)] == path
            if inside:
                found.append(one)
        elif inside:
            found[-1] = Statement(found[-1].kind, found[-1].key, found[-1].start, one.end)
        elif full[: len(path)] == path:
            # A value that is not the whole entry is no place for a new one.
            value, end = (one.value, one.value_end) if full == path else (one.end, one.end)
            found.append(Statement("=", full, one.start, one.end, value, end))
    return found


def _pairs(text: str, whole: Statement, name: str) -> list[Statement]:
    """The pairs of an inline table that are of that name, or below it."""
    found: list[Statement] = []
    for start, end in items(text, whole.value, whole.value_end):
        key, value = key_at(text, start)
        if key[0] == name:
            found.append(Statement("=", key, start, end, value if len(key) == 1 else end, end))
    return found


def _list_block(text: str, key: tuple[str, ...], number: int) -> Statement:
    """The block of the list's table of that number, with the tables in it."""
    seen, found = -1, None
    for one, full in _full(text):
        if one.kind == "[[" and full == key:
            seen += 1
            if seen == number:
                found = one
                continue
        if found is None:
            continue
        if one.kind != "=" and (full[: len(key)] != key or full == key):
            break
        found = Statement(found.kind, found.key, found.start, one.end)
    if found is None:
        raise ValueError(f"there is no table {number} of {key}")
    return found


def _with_comma(text: str, start: int, end: int) -> tuple[int, int]:
    """An item's span with the comma that parts it from its neighbour."""
    behind = re.compile(r"\s*,[ \t]*").match(text, end)
    if behind is not None:
        return start, behind.end()
    before = text[:start].rstrip()
    return (len(before) - 1, end) if before.endswith(",") else (start, end)


def _without_gap(text: str, start: int) -> int:
    """The start of a last block with the empty line before it."""
    for gap in ("\r\n", "\n"):
        if text[:start].endswith(gap) and text[: start - len(gap)].endswith("\n"):
            return start - len(gap)
    return start
