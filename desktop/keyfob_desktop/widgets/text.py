"""The length of texts."""

from __future__ import annotations


def clipped(text: str, limit: int) -> str:
    """The text, cut with an ellipsis when it has more than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
