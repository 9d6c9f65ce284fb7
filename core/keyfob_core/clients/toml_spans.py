"""Where in a TOML text its statements stand; tomllib has found the text to be good before."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

_HEADER = re.compile(r"[ \t]*(\[\[?)((?:[^\]\"'\n]|\"(?:[^\"\\]|\\.)*\"|'[^']*')*)\]")
_KEY = re.compile(r"[ \t]*((?:[^=\"'\n]|\"(?:[^\"\\]|\\.)*\"|'[^']*')+)=[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}'
    r"|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A header or a key with its value, on lines of their own."""

    kind: str
    """`[`, `[[` or `=`."""
    key: tuple[str, ...]
    """As it is written: under a header, a key is relative to it."""
    start: int
    """Where its first line begins."""
    end: int
    """Behind its last line."""
    value: int = 0
    """Where its value begins."""
    value_end: int = 0


def statements(text: str) -> Iterator[Statement]:
    """Each statement in its order."""
    at = 0
    while at < len(text):
        line_end = _behind_line(text, at)
        body = text[at:line_end].strip(" \t\r\n")
        if not body or body.startswith("#"):
            at = line_end
            continue
        header = _HEADER.match(text, at)
        if header is not None:
            yield Statement(header[1], _parts(header[2]), at, line_end)
            at = line_end
            continue
        key = _KEY.match(text, at)
        if key is None:
            return
        value_end = behind_value(text, key.end())
        end = _behind_line(text, value_end)
        yield Statement("=", _parts(key[1]), at, end, key.end(), value_end)
        at = end


def key_at(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """The key that begins at `at`, and where its value begins."""
    found = _KEY.match(text, at)
    return (_parts(found[1]), found.end()) if found is not None else (("",), at)


def behind_value(text: str, at: int, stops: str = "\n#") -> int:
    """Where the value ends that begins at `at`, without blanks behind it."""
    depth, last = 0, at
    while at < len(text):
        character = text[at]
        if character in "\"'":
            found = _STRING.match(text, at)
            at = last = found.end() if found is not None else len(text)
            continue
        if depth == 0 and (character in stops or character in "]}"):
            break
        if character == "#":
            at = _line_break(text, at)
            continue
        depth += (character in "[{") - (character in "]}")
        at += 1
        if not character.isspace():
            last = at
    return last


def items(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The spans of what lies in the array that stands from `start` to `end`."""
    found: list[tuple[int, int]] = []
    at = start + 1
    while at < end - 1:
        if text[at] == "#":
            at = _line_break(text, at)
        elif text[at].isspace() or text[at] == ",":
            at += 1
        else:
            stop = behind_value(text, at, ",#\n")
            found.append((at, stop))
            at = stop
    return tuple(found)


def _parts(key: str) -> tuple[str, ...]:
    parts: list[str] = []
    table: object = tomllib.loads(f"{key.strip()} = 0")
    while isinstance(table, dict):
        ((name, table),) = cast("dict[str, object]", table).items()
        parts.append(name)
    return tuple(parts)


def _behind_line(text: str, at: int) -> int:
    return min(_line_break(text, at) + 1, len(text))


def _line_break(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
