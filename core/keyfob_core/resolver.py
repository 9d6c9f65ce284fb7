"""Step 3: which account a request uses, and what it was chosen over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from keyfob_core.config import Config

_MOST = 4096
"""Answers kept; far more than a person's clients, servers and tools together."""
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Choice:
    """An account, and the path in config.toml that names it."""

    account: str
    named_by: str


def choices(config: Config, *, client: str, server: str, tool: str | None) -> tuple[Choice, ...]:
    """Every account that is named for a tool, the one that counts first.

    Tool, group, server; at each level the client's own table comes first. Of a level's
    groups only the first that has the tool speaks. `tool` is None for the server as such.
    """
    return tuple(_choices(config, client, server, tool))


class Resolver:
    """Answers the account of a client at a server and tool; remembers until the intent changes."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._read_from: Config | None = None
        self._known: dict[tuple[str, str, str | None], Choice | None] = {}

    def account(self, client: str, server: str, tool: str | None) -> str | None:
        """The account's name, or None where none is named."""
        config = self._config()
        if config is not self._read_from or len(self._known) >= _MOST:
            self._known.clear()
            self._read_from = config
        key = (client, server, tool)
        if key in self._known:
            found = self._known[key]
        else:
            found = next(_choices(config, client, server, tool), None)
            # A client may ask for tools of any name.
            if tool is None or len(tool) <= _LONGEST:
                self._known[key] = found
        return found.account if found else None


def _choices(config: Config, client: str, server: str, tool: str | None) -> Iterator[Choice]:
    levels = config.levels(client, server)
    if tool is not None:
        for one, where in levels:
            own = one.tools.get(tool)
            if own is not None and own.account is not None:
                yield Choice(own.account, f"{where}.tools.{tool}.account")
        for one, where in levels:
            group = one.group_of(tool)
            if group is not None and group.account is not None:
                yield Choice(group.account, f"{where}.groups.{group.name}.account")
    for one, where in levels:
        if one.account is not None:
            yield Choice(one.account, f"{where}.account")
