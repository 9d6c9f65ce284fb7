"""What is known of MCP clients: data that people can read, add to and correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Self

from keyfob_core.clients.entries import read_entries
from keyfob_core.clients.known import KnownClient
from keyfob_core.clients.places import variables
from keyfob_core.errors import UnknownName
from keyfob_core.tables import nearest


class ClientCatalogue:
    """All clients that are known, by id; they are read when they are first asked for."""

    def __init__(self, read: Callable[[], Iterable[KnownClient]]) -> None:
        self._read = read

    @classmethod
    def load(
        cls, builtin: Mapping[str, bytes], user: str | None = None, user_file: str = "clients.toml"
    ) -> Self:
        """Read Keyfob's own files, by name, and lay the person's over them, key by key.

        Raises ConfigInvalid that names the file and the field.
        """
        entries = read_entries(builtin, user, user_file)
        return cls(lambda: entries)

    @classmethod
    def at_need(
        cls, builtin: Callable[[], Mapping[str, bytes]], user: str | None, user_file: str
    ) -> Self:
        """The same, read when it is first asked for; but what the person wrote is looked at now.

        Raises ConfigInvalid.
        """
        catalogue = cls(lambda: read_entries(builtin(), user, user_file))
        if user is not None:
            catalogue.all()
        return catalogue

    @cached_property
    def _clients(self) -> dict[str, KnownClient]:
        return {client.id: client for client in self._read()}

    def get(self, name: str) -> KnownClient:
        """The client of that id; raises UnknownName."""
        found = self._clients.get(name)
        if found is None:
            near = nearest(name, self._clients)
            hint = f"{near} " if near else ""
            raise UnknownName(
                f"Keyfob knows no client {name!r}.",
                f"{hint}See `keyfob client list --all`, or add it to clients.toml.",
            )
        return found

    def all(self) -> tuple[KnownClient, ...]:
        """All of them, by label."""
        return tuple(sorted(self._clients.values(), key=lambda one: one.label.casefold()))

    def variables(self) -> tuple[str, ...]:
        """The names of all variables by which a person can say where clients' files lie."""
        found = frozenset[str]().union(*map(variables, self._clients.values()))
        return tuple(sorted(found))
