"""Bodies that are needed as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import Whole

LONGEST = 64 * 1024 * 1024
"""Bytes of an answer that is read before it is passed on."""


async def whole(body: AsyncIterator[bytes]) -> bytes:
    """A body to its end; raises UpstreamUnreachable for one that is too long."""
    if isinstance(body, Whole):
        return body.data
    parts: list[bytes] = []
    length = 0
    async for chunk in body:
        parts.append(chunk)
        length += len(chunk)
        if length > LONGEST:
            raise UpstreamUnreachable("The server's answer is longer than 64 MiB.")
    return b"".join(parts)
