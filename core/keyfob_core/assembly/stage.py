"""The engine's parts, put together: every concrete class is chosen in this folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from keyfob_core.assembly.accounts import Holdings, hold_accounts
from keyfob_core.assembly.aggregate import Behind, join_servers
from keyfob_core.assembly.clients import client_parts
from keyfob_core.assembly.ground import (
    Ground,
    Outside,
    Running,
    Settings,
    lay_ground,
    port_of,
)
from keyfob_core.assembly.guards import Guards, post_guards
from keyfob_core.assembly.pairing import Around, pair_clients, taken_names
from keyfob_core.control.acceptance import Acceptance
from keyfob_core.control.clients import Clients
from keyfob_core.control.endings import Endings
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.lock_watch import LockWatch
from keyfob_core.control.settings import SettingsDesk
from keyfob_core.control.tool_access import ToolAccess
from keyfob_core.control.upkeep import Upkeep
from keyfob_core.control.verbs import Verbs
from keyfob_core.control.wait_page import WaitPage
from keyfob_core.control.wake_watch import WakeWatch
from keyfob_core.control.workings import Workings
from keyfob_core.forwarding import Forwarding
from keyfob_core.identity.lockout import Lockout
from keyfob_core.identity.recognition import Identity, WithOwnClient, new_token, token_digest
from keyfob_core.ports import Prompter, Taken
from keyfob_core.relay import Parts, Relay
from keyfob_core.state.database import Database
from keyfob_core.state.registrations import RegistrationRecords
from keyfob_core.system.autostart import autostart
from keyfob_core.system.client_files import surroundings_of
from keyfob_core.system.peers import peer_at, person, port_is_foreign
from keyfob_core.system.premises import close_to_others, look_at
from keyfob_core.system.reach import why_out_of_reach
from keyfob_core.transports.forms import HttpDoor, fastest_form
from keyfob_core.transports.front import Front
from keyfob_core.transports.http.policy import Doors
from keyfob_core.transports.own_client import OwnClient
from keyfob_core.version import __version__

COMMAND = "command"
"""The kind of an engine that lives for one command and listens nowhere."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The engine's inner parts, once all of them stand."""

    settings: Settings
    config: LiveConfig
    upkeep: Upkeep
    verbs: Verbs
    front: Front
    http: HttpDoor
    lock_watch: LockWatch
    wake_watch: WakeWatch
    connection_ended: Callable[[str], None]
    """Told the id of each bridge connection that is over."""


async def assemble(
    settings: Settings,
    prompter: Prompter,
    database: Database,
    engine: Running,
    outside: Outside,
    stack: AsyncExitStack,
) -> Stage:
    """Build the parts; what they hold is given back when the stack closes."""
    ground = lay_ground(settings, prompter, database, engine, outside, stack)
    form = fastest_form()
    holdings = await hold_accounts(ground, form, stack)
    guards = post_guards(ground, holdings, stack)
    own_token = new_token()
    lockout = Lockout(ground.clock)
    taken = taken_names(ground.clients, ground.config)
    relay = _relay(ground, holdings, guards, own_token, lockout, taken)
    front = _front(ground, holdings, guards, relay, lockout, taken, stack)
    reach = holdings.reach
    endings = Endings(guards.sessions, reach.upstream, reach.programs, relay.reception)
    verbs = _verbs(ground, holdings, guards, endings, relay, own_token)

    def token_server(token: str) -> str | None:
        found = ground.clients.by_digest(token_digest(token))
        return found.server if found else None

    async def woken() -> None:
        await reach.forget_idle()
        holdings.timers.wake()
        engine.changed()

    http = form.listener(
        Doors(
            relay=front,
            refusals=ground.refusals,
            token_server=token_server,
            wait_page=WaitPage(ground.questions),
            max_body=lambda: ground.config().relay.max_body,
        )
    )
    return Stage(
        settings,
        ground.config,
        guards.upkeep,
        verbs,
        front,
        http,
        guards.lock_watch,
        WakeWatch(ground.clock, woken, ground.outside.watch_sleep),
        guards.consent.end_session,
    )


