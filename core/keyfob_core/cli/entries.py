"""The catalogue's entry for a server or an account, looked up through the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from keyfob_core.cli.shell import Fields, fields, rows
from keyfob_core.errors import Error

Ask = Callable[[str, dict[str, object]], Awaitable[object]]
"""Does a verb that only looks; answers JSON values."""


async def provider_entry(
    ask: Ask, *, provider: str | None = None, server: str | None = None, account: str | None = None
) -> Fields | None:
    """What `provider.show` says of the provider, else the account's, else the server's.

    None where there is none that is known.
    """
    try:
        name = (
            provider
            or await _provider_of(ask, "account.list", account)
            or await _provider_of(ask, "server.list", server)
        )
        return fields(await ask("provider.show", {"id": name})) if name else None
    except Error:
        return None


async def _provider_of(ask: Ask, verb: str, name: str | None) -> str | None:
    listed = rows(await ask(verb, {})) if name else ()
    providers = (one["provider"] for one in listed if one["name"] == name)
    found = next(providers, None)
    return str(found) if found else None
