"""Ending what a client, a server or an account had."""

from __future__ import annotations

from typing import Protocol


class Ends(Protocol):
    """Something that belongs to clients, servers and accounts."""

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> object:
        """End what is theirs; those that are not named may be any."""
        ...


class Endings:
    """Several such things, ended together: session ids, and programs that hold a secret."""

    def __init__(self, *things: Ends) -> None:
        self._things = things

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> None:
        """End what is theirs; those that are not named may be any."""
        for thing in self._things:
            thing.end_of(client=client, server=server, account=account)
