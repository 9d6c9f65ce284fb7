"""Moving servers out of clients' files into Keyfob: what is found, and what is shown of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from keyfob_core.model import Placement
from keyfob_core.setups.client_setups import FileNow, SetupPlan, Surroundings, Undone
from keyfob_core.setups.kept_tokens import KeptToken


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSecret:
    """A secret that lies in plain text in a client's file."""

    place: str
    """Where, in words: header Authorization, variable API_KEY, argument 3, the address."""
    reason: str
    """Why it is taken for one, in words."""
    text: str = field(repr=False)
    placement: Placement | None = None
    """Where it stands in a request; None for a program's variable."""

    @property
    def shown(self) -> str:
        """As much as a person needs to know which one it is."""
        return f"•••• ({len(self.text)} characters)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundServer:
    """A server in a client's file, as Keyfob would have it."""

    name: str
    paths: tuple[str, ...]
    """The files that have it; the same in each."""
    url: str = ""
    """Without the secrets that stood in it."""
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """A program's variables, with slots for the secrets."""
    secrets: tuple[FoundSecret, ...] = ()
    token: KeptToken | None = None
    """The sign-in that another program keeps for it, where that is the secret."""
    stays: str | None = None
    """Why it cannot be moved, in a sentence."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file of another program in which tokens lie."""

    program: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImport:
    """All that was found for one client; holds secrets, and is never sent anywhere."""

    client: str
    label: str
    servers: tuple[FoundServer, ...]
    leftovers: tuple[Leftover, ...]
    files: tuple[FileNow, ...] = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShown:
    """A secret that was found, without its text."""

    place: str
    reason: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """A server that was found, and what would become of it."""

    name: str
    server: str | None
    """Its name in Keyfob; None where it stays."""
    address: str
    secrets: tuple[SecretShown, ...]
    stays: str | None
    is_known: bool = False
    """Whether Keyfob has this very server with this very secret already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would do; holds no secret."""

    client: str
    label: str
    servers: tuple[ServerPlan, ...]
    leftovers: tuple[Leftover, ...]
    setup: SetupPlan
    digest: str
    can_put_back: bool = False
    """Whether Keyfob keeps what an earlier import moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to."""

    client: str
    label: str
    moved: tuple[str, ...]
    """The servers' names in Keyfob."""
    failed: tuple[tuple[str, str], ...]
    """Those that were left where they are, each with the reason."""
    erased: tuple[str, ...]
    """Files of tokens and backups that are gone."""


class Imports(Protocol):
    """Finding servers in clients' files, and taking them out."""

    def find(self, name: str, where: Surroundings) -> FoundImport:
        """What lies there; raises UnknownName and ConfigInvalid that names a file."""
        ...

    def take_out(self, found: FoundImport, names: Collection[str]) -> tuple[str, ...]:
        """Remove these servers' entries, also from Keyfob's own copies of the files.

        Answers the copies that had to go whole. Raises ConfigInvalid for a file that has changed
        since it was looked at; nothing is removed then.
        """
        ...

    def entries(self, found: FoundImport, names: Collection[str]) -> str:
        """These servers' entries as they stand, to be kept where secrets are kept."""
        ...

    def put_back(self, client: str, kept: Collection[str]) -> tuple[Undone, ...]:
        """Write what was kept into its files again, the last that was taken out first.

        Raises ConfigInvalid that names a file.
        """
        ...

    def erase(self, leftover: Leftover) -> None:
        """Write over a file of tokens and remove it; raises ConfigInvalid."""
        ...
