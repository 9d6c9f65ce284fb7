"""Adding to what was asked for (MCP authorization, step-up)."""

from __future__ import annotations

from collections.abc import Iterable


def union_scopes(old: str | None, asked: str | Iterable[str] | None) -> tuple[str, ...]:
    """The old scopes with those now asked for behind them, each once.

    `old` is a token's `requested_scope` or, where that is not known, its `scope`: what was granted
    may leave out `offline_access`, and the next token would then come without a refresh token.
    """
    more = asked.split() if isinstance(asked, str) else (asked or ())
    return tuple(dict.fromkeys([*(old or "").split(), *more]))
