"""Tokens as an authorization server would have answered them."""

from __future__ import annotations

from keyfob_core.model import Registration, Token

ORIGIN = "https://mcp.example.com"


def token(
    *,
    access: str = "access-1",
    refresh: str | None = "refresh-1",
    obtained: float = 1000.0,
    life: float | None = 3600.0,
    generation: int = 1,
    origin: str = ORIGIN,
) -> Token:
    """A token of `life` seconds."""
    return Token(
        access_token=access,
        refresh_token=refresh,
        expires_at=None if life is None else obtained + life,
        obtained_at=obtained,
        issuer="https://as.example.com",
        resource=f"{origin}/mcp",
        origin=origin,
        token_endpoint="https://as.example.com/token",
        registration=Registration(issuer="https://as.example.com", client_id="keyfob"),
        generation=generation,
    )
