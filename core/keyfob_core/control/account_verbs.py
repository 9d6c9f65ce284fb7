"""The verbs of accounts, of the ways to one, and of the store that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from keyfob_core.config import STORES, Config
from keyfob_core.control.api_servers import ApiServers
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.notes import note
from keyfob_core.control.provider_words import details, summary
from keyfob_core.control.wanted import read_wanted
from keyfob_core.control.workings import Verb, Workings, account_state
from keyfob_core.errors import UnknownName
from keyfob_core.model import AuditEvent, Placement
from keyfob_core.ports import Progress
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import profile_keys
from keyfob_core.states import AccountState, ServerNeeds


class AccountVerbs:
    """Connects, shows, refreshes and disconnects accounts, and moves their secrets."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self._apis = ApiServers(workings)
        self.verbs: Mapping[str, Verb] = {
            "connect": self._connect,
            "connect.paste": self._connect_paste,
            "server.needs": self._server_needs,
            "provider.list": self._provider_list,
            "provider.show": self._provider_show,
            "account.list": self._account_list,
            "account.show": self._account_show,
            "account.disconnect": self._account_disconnect,
            "account.refresh": self._account_refresh,
            "store.show": self._store_show,
            "store.move": self._store_move,
            "store.unlock": self._store_unlock,
        }

    async def _connect(self, args: Arguments, confirmed: bool, progress: Progress) -> AccountState:
        config = self._with.config()
        places = await self._places(args, config)
        wanted = read_wanted(args, config, self._with.catalogue, self._with.clock(), places)
        account = wanted.account
        prompt = WideningPrompt(
            title="Connect an account",
            text=f"Connect the account {account.name} and let {wanted.target} use it?",
            details=(
                ("Account", account.name),
                ("Server", wanted.target),
                ("Address", wanted.url),
                ("Method", account.method),
            ),
        )
        await self._with.widening.agree(prompt, confirmed=confirmed)
        await self._with.connections.connect(wanted, progress)
        self._with.changed()
        return account_state(self._with, account)

    async def _connect_paste(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        account, address = args.text("account"), args.text("address")
        args.none()
        self._with.connections.paste(account, address)

    async def _server_needs(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> ServerNeeds:
        name = args.text("name")
        args.none()
        return await self._with.connections.needs(name)

    async def _provider_list(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return tuple(summary(one) for one in self._with.catalogue.all())

    async def _provider_show(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        name = args.text("id")
        args.none()
        return details(self._with.catalogue.get(name))

    async def _account_list(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[AccountState, ...]:
        args.none()
        return tuple(
            account_state(self._with, account) for account in self._with.config().accounts.values()
        )

    async def _account_show(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        account = self._with.config().accounts[self._known_account(args)]
        return {
            **asdict(account_state(self._with, account)),
            "scopes": account.scopes,
            "client_id": account.client_id,
            "profile": profile_keys(account.own_profile),
            "servers": tuple(
                server.name
                for server in self._with.config().servers.values()
                if server.levels.account == account.name
            ),
        }

    async def _account_disconnect(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> object:
        name = self._known_account(args)
        told = await self._with.connections.disconnect(name)
        self._with.sessions.end_of(account=name)
        done = {"note": told}
        event = AuditEvent(event="account_disconnected", account=name, outcome="ok", details=done)
        note(self._with.audit, event)
        return done

    async def _account_refresh(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> AccountState:
        name = self._known_account(args)
        await self._with.accounts.refresh(name)
        return account_state(self._with, self._with.config().accounts[name])

    async def _store_show(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return await self._with.stores.show()

    async def _store_move(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        to, passphrase = args.choice("to", STORES, None), args.maybe_text("passphrase")
        args.none()
        prompt = WideningPrompt(
            title="Move your secrets",
            text=f"Move every secret to the store {to}?",
            details=(("To", to),),
        )
        # Before the yes, which is recorded in a log whose key lies in the store.
        await self._with.stores.prepare(passphrase)
        await self._with.widening.agree(prompt, confirmed=confirmed)
        moved = await self._with.stores.move(to, passphrase, progress)
        self._with.changed()
        return moved

    async def _store_unlock(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        passphrase = args.maybe_text("passphrase")
        older = args.flag("accept_older", False)
        args.none()
        if older:
            prompt = WideningPrompt(
                title="Go on with an older file",
                text="Use the encrypted file that lies there, although Keyfob wrote a newer one?",
                details=(("What was renewed since then", "asks you to sign in again"),),
            )
            accept = partial(self._with.stores.accept_older, passphrase)
            await self._with.widening.agree(prompt, confirmed=confirmed, then=accept)
        try:
            # While Keyfob itself is locked, this is how the window opens it.
            await self._with.locking.unlock(passphrase, confirmed=confirmed)
            return await self._with.stores.unlock(passphrase)
        finally:
            self._with.changed()

    async def _places(self, args: Arguments, config: Config) -> tuple[Placement, ...]:
        """Where the document of the server, if it is an API's, says that keys stand."""
        server = config.servers.get(str(args.peek("server")))
        if server is None or args.peek("secret") is None or args.peek("placement") is not None:
            return ()
        found = await self._apis.describe(server)
        return found.places if found is not None else ()

    def _known_account(self, args: Arguments) -> str:
        name = args.text("name")
        args.none()
        if name not in self._with.config().accounts:
            raise UnknownName(f"There is no account named {name!r}.", "See `keyfob account list`.")
        return name
