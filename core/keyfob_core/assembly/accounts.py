"""Accounts and the ways in and out, put together."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from keyfob_core.accounts.key_check import require_key
from keyfob_core.accounts.owner import Accounts
from keyfob_core.assembly.ground import Ground
from keyfob_core.assembly.servers import Reach, reach_servers
from keyfob_core.control.connections import Connections, WaysIn
from keyfob_core.control.timers import RenewalTimers
from keyfob_core.oauth.adoption import Adoption
from keyfob_core.oauth.authorization_code import CodeGrant
from keyfob_core.oauth.challenge import challenge_scope
from keyfob_core.oauth.device_code import DeviceGrant
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.needs import look_at
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.renewal_reading import read_renewal
from keyfob_core.oauth.revocation import Revocation
from keyfob_core.oauth.service_accounts import Renewer, ServiceAccounts
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.oauth.userinfo import account_label
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.state.pauses import PauseRecords
from keyfob_core.stores.latched import LatchedStore
from keyfob_core.system.catalogue import load_catalogue
from keyfob_core.system.lock import AccountLocks
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """The owner of credentials, how they come, and where they go."""

    accounts: Accounts
    reach: Reach
    catalogue: Catalogue
    connections: Connections
    timers: RenewalTimers
    network: SystemNetwork


async def hold_accounts(ground: Ground, form: Form, stack: AsyncExitStack) -> Holdings:
    """Build them; what they hold is given back when the stack closes."""
    config, clock, paths = ground.config, ground.clock, ground.settings.paths
    network = SystemNetwork(lambda: config().proxy)
    http = HttpClient(network)
    services = ServiceAccounts(http, clock)
    accounts = Accounts(
        LatchedStore(ground.store, ground.latch.check_unlocked),
        Renewer(TokenEndpoint(http, clock), services),
        ground.audit,
        clock,
        PauseRecords(ground.database),
        AccountLocks(paths.data_folder),
        ground.news.changed,
    )
    stack.push_async_callback(accounts.close)
    reach = await reach_servers(
        config,
        form,
        network,
        paths.data_folder,
        paths.program_logs,
        ground.audit,
        clock,
        ground.engine.changed,
        ground.session_notes,
        stack,
    )
    catalogue = load_catalogue(paths.providers_file)
    check_key = partial(require_key, reach.upstream)
    ways = WaysIn(
        code=CodeGrant(
            http, browser=ground.outside.browser, clock=clock, pages=CallbackPages.load()
        ),
        device=DeviceGrant(http, clock=clock),
        service=services,
        read_renewal=read_renewal,
        check_key=check_key,
        labels=partial(account_label, http),
        farewell=Revocation(http, clock),
        challenge_scope=challenge_scope,
        look_at=partial(look_at, http),
        adopt=Adoption(http, clock, check_key).adopt,
    )
    connections = Connections(
        config, catalogue, accounts, ways, ground.store, ground.questions, ground.audit
    )
    stack.push_async_callback(connections.close)
    timers = RenewalTimers(accounts, lambda: config().accounts, clock)
    stack.push_async_callback(timers.close)
    return Holdings(
        network=network,
        accounts=accounts,
        reach=reach,
        catalogue=catalogue,
        connections=connections,
        timers=timers,
    )
