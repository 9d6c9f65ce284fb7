"""What single words of a command mean, as argparse reads them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import dataclass

from keyfob_core.words.plain import visible


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of an API key's secrets stands, as the words say it."""

    name: str
    fields: Mapping[str, str]


def header_place(text: str) -> Place:
    """NAME or NAME=TEMPLATE; the key alone unless it is the Authorization header."""
    name, given, template = text.partition("=")
    usual = "Bearer {key}" if name.lower() == "authorization" else "{key}"
    template = _template(template) if given else usual
    return Place(_named(name), {"kind": "header", "name": name, "template": template})


def query_place(name: str) -> Place:
    """The parameter of this name."""
    return Place(_named(name), {"kind": "query", "name": name, "template": "{key}"})


def basic_place(text: str) -> Place:
    """Basic authentication: a user name, or a template such as `{key}:`."""
    if "{key}" in text:
        return Place("Basic", {"kind": "basic", "template": text})
    if ":" in _named(text):
        raise ArgumentTypeError("a user name has no colon; the key itself is read from stdin")
    fields = {"kind": "basic", "template": "{username}:{key}", "username": text}
    return Place(text, fields)


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE."""
    name, given, value = text.partition("=")
    if not name or not given:
        raise ArgumentTypeError("it must be of the form NAME=VALUE")
    return name, value


def days(text: str) -> int:
    """A number of days from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{visible(text)!r} is no whole number of days")
    return int(text)


def count(text: str) -> int:
    """A number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{visible(text)!r} is no whole number above nothing")
    return int(text)


def resource(text: str) -> str:
    """`send`, `omit`, or an address."""
    if text not in ("send", "omit") and "://" not in text:
        raise ArgumentTypeError(f"{visible(text)!r} is neither send, omit nor an address")
    return text


def _named(name: str) -> str:
    if not name.strip():
        raise ArgumentTypeError("a name is missing")
    return name


def _template(text: str) -> str:
    if text.count("{key}") != 1:
        raise ArgumentTypeError(
            "a template must have {key} in it once, like 'Bearer {key}'; the key itself is read "
            "from stdin"
        )
    return text
