"""The catalogue's entry for a server or an account, looked up through the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from keyfob_core.cli.shell import Fields, fields, rows
from keyfob_core.errors import Error
from keyfob_core.origins import origin_of

Ask = Callable[[str, dict[str, object]], Awaitable[object]]
"""Does a verb that only looks; answers JSON values."""


async def provider_entry(
    ask: Ask, *, provider: str | None = None, server: str | None = None, account: str | None = None
) -> Fields | None:
    """What `provider.show` says of the provider, else the account's, else the server's.

    None where there is none that is known.
    """
    try:
        name = provider or await _of_account(ask, account) or await _of_server(ask, server)
        return fields(await ask("provider.show", {"id": name})) if name else None
    except Error:
        return None


async def _of_account(ask: Ask, account: str | None) -> str | None:
    if account is None:
        return None
    known = _named(rows(await ask("account.list", {})), account)
    provider = known.get("provider") if known else None
    return str(provider) if provider else None


async def _of_server(ask: Ask, server: str | None) -> str | None:
    known = _named(rows(await ask("server.list", {})), server) if server else None
    if known is None:
        return None
    origin = origin_of(str(known["url"]))
    for provider in rows(await ask("provider.list", {})):
        url = provider["url"]
        if url and origin_of(str(url)) == origin:
            return str(provider["id"])
    return None


def _named(values: list[Fields], name: str) -> Fields | None:
    return next((value for value in values if value.get("name") == name), None)
