"""Requests that are made later than the client's request that they belong to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from keyfob_core.errors import AccessDenied, Locked, Paused, RequestRefused, UpstreamRefused
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream

Sent = tuple[UpstreamRequest, Upstream]
"""A request as the relay handed it over, and its way."""

HOPELESS = (AccessDenied, RequestRefused, UpstreamRefused)
"""What a later try meets as well."""
SHUT = (Locked, Paused)
"""What the person ends: a call that passed before waits for it."""

_MOST_TRIES = 4
"""As it is, with the server's nonce in the proof, renewed, and that with a nonce."""


def later(sent: Sent, *, ends: bool = False) -> Sent:
    """What to make a request from that belongs to one sent before.

    It bears the credential that the account has then, and is made only if the client's could be
    made then; one that `ends` what was begun, always.
    """
    request, way = sent
    return request, LaterWay(way, ends=ends)


def later_way(way: Upstream) -> Upstream:
    """The same way for later requests."""
    return way if isinstance(way, LaterWay) else LaterWay(way)


class LaterWay:
    """A way on which each request is stamped as it is sent."""

    def __init__(self, way: Upstream, *, ends: bool = False) -> None:
        """What is said by it may have to pass no check where it `ends` something."""
        self._way = way
        self._ends = ends

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Send it, and again with a newer credential where the server refuses this one.

        Raises UpstreamUnreachable, and as `model.Restamp` says.
        """
        if request.restamp is None:
            async with self._way.open(request) as response:
                yield response
            return
        restamp = request.restamp()
        refusal: UpstreamResponse | None = None
        for _ in range(_MOST_TRIES):
            request = await restamp(request, refusal, ends=self._ends)
            async with self._way.open(request) as response:
                if response.status != 401:
                    yield response
                    return
                refusal = response
        raise UpstreamRefused(
            f"The server {request.server} refuses the account's credential again and again.",
            "Connect it again in Keyfob, or ask the server's people.",
        )
