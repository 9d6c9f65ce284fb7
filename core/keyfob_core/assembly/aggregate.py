"""`/mcp`, put together: where requests are parted, and the servers as one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from keyfob_core.accounts.owner import Accounts
from keyfob_core.config import Config
from keyfob_core.ports import Clock, Handler
from keyfob_core.questions import Questions
from keyfob_core.relay import Relay
from keyfob_core.resolver import Resolver
from keyfob_core.sessions.upstream_sessions import Sessions
from keyfob_core.transports.aggregate.roster import FactsOf, Roster
from keyfob_core.transports.aggregate.server import AggregateServer
from keyfob_core.transports.aggregate.service import Aggregate, Bridging
from keyfob_core.transports.aggregate.status import StatusReport
from keyfob_core.transports.front import Front


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What `/mcp` stands on."""

    relay: Relay
    eras: Bridging
    config: Callable[[], Config]
    accounts: Accounts
    questions: Questions
    sessions: Sessions
    wait_url: Callable[[str], str | None]
    clock: Clock
    pairing: Handler
    facts: FactsOf


def join_servers(behind: Behind, stack: AsyncExitStack) -> tuple[Front, AggregateServer]:
    """What listeners hand requests to, and what is told that rules, accounts or tools changed."""
    account_of = Resolver(behind.config).account
    roster = Roster(behind.config, account_of, behind.accounts.state, behind.clock, behind.facts)
    report = StatusReport(behind.questions.waiting, behind.wait_url)
    server = AggregateServer(behind.relay.handle, roster, report)
    stack.push_async_callback(server.close)
    aggregate = Aggregate(behind.relay.reception, server, behind.eras, behind.sessions, roster)
    return Front(behind.relay, aggregate, behind.pairing), server
