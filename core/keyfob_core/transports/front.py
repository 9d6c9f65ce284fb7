"""Where listeners hand requests to: on to one server, or to all of them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from keyfob_core.errors import RequestRefused
from keyfob_core.model import Inbound, Outbound
from keyfob_core.relay import Relay
from keyfob_core.transports.aggregate.service import ALL, Aggregate


class Front:
    """Parts the requests that name a server from those that are for all."""

    def __init__(self, relay: Relay, aggregate: Aggregate) -> None:
        self._relay = relay
        self._aggregate = aggregate

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        self._relay.admit(inbound)

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        self._relay.refuse(inbound, error)

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, to be read before it is left."""
        return (self._aggregate if inbound.server == ALL else self._relay).handle(inbound)
