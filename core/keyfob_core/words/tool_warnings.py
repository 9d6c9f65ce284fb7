"""Words in a tool's own text that are meant for a model and not for the person who reads it.

Each finding is a rule with a name and what it found. There is no score: an innocent text may
break a rule, and a hostile one may break none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import Pattern

from keyfob_core.words.plain import visible

_EXCERPT = 60
_MOST_OF_A_RULE = 3
_LONGEST_TEXT = 200_000
"""Characters that are looked through: what is longer is a finding of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a tool's text breaks."""

    rule: str
    """The rule's name, such as `hides something`."""
    field: str
    """Where it was found, as the tool names it."""
    excerpt: str
    """What was found, with its invisible characters made visible."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A name, and what breaks it."""

    name: str
    pattern: Pattern[str]


def _words(pattern: str) -> Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


HIDDEN: tuple[Rule, ...] = (
    Rule("hidden tag characters", re.compile("[\U000e0000-\U000e007f]+")),
    Rule(
        "zero-width characters",
        re.compile("[\u200b\u200c\u2060-\u2064\ufeff\u00ad\u034f\u180e\u115f\u1160\u3164\uffa0]+"),
    ),
    Rule(
        "characters that turn the direction of writing",
        re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+"),
    ),
    Rule(
        "runs of variation selectors",
        re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"),
    ),
    Rule(
        "control characters",
        re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+"),
    ),
)
"""What no person sees. A joiner (U+200D) alone holds many an emoji together and is none of it."""

INSTRUCTIONS: tuple[Rule, ...] = (
    Rule(
        "tells the model to hide something",
        _words(
            r"\b(?:do not|don't|never|must not|without)\s+(?:\w+\s+){0,3}?"
            r"(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|notify(?:ing)?|reveal(?:ing)?|"
            r"disclos(?:e|ing)|show(?:ing)?|alert(?:ing)?)\b.{0,40}?"
            r"\b(?:users?|person|human|anyone|anybody|them|him|her)\b"
            r"|\b(?:keep|hide|conceal)\b.{0,40}?\b(?:from (?:the )?user|secret from|hidden from)\b"
        ),
    ),
    Rule(
        "tells the model to disregard others",
        _words(
            r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}?"
            r"\b(?:previous|prior|above|earlier|other|all|system|safety)\b.{0,20}?"
            r"\b(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|messages?)\b"
        ),
    ),
    Rule(
        "tells the model what to do before or after other tools",
        _words(
            r"\b(?:before|after|when(?:ever)?|instead of)\s+(?:\w+\s+){0,4}?"
            r"(?:us(?:e|ing)|call(?:ing)?|invok(?:e|ing)|run(?:ning)?)\s+"
            r"(?:\w+\s+){0,3}?(?:other|another|any|all|every)\b.{0,30}?\btools?\b"
            r"|\b(?:always|must|first)\b.{0,20}?\b(?:call|use|invoke|run)\b.{0,30}?"
            r"\b(?:this tool )?(?:before|first)\b"
        ),
    ),
    Rule(
        "asks for files or keys",
        _words(
            r"~/\.\w+|\.ssh\b|\bid_(?:rsa|ed25519|ecdsa)\b|\.env\b|\.aws\b|\.netrc\b|/etc/passwd"
            r"|\bmcp\.json\b|\bclaude_desktop_config\b"
            r"|\b(?:private|ssh|api|secret|access)[ _-]?keys?\b.{0,40}?"
            r"\b(?:pass|send|include|provide|read|put|paste|attach)\b"
            r"|\b(?:pass|send|include|provide|read|put|paste|attach)\b.{0,60}?"
            r"\b(?:private[ _-]?keys?|ssh[ _-]?keys?|api[ _-]?keys?|passwords?|credentials?|"
            r"secrets?|contents? of (?:the |your |any )?files?|environment variables)\b"
        ),
    ),
    Rule(
        "asks for the conversation",
        _words(
            r"\b(?:pass|send|include|provide|put|paste|attach|summari[sz]e)\b.{0,40}?"
            r"\b(?:entire|whole|full|previous|complete)\b.{0,20}?"
            r"\b(?:conversation|chat|context|history|system prompt|messages)\b"
        ),
    ),
    Rule(
        "marks words for the model by tags",
        _words(
            r"<\s*+/?+\s*+(?:important|system|instructions?|secret|hidden|critical|admin|override|"
            r"assistant|user|s)\b[^>]{0,40}>|\[/?(?:INST|SYSTEM)\]|<\|[a-z_]{2,20}\|>"
        ),
    ),
    Rule("hides words in a comment", _words(r"<!--.{0,200}?-->|\[//\]:\s*#")),
    Rule("a long run of base64", re.compile(r"[A-Za-z0-9+/_-]{120,}={0,2}")),
    Rule("a long run of empty lines", re.compile(r"\n(?:[ \t]*\n){11,}")),
)


def findings(
    texts: Iterable[tuple[str, str]], others: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """What the texts of one tool, each behind its field's name, break.

    `others` are the names of tools and servers that a text has no reason to name, each with what
    it is: `tool` or `server`.
    """
    found: list[Finding] = []
    for field, text in texts:
        looked_at = text[:_LONGEST_TEXT]
        for rule in (*HIDDEN, *INSTRUCTIONS):
            found += _found(rule, field, looked_at)
        found += _named(field, looked_at, others or {})
        if len(text) > _LONGEST_TEXT:
            found.append(Finding("longer than anybody reads", field, f"{len(text)} characters"))
    return tuple(found)


def _found(rule: Rule, field: str, text: str) -> Iterator[Finding]:
    for number, match in enumerate(rule.pattern.finditer(text)):
        if number == _MOST_OF_A_RULE:
            return
        yield Finding(rule.name, field, _excerpt(text, match.start(), match.end()))


def _named(field: str, text: str, others: Mapping[str, str]) -> Iterator[Finding]:
    """Names of others that stand in a text as words of their own.

    A name that is also a plain word says nothing: only those with a joint in them count.
    """
    words = {word.strip(".-_") for word in re.findall(r"[\w.-]+", text)}
    for name in sorted(words & others.keys()):
        if re.search(r"[_.-]|[a-z][A-Z]", name):
            start = text.index(name)
            excerpt = _excerpt(text, start, start + len(name))
            yield Finding(f"names another {others[name]}", field, excerpt)


def _excerpt(text: str, start: int, end: int) -> str:
    shown_end = min(end, start + _EXCERPT)
    before, after = max(0, start - _EXCERPT // 3), min(len(text), shown_end + _EXCERPT // 3)
    cut = text[before:after].replace("\n", " ").replace("\t", " ")
    return f"{'…' if before else ''}{visible(cut)}{'…' if after < len(text) else ''}"
