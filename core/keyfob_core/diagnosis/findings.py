"""What an examination of Keyfob finds, and what can be done about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a rule came out."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is wrong, and still a person may want to know."""
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What mends it: a verb of the engine, or `show` for the page of the window to turn to."""

    words: str
    """What a button says."""
    verb: str
    args: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule, and what it found. No field holds a secret."""

    rule: str
    outcome: Outcome
    sentence: str
    hint: str = ""
    about: str | None = None
    """The account, server or folder that it is about, where a rule looks at several."""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder or file that nobody else may look into."""

    path: str
    """With `~` in place of the person's own folder."""
    is_ours: bool
    mode: int
    """Permission bits; 0o700 where the system has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The machine as far as it concerns Keyfob; sizes in bytes."""

    keyfob: str
    python: str
    qt: str | None
    system: str
    folders: tuple[Folder, ...]
    free: int
    audit: int
    leftovers: tuple[str, ...]
    """Half-written files that a crash left, older than an hour."""
    held_port: int | None = None
    """The port of ours that another program holds, where that was looked at."""


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(one.outcome in (Outcome.GOOD, Outcome.NOTE) for one in findings)
