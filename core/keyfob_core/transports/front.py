"""Where listeners hand requests to: on to one server, to all of them, or to the pairing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from keyfob_core.errors import RequestRefused
from keyfob_core.model import Inbound, Outbound
from keyfob_core.ports import Handler
from keyfob_core.relay import Relay
from keyfob_core.transports.aggregate.service import ALL, Aggregate


class Front:
    """Parts the requests that name a server from those that are for all, and from pairing's."""

    def __init__(self, relay: Relay, aggregate: Aggregate, pairing: Handler) -> None:
        self._relay = relay
        self._reception = relay.reception
        self._aggregate = aggregate
        self._pairing = pairing

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        (self._reception if inbound.endpoint is None else self._pairing).admit(inbound)

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        (self._reception if inbound.endpoint is None else self._pairing).refuse(inbound, error)

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, to be read before it is left."""
        if inbound.endpoint is not None:
            return self._pairing.handle(inbound)
        return (self._aggregate if inbound.server == ALL else self._relay).handle(inbound)
