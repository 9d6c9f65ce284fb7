"""The arguments of one verb, checked as they are taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from keyfob_core.errors import ConfigInvalid

_LAST_MOMENT = 253_402_300_800
"""The year 10000."""
_MOST = 2**53
_LONGEST_SPAN = 100 * 365 * 86_400
"""Seconds: what ends later has no date that every calendar can tell."""


class Arguments:
    """Takes arguments by name and kind; every method raises ConfigInvalid that names the field."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._left = {key: value for key, value in values.items() if value is not None}

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.maybe_text(name)
        if not value:
            raise ConfigInvalid(name, "is missing")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise ConfigInvalid(name, "must be a text")
        return value or None

    def narrowing(self, name: str) -> str | None:
        """A text, or None where it is left out and all are meant: an empty one means neither."""
        if self._left.get(name) == "":
            raise ConfigInvalid(name, "is empty", "Give one, or leave it out.")
        return self.maybe_text(name)

    def peek(self, name: str) -> object:
        """Whatever stands there, left in its place, or None."""
        return self._left.get(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where there is none."""
        value = self._left.pop(name, ())
        if not isinstance(value, list | tuple):
            raise ConfigInvalid(name, "must be a list of texts")
        items = cast("Sequence[object]", value)
        if not all(isinstance(item, str) for item in items):
            raise ConfigInvalid(name, "must be a list of texts")
        return tuple(cast("Sequence[str]", items))

    def maybe_number(self, name: str) -> int | None:
        """A positive whole number, or None."""
        value = self._left.pop(name, None)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise ConfigInvalid(name, "must be a whole number")
        if value is not None and value < 1:
            raise ConfigInvalid(name, "must be 1 or more")
        if value is not None and value > _MOST:
            raise ConfigInvalid(name, "is too large a number")
        return value

    def maybe_span(self, name: str, seconds: float) -> int | None:
        """A number of hours, or of what else has so many seconds, or None."""
        value = self.maybe_number(name)
        if value is not None and value * seconds > _LONGEST_SPAN:
            fix = "Leave it out where there shall be no end."
            raise ConfigInvalid(name, "is longer than a hundred years", fix)
        return value

    def maybe_moment(self, name: str) -> float | None:
        """Seconds since the epoch, or None."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigInvalid(name, "must be seconds since the epoch")
        if not 0 <= value < _LAST_MOMENT:
            raise ConfigInvalid(name, "is no time that Keyfob can tell")
        return float(value)

    def choice(self, name: str, choices: Sequence[str], default: str | None) -> str:
        """One of the choices."""
        value = self.maybe_text(name) or default
        if value not in choices:
            raise ConfigInvalid(name, f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    def choices(self, name: str, choices: Sequence[str]) -> tuple[str, ...]:
        """A list of the choices, empty where there is none."""
        found = self.texts(name)
        for value in found:
            if value not in choices:
                raise ConfigInvalid(name, f"{value!r} is none of {', '.join(choices)}")
        return found

    def table(self, name: str) -> Mapping[str, Any]:
        """An object, empty where there is none."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise ConfigInvalid(name, "must be an object")
        return cast("Mapping[str, Any]", value)

    def take(self, name: str) -> object:
        """Whatever stands there, or None."""
        return self._left.pop(name, None)

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise ConfigInvalid(name, "must be true or false")
        return value

    def text_table(self, name: str) -> Mapping[str, str]:
        """An object of texts, empty where there is none."""
        return _texts(name, self._left.pop(name, {}))

    def text_tables(self, name: str) -> tuple[Mapping[str, str], ...]:
        """A list of objects of texts."""
        value = self._left.pop(name, ())
        if not isinstance(value, list | tuple):
            raise ConfigInvalid(name, "must be a list of objects")
        return tuple(_texts(name, item) for item in cast("Sequence[object]", value))

    def none(self) -> None:
        """Refuse what was not taken."""
        for name in self._left:
            raise ConfigInvalid(name, "is not an argument of this command")


def _texts(name: str, value: object) -> Mapping[str, str]:
    items = cast("Mapping[object, object]", value) if isinstance(value, dict) else None
    if items is None or not all(isinstance(one, str) for pair in items.items() for one in pair):
        raise ConfigInvalid(name, "must be an object of texts")
    return cast("Mapping[str, str]", items)