def _relay(
    ground: Ground,
    holdings: Holdings,
    guards: Guards,
    own_token: str,
    lockout: Lockout,
    taken: Taken,
) -> Relay:
    identity = Identity(
        WithOwnClient(ground.clients, token_digest(own_token)),
        ground.questions,
        ground.audit,
        ground.clock,
        person(),
        lockout,
        taken,
        ground.outside.signer_of,
    )
    forwarding = Forwarding(
        holdings.accounts,
        guards.sessions,
        holdings.reach.upstream,
        holdings.connections.for_call,
        ground.clock,
    )
    return Relay(
        Parts(
            config=ground.config,
            identity=identity,
            sessions=guards.sessions,
            pinning=guards.pinning,
            consent=guards.consent,
            forwarding=forwarding,
            audit=ground.audit,
            refusals=ground.refusals,
            clock=ground.clock,
            wait_url=ground.wait_url,
            admission=guards.locking,
        )
    )


def _front(
    ground: Ground,
    holdings: Holdings,
    guards: Guards,
    relay: Relay,
    lockout: Lockout,
    taken: Taken,
    stack: AsyncExitStack,
) -> Front:
    pairing = pair_clients(
        Around(
            config=ground.config,
            pairings=ground.clients,
            registrations=RegistrationRecords(ground.database),
            questions=ground.questions,
            lockout=lockout,
            taken=taken,
            audit=ground.audit,
            refusals=ground.refusals,
            clock=ground.clock,
            base_url=ground.base_url,
            peer_at=peer_at,
            port_is_foreign=port_is_foreign,
            cut=lambda token: relay.reception.end_of(token=token),
            changed=ground.engine.changed,
        ),
        stack,
    )
    front, aggregate = join_servers(
        Behind(
            relay=relay,
            eras=holdings.reach.eras,
            config=ground.config,
            accounts=holdings.accounts,
            questions=ground.questions,
            sessions=guards.sessions,
            wait_url=ground.wait_url,
            clock=ground.clock,
            pairing=pairing,
            facts=guards.pinning.facts,
        ),
        stack,
    )
    ground.news.listeners.append(aggregate.changed)
    ground.news.of_tools.append(aggregate.tools_changed)
    return front


def _verbs(
    ground: Ground,
    holdings: Holdings,
    guards: Guards,
    endings: Endings,
    relay: Relay,
    own_token: str,
) -> Verbs:
    engine, config, audit, clock = ground.engine, ground.config, ground.audit, ground.clock
    reach, widening = holdings.reach, guards.widening
    clients = Clients(
        config,
        ground.clients,
        endings,
        widening,
        audit,
        clock,
        ground.base_url,
        engine.changed,
        lambda token: relay.reception.end_of(token=token),
    )
    kind, paths = ground.settings.kind, ground.settings.paths
    setups, imports = client_parts(ground)
    return Verbs(
        Workings(
            config=config,
            catalogue=holdings.catalogue,
            documents=reach.documents,
            accounts=holdings.accounts,
            connections=holdings.connections,
            rules=guards.rules,
            undos=guards.undos,
            settings=SettingsDesk(config, widening, audit),
            tool_access=ToolAccess(config, guards.pinning, widening, audit, clock, engine.changed),
            acceptance=Acceptance(config, widening, audit),
            locking=guards.locking,
            live_sessions=guards.sessions,
            widening=widening,
            pinning=guards.pinning,
            questions=ground.questions,
            clients=clients,
            setups=setups,
            imports=imports,
            surroundings=lambda: surroundings_of(os.environ, sys.platform),
            sessions=endings,
            programs=reach.programs,
            store=ground.store,
            stores=guards.stores,
            audit=audit,
            log=audit,
            test_calls=OwnClient(lambda: engine.listening.url, own_token),
            eras=reach.eras,
            premises=lambda with_port: look_at(
                paths, port_of(ground.settings, config()) if with_port else None
            ),
            close_folders=partial(close_to_others, paths),
            reach=partial(why_out_of_reach, holdings.network),
            autostart=autostart(os.environ, sys.platform),
            listening=lambda: engine.listening,
            info=lambda: {"pid": os.getpid(), "kind": kind, "version": __version__},
            raise_window=ground.outside.raise_window,
            stop=engine.stop,
            changed=engine.changed,
            clock=clock,
        )
    )
