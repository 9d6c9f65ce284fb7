"""Secrets on a program's command line: found, and made variables where that means the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keyfob_core.clients.secrets import why_secret

SCHEME = re.compile(r"(?i)(bearer|token|basic|apikey|api-key)\s+(?=\S)")
"""What stands before the key in a header's value."""
_NAMED = re.compile(
    r"(?<![\w.-])[\"']?([A-Za-z][\w.-]*)[\"']?\s*[=:](?!//)\s*[\"']?"
    r"((?:(?:bearer|token|basic|apikey|api-key)\s+)?)([^\s\"',;&?}]+)",
    re.IGNORECASE,
)
"""A name with its value inside a word: a variable, a header, a parameter, a field of JSON."""
_HEADER_NAME = re.compile(r"(?i)(?:x-[\w-]+|(?:proxy-)?authorization)")
_CONTAINERS = re.compile(r"(?i)(?:.*[/\\])?(?:docker|podman|nerdctl)(?:\.exe)?")
_ENV = re.compile(r"(?:.*/)?env")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_HANDING_ON = ("-e", "--env")


@dataclass(frozen=True, slots=True)
class Program:
    """What a client launches."""

    command: tuple[str, ...]
    env: Mapping[str, str]


def with_variables(program: Program) -> Program:
    """The same program, given by variables what it is given as `env NAME=VALUE` or `-e NAME=VALUE`.

    docker, podman and nerdctl hand on their own variable where `-e` names one without a value.
    """
    words, env = list(program.command), dict(program.env)
    while len(words) > 2 and _ENV.fullmatch(words[0]) and _VARIABLE.fullmatch(words[1]):
        name, value = words.pop(1).split("=", 1)
        env[name] = value
        if not _VARIABLE.fullmatch(words[1]):
            words.pop(0)
    if _CONTAINERS.fullmatch(words[0]):
        for at, word in enumerate(words):
            option, equals, rest = word.partition("=")
            apart = word if words[at - 1] in _HANDING_ON else None
            said = rest if equals and option in _HANDING_ON else apart
            given = _VARIABLE.fullmatch(said or "")
            if given is not None and why_secret(given[1], given[2]) and given[1] not in env:
                env[given[1]] = given[2]
                words[at] = f"{option}={given[1]}" if apart is None else given[1]
    return Program(tuple(words), env)


def argument_secrets(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The places of words that hold a secret, and why each is taken for one; 0 is the program."""
    for number, word in enumerate(words):
        reason = _why(words[number - 1] if number else "", word)
        if reason is not None:
            yield number, reason


def _why(before: str, word: str) -> str | None:
    option, equals, value = word.partition("=")
    if equals and option.startswith("-"):
        found = why_secret(option.lstrip("-"), value)
    elif before.startswith("-") and "=" not in before and not word.startswith("-"):
        found = why_secret(before.lstrip("-"), word)
    elif _HEADER_NAME.fullmatch(before):
        found = why_secret(before, SCHEME.sub("", word, count=1))
    else:
        found = why_secret("", word)
    return found or _inside(word)


def _inside(word: str) -> str | None:
    """Whether a part of a word is one: of an address, a header, a line for a shell, JSON."""
    for named in _NAMED.finditer(word):
        if named[3].startswith(("$", "%", "{")):
            continue
        reason = why_secret(named[1], named[3])
        if reason is not None or named[2]:
            return reason or "named like a secret"
    parts = word.split()
    for at, part in enumerate(parts if len(parts) > 1 else ()):
        reason = why_secret(parts[at - 1].lstrip("-") if at else "", part)
        if reason is not None and (not at or parts[at - 1].startswith("-") or len(part) > 16):
            return reason
    return None
