"""What is known of providers: data that people can read, add to and correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Self

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.providers.provider import Provider
from keyfob_core.providers.provider_entries import read_entries


class Catalogue:
    """All providers that are known, by id; they are read when they are first asked for."""

    def __init__(self, read: Callable[[], Iterable[Provider]]) -> None:
        self._read = read

    @classmethod
    def load(
        cls,
        builtin: Mapping[str, bytes],
        user: str | None = None,
        user_file: str = "providers.toml",
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
    def _providers(self) -> dict[str, Provider]:
        return {provider.id: provider for provider in self._read()}

    @cached_property
    def _exact(self) -> dict[str, Provider]:
        return {
            origin: provider
            for provider in self._providers.values()
            for origin in _exact_origins(provider)
        }

    def get(self, name: str) -> Provider:
        """The provider of that id; raises UnknownName."""
        found = self._providers.get(name)
        if found is None:
            raise UnknownName(
                f"There is no provider {name!r}.",
                "See `keyfob provider list`, or add it to providers.toml.",
            )
        return found

    def all(self) -> tuple[Provider, ...]:
        """All of them, by name."""
        return tuple(sorted(self._providers.values(), key=lambda one: one.name.casefold()))

    def for_url(self, url: str) -> Provider | None:
        """The provider whose server or origin this is, or None; raises nothing."""
        try:
            origin = origin_of(url)
        except ConfigInvalid:
            return None
        found = self._exact.get(origin)
        return found or next(
            (one for one in self._providers.values() if _is_below(one, origin)), None
        )


def _exact_origins(provider: Provider) -> Iterator[str]:
    yield from (origin_of(server.url) for server in provider.servers)
    yield from (origin_of(origin) for origin in provider.origins if "*" not in origin)


def _is_below(provider: Provider, origin: str) -> bool:
    """Whether one of its patterns names the origin: one label more than what follows `*.`."""
    scheme, _, host = origin.partition("://")
    label, dot, parent = host.partition(".")
    return bool(label and dot) and f"{scheme}://*.{parent}" in provider.origins
