"""Reads what the providers' entries say to people: scopes in words, steps, notes and names of keys.

The core hands these on as they stand, so the window recognises them as it does the core's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

_LISTS = ("steps", "notes")
_NAMED = {"scopes": "text", "keys": "name", "places": "label"}
"""Under which key a person's words stand, by the table that they stand in."""


def provider_words(folder: Path) -> list[str]:
    """The words of all entries in this folder, sorted, in the form of `str.format`."""
    found: set[str] = set()
    for path in folder.glob("*.toml"):
        found.update(_words(tomllib.loads(path.read_text("utf-8")), ""))
    return sorted(each.replace("{", "{{").replace("}", "}}") for each in found)


def _words(value: object, table: str) -> Iterator[str]:
    """The words in a value; `table` names what it stands in, however deep."""
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _words(each, table)
    if not isinstance(value, dict):
        return
    for name, each in cast("dict[str, object]", value).items():
        if name in _LISTS and isinstance(each, list):
            yield from (str(words) for words in cast("list[object]", each))
        elif name == _NAMED.get(table) and isinstance(each, str):
            yield each
        else:
            yield from _words(each, name if name in _NAMED else table)
