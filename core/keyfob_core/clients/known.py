"""What is known of one MCP client: where its configuration lies and what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keyfob_core.setups.client_setups import Form

SYSTEMS = ("linux", "mac", "windows")
PerSystem = Mapping[str, tuple[str, ...]]
"""Paths for each of SYSTEMS that has some."""


class Format(StrEnum):
    """What a configuration file is written in."""

    JSON = "json"
    JSONC = "jsonc"
    TOML = "toml"
    YAML = "yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClient:
    """A client's entry in the catalogue."""

    id: str
    label: str
    format: Format
    key: tuple[str, ...]
    """Where the servers stand, one key after the other."""
    name_key: str | None
    """The field that holds a server's name, where they are a list."""
    files: PerSystem
    profiles: PerSystem
    signs: PerSystem
    programs: tuple[str, ...]
    entries: Mapping[Form, Mapping[str, object]]
    """The entry's shape in each form that it can take, with slots such as {url}."""
    notes: tuple[str, ...]
    own: bool
    """Whether the person's clients.toml says something of it."""

    @property
    def form(self) -> Form:
        """The best form that it can take."""
        return next(form for form in Form if form in self.entries)
