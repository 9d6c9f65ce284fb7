"""Reading `WWW-Authenticate` (RFC 9110, section 11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_END = r"(?=[ \t]*(?:,|\Z))"
_SEPARATOR = re.compile(r"[ \t,]+")
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))', re.S)
_SCHEME = re.compile(rf"({_TOKEN})(?=[ \t,]|\Z)")
_TOKEN68 = re.compile(rf"[ \t]+([A-Za-z0-9._~+/-]+=*){_END}")
_ESCAPED = re.compile(r"\\(.)", re.S)
_REST = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])*', re.S)
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: the scheme as written, the parameters' names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    token68: str | None = None


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """The challenges of a header, or of several joined by commas.

    Lenient where servers are: a value may go unquoted, a comma be missing. What cannot be read is
    left out, and so is all behind 8,192 characters; of a repeated parameter the first counts.
    Raises nothing.
    """
    header = header[:_LONGEST]
    found: list[tuple[str, dict[str, str], str | None]] = []
    position = 0
    while position < len(header):
        if separator := _SEPARATOR.match(header, position):
            position = separator.end()
        elif found and (parameter := _PARAMETER.match(header, position)):
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
            found[-1][1].setdefault(name.lower(), value)
            position = parameter.end()
        elif scheme := _SCHEME.match(header, position):
            position = scheme.end()
            token68 = _TOKEN68.match(header, position)
            position = token68.end() if token68 else position
            found.append((scheme[1], {}, token68[1] if token68 else None))
        else:
            rest = _REST.match(header, position)
            position = max(rest.end() if rest else position, position + 1)
    return tuple(Challenge(*parts) for parts in found)


def oauth_challenge(challenges: Iterable[Challenge]) -> Challenge:
    """The challenge that speaks of OAuth, empty where none does.

    The first Bearer that names its resource metadata, else anything that does (RFC 9728,
    section 5.1 leaves the scheme open), else the first Bearer.
    """
    ordered = sorted(challenges, key=lambda challenge: challenge.scheme.lower() != "bearer")
    for challenge in ordered:
        if "resource_metadata" in challenge.parameters:
            return challenge
    bearer = [challenge for challenge in ordered if challenge.scheme.lower() == "bearer"]
    return bearer[0] if bearer else Challenge("Bearer")


def challenge_scope(header: str) -> str | None:
    """The scope that a `WWW-Authenticate` names, or None; raises nothing."""
    return oauth_challenge(parse_challenges(header)).parameters.get("scope")
