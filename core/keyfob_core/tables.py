"""A TOML table that knows its file and its path, so that an error can name both."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast

from keyfob_core.errors import ConfigInvalid

T = TypeVar("T")

_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    list: "list",
    dict: "table",
    date: "date",
    datetime: "date and time",
}


def nearest(name: str, names: Iterable[str]) -> str:
    """A question that names the nearest of the names, or nothing."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def parse_toml(file: str, text: str) -> dict[str, object]:
    """The top table of a file; raises ConfigInvalid that names the file."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigInvalid(file, str(error), "Correct the line it names.") from error


def laid_over(below: object, above: object) -> object:
    """What a person's file says over ours: tables joined key by key, anything else replaced."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    ours, theirs = cast("dict[str, object]", below), cast("dict[str, object]", above)
    return ours | {key: laid_over(ours.get(key), value) for key, value in theirs.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a catalogue."""

    name: str
    file: str
    """The last one that says something of it."""
    value: object
    own: bool
    """Whether the person's file says something of it."""


def catalogue(builtin: Mapping[str, bytes], user: str | None, user_file: str) -> tuple[Entry, ...]:
    """The entries of all files, the person's laid over ours.

    Raises ConfigInvalid for what is no TOML, and for an entry that stands in two of ours.
    """
    found: dict[str, tuple[str, object]] = {}
    for file, raw in builtin.items():
        for name, entry in parse_toml(file, raw.decode()).items():
            if name in found:
                raise ConfigInvalid(f"{file}: {name}", f"stands in {found[name][0]} as well")
            found[name] = (file, entry)
    own = parse_toml(user_file, user) if user is not None else {}
    for name, entry in own.items():
        _, ours = found.get(name, ("", {}))
        found[name] = (user_file, laid_over(ours, entry))
    return tuple(Entry(name, file, entry, name in own) for name, (file, entry) in found.items())


class Table:
    """A table that answers each value in its type, or raises ConfigInvalid that names it."""

    def __init__(self, value: object, file: str = "", path: str = "") -> None:
        """`file` stands before the path in errors, where several could be meant."""
        self._file = file
        self._path = path
        if not isinstance(value, dict):
            raise self.wrong("", "must be a table")
        self._values = cast("dict[str, object]", value)

    def wrong(self, key: str, message: str, hint: str = "") -> ConfigInvalid:
        """The error for one of its values, or for the table itself."""
        where = f"{self._file}: {self.at(key)}" if self._file else self.at(key)
        return ConfigInvalid(where, message, hint)

    def at(self, key: str) -> str:
        """The path of one of its values."""
        return ".".join(filter(None, (self._path, key)))

    def only(self, keys: Iterable[str]) -> Table:
        """Itself, if it has no other keys."""
        known = tuple(keys)
        for key in self._values:
            if key not in known:
                raise self.wrong(
                    key, "is not a key Keyfob knows", nearest(key, known) or "Remove it."
                )
        return self

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterable[str]:
        return iter(self._values)

    def need(self, key: str) -> str:
        """A text that must be there and say something."""
        if key not in self._values:
            raise self.wrong(key, "is missing")
        text = self._typed(key, str)
        if not text.strip():
            raise self.wrong(key, "is empty")
        return text

    def text(self, key: str) -> str | None:
        """A text, or None."""
        return self.need(key) if key in self._values else None

    def flag(self, key: str, default: bool) -> bool:
        """A truth value."""
        return self._typed(key, bool) if key in self._values else default

    def number(self, key: str, default: int) -> int:
        """A whole number."""
        return self._typed(key, int) if key in self._values else default

    def moment(self, key: str) -> float | None:
        """A time with its zone, in seconds since the epoch, or None."""
        if key not in self._values:
            return None
        found = self._typed(key, datetime)
        if found.tzinfo is None:
            raise self.wrong(key, "has no time zone", "End it with Z for UTC.")
        return found.timestamp()

    def day(self, key: str) -> date:
        """A date that must be there."""
        if key not in self._values:
            raise self.wrong(key, "is missing")
        return self._typed(key, date)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = cast("list[object]", self._typed(key, list) if key in self._values else [])
        if not all(isinstance(value, str) and value for value in values):
            raise self.wrong(key, "must be a list of texts")
        return tuple(cast("list[str]", values))

    def choices(self, key: str, of: Callable[[str], T], names: Iterable[str]) -> tuple[T, ...]:
        """A list of names, each from those listed."""
        found: list[T] = []
        for text in self.texts(key):
            try:
                found.append(of(text))
            except ValueError as error:
                hint = f"Use {', '.join(names)}."
                raise self.wrong(key, f"{text!r} is none of them", hint) from error
        return tuple(found)

    def table(self, key: str) -> Table:
        """A table in it; an empty one where there is none."""
        return Table(self._values.get(key, {}), self._file, self.at(key))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables."""
        values = cast("list[object]", self._typed(key, list) if key in self._values else [])
        return tuple(
            Table(value, self._file, f"{self.at(key)}[{index}]")
            for index, value in enumerate(values)
        )

    def named(self, key: str) -> dict[str, Table]:
        """A table of tables, by name."""
        inner = self.table(key)
        return {
            name: Table(value, self._file, inner.at(name)) for name, value in inner._values.items()
        }

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """A table of texts, as pairs in their order."""
        inner = self.table(key)
        return tuple((name, inner.need(name)) for name in inner._values)

    def _typed(self, key: str, kind: type[T]) -> T:
        value = self._values[key]
        # A bool is an int to Python, and a moment is a date; TOML keeps them apart.
        if type(value) is not kind:
            raise self.wrong(key, f"must be a {_KINDS.get(kind, kind.__name__)}")
        return cast("T", value)
