"""Pointing MCP clients at Keyfob: what commands, the window and state.db know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Form(StrEnum):
    """How a client reaches Keyfob, best first."""

    SOCKET = "socket"
    """HTTP over the unix socket or the named pipe."""
    HTTP = "http"
    STDIO = "stdio"
    """It launches the bridge."""


class Standing(StrEnum):
    """How the entry in a client's file is."""

    NONE = "none"
    """Keyfob wrote none there."""
    STANDS = "stands"
    CHANGED = "changed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    OUTDATED = "outdated"
    """It stands as it was written, and leads where Keyfob is no longer."""
    REVOKED = "revoked"
    """It stands, but the token in it is no longer good."""


@dataclass(frozen=True, slots=True)
class FileNow:
    """A client's file at one moment; `data` is None where there is none."""

    path: str
    """As the client names it."""
    target: str
    """Where its symlinks lead."""
    data: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What says where a person's files lie; `system` is linux, mac or windows."""

    system: str
    environ: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A client that Keyfob can point at itself, by the name that commands take."""

    id: str
    label: str
    form: Form
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One file of a client as it would be changed."""

    path: str
    exists: bool
    diff: str
    """Without the lines around, which may hold secrets; Keyfob's own token is masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPlan:
    """What would be written for a client."""

    client: str
    label: str
    form: Form
    files: tuple[FilePlan, ...]
    digest: str
    """Of the files as they are and of what would be written: names what a person has seen."""
    notes: tuple[str, ...] = ()

    @property
    def needs_token(self) -> bool:
        """Whether a token would stand in the entry."""
        return self.form is not Form.STDIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What was written into one file; holds no secret."""

    client: str
    path: str
    form: Form
    written_at: float
    before: str | None
    """SHA-256 of the file before; None where there was none."""
    after: str
    """SHA-256 of the file as it was written."""
    entry: str
    """SHA-256 of the entry's values."""
    backup: str | None
    token_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupState:
    """A client on this machine, one file of it, and how its entry is."""

    client: str
    label: str
    path: str
    installed: bool
    form: Form | None
    written_at: float | None
    standing: Standing
    problem: str | None = None
    token_id: str | None = None
    last_used_at: float | None = None
    """When the client was last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What taking an entry out came to, in one file."""

    path: str
    restored: bool
    """Whether the file is byte for byte as it was; else the entry alone was taken out."""
    text: str


class Setups(Protocol):
    """Pointing clients at Keyfob. All of it reads and writes files, and may take its time."""

    def variables(self) -> tuple[str, ...]:
        """The names of all variables by which a person can say where clients' files lie."""
        ...

    def known(self) -> tuple[KnownName, ...]:
        """All clients of the catalogue, by label."""
        ...

    def plan(self, name: str, where: Surroundings) -> SetupPlan:
        """What would be written; raises UnknownName and ConfigInvalid that names a file."""
        ...

    def write(
        self, plan: SetupPlan, where: Surroundings, token: str, token_id: str | None
    ) -> tuple[Setup, ...]:
        """Write what was planned, all of it or nothing; raises ConfigInvalid."""
        ...

    def undo(self, name: str) -> tuple[tuple[Undone, Setup], ...]:
        """Take every entry of a client back out; raises UnknownName where none was written."""
        ...

    def setup(self, name: str) -> tuple[Setup, ...]:
        """What was written for a client."""
        ...

    def states(self, where: Surroundings) -> tuple[SetupState, ...]:
        """Every client that is installed here or was written to, a row for each file."""
        ...


class SetupTable(Protocol):
    """What is remembered of what was written."""

    def setups(self) -> tuple[Setup, ...]:
        """All of them, by client and path."""
        ...

    def keep(self, setup: Setup) -> None:
        """Remember it, in place of an earlier one for the same file; raises StateUnavailable."""
        ...

    def forget(self, client: str, path: str) -> None:
        """Forget it; raises StateUnavailable."""
        ...


class ClientFiles(Protocol):
    """The files of clients. Every method raises ConfigInvalid that names the file."""

    def read(self, path: str) -> FileNow:
        """The file as it is."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        ...

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths in folders that match, sorted, whether or not the file itself is there."""
        ...

    def below(self, folder: str) -> tuple[str, ...]:
        """The files in a folder and those in it, sorted; nothing where there is none."""
        ...

    def program(self, name: str) -> bool:
        """Whether a program of this name is on the path."""
        ...

    def check_writable(self, now: FileNow) -> None:
        """See that it could be replaced."""
        ...

    def back_up(self, now: FileNow) -> str:
        """Keep a copy beside it with the same rights; answers its path."""
        ...

    def replace(self, now: FileNow, data: bytes | None) -> None:
        """Put `data` in its place at once, or remove it; refused if it changed since `now`."""
        ...

    def erase(self, path: str) -> None:
        """Write over a file as far as the disk lets us, and remove it; one that is gone is fine."""
        ...
