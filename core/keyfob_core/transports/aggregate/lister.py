"""One server's list, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.aggregate.items import Item, Kind, items_in
from keyfob_core.transports.aggregate.requests import Asked, Inner
from keyfob_core.transports.eras.messages import answer_in
from keyfob_core.transports.eras.revisions import METHOD_NOT_FOUND, mapping, text
from keyfob_core.words.plain import visible

_MOST_PAGES = 200
_MOST_ITEMS = 10_000
_LONGEST_REASON = 300


class Lister:
    """Asks a server for all that it lists."""

    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    async def list(self, asked: Asked, kind: Kind, server: str) -> tuple[tuple[Item, ...], float]:
        """The items of all pages, and for how many seconds the server says that they hold.

        Nothing where the server knows no such list. Raises Error: the relay's own, such as
        CredentialMissing, for nobody is asked to sign in for a list; UpstreamUnreachable for an
        error of the server.
        """
        items: list[Item] = []
        seen: set[str] = set()
        holds = float("inf")
        params: dict[str, Any] = {"_meta": asked.meta}
        wanted = replace(asked, method=kind.method, params=params)
        while len(seen) < _MOST_PAGES and len(items) < _MOST_ITEMS:
            result = await self._page(wanted, params, server)
            items += items_in(kind, result)
            holds = min(holds, _seconds(result.get("ttlMs")))
            cursor = text(result.get("nextCursor"))
            if cursor is None or cursor in seen:
                break
            seen.add(cursor)
            params = {**params, "cursor": cursor}
        return tuple(items[:_MOST_ITEMS]), holds

    async def _page(
        self, wanted: Asked, params: Mapping[str, Any], server: str
    ) -> Mapping[str, Any]:
        async with self._inner.open(wanted, server, params, unasked=True) as outbound:
            if outbound.refusal is not None:
                raise outbound.refusal
            answer = UpstreamResponse(
                status=outbound.status, headers=outbound.headers, body=outbound.body
            )
            message = await answer_in(answer, wanted.id)
        error = mapping(message.get("error"))
        if error.get("code") == METHOD_NOT_FOUND:
            return {}
        if error:
            said = visible(text(error.get("message")) or "nothing")[:_LONGEST_REASON]
            raise UpstreamUnreachable(f"The server {server} answers with an error: {said}")
        if not isinstance(message.get("result"), dict):
            raise UpstreamUnreachable(f"The server {server} answers with no list.")
        return mapping(message["result"])


def _seconds(milliseconds: object) -> float:
    return max(0.0, milliseconds / 1000) if isinstance(milliseconds, int | float) else 0.0
