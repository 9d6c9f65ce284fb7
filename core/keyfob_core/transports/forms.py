"""The two forms of the relay's HTTP: bare protocols, and aiohttp where httptools is missing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from keyfob_core.addresses.network import Network
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.transports.http.policy import Doors, Place


class HttpDoor(Protocol):
    """A listener for clients."""

    async def start(self, port: int) -> int:
        """Listen, on a free port for 0, and answer the port; raises EngineUnreachable."""
        ...

    async def start_at(self, place: Place) -> None:
        """Listen at a place as well; raises EngineUnreachable or ConfigInvalid."""
        ...

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        ...


class HttpWay(Protocol):
    """A way to servers, with the connections it keeps."""

    async def forget_idle(self) -> None:
        """Use none of the connections again that are idle now."""
        ...

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request and answer its response as it streams; raises UpstreamUnreachable."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """One way to speak HTTP on both sides."""

    name: str
    listener: Callable[[Doors], HttpDoor]
    upstream: Callable[[Network], HttpWay]


def wire_form() -> Form:
    """Bare protocols; raises ImportError where httptools is missing."""
    from keyfob_core.transports.wire.listener import WireListener
    from keyfob_core.transports.wire.upstream import WireUpstream

    return Form("wire", WireListener, WireUpstream)


def aiohttp_form() -> Form:
    """On aiohttp: slower, and everywhere."""
    from keyfob_core.transports.http.listener import HttpListener
    from keyfob_core.transports.http.upstream import HttpUpstream

    return Form("aiohttp", HttpListener, HttpUpstream)


def fastest_form() -> Form:
    """The fastest that this installation has."""
    try:
        return wire_form()
    except ImportError:
        return aiohttp_form()
