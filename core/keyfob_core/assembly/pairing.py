"""The authorization server by which clients pair, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from keyfob_core.config import Config
from keyfob_core.identity.lockout import Lockout
from keyfob_core.identity.pairings import PairingTable, RegistrationTable
from keyfob_core.pairing.codes import Codes
from keyfob_core.pairing.consents import Consents
from keyfob_core.pairing.metadata import Resources
from keyfob_core.pairing.registration import Registrar
from keyfob_core.pairing.server import PairingServer, Parts
from keyfob_core.pairing.tokens import Grants
from keyfob_core.ports import Audit, ClientRegister, Clock, PeerAt, PortIsForeign, Refusals, Taken
from keyfob_core.questions import Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What pairing stands on."""

    config: Callable[[], Config]
    pairings: PairingTable
    registrations: RegistrationTable
    questions: Questions
    lockout: Lockout
    taken: Taken
    audit: Audit
    refusals: Refusals
    clock: Clock
    base_url: Callable[[], str]
    peer_at: PeerAt
    port_is_foreign: PortIsForeign
    cut: Callable[[str], None]
    changed: Callable[[], None]


def pair_clients(around: Around, stack: AsyncExitStack) -> PairingServer:
    """What answers at /pair and at its well-known addresses."""
    registrar = Registrar(around.registrations, around.clock)
    codes = Codes(around.clock)
    server = PairingServer(
        Parts(
            resources=Resources(around.base_url, lambda: around.config().servers),
            registrar=registrar,
            consents=Consents(
                around.questions, registrar, around.pairings, codes, around.audit, around.taken
            ),
            grants=Grants(
                around.pairings, registrar, codes, around.audit, around.clock, around.cut
            ),
            lockout=around.lockout,
            peer_at=around.peer_at,
            port_is_foreign=around.port_is_foreign,
            audit=around.audit,
            refusals=around.refusals,
            changed=around.changed,
        )
    )
    stack.push_async_callback(server.close)
    return server


def taken_names(register: ClientRegister, config: Callable[[], Config]) -> Taken:
    """The names of the clients that there are, and of those that rules or tables speak of."""

    def taken() -> set[str]:
        now = config()
        ruled = (rule.client for rule in now.rules if rule.client)
        known = (client.name for client in register.list())
        return {*known, *ruled, *now.clients, *now.tool_views}

    return taken
