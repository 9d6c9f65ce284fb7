"""Which servers a client has at `/mcp`, and why one is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keyfob_core.access import judge
from keyfob_core.config import Account, Config, Server
from keyfob_core.errors import CredentialMissing, SignInNeeded, StoreLocked
from keyfob_core.model import Verdict
from keyfob_core.ports import Clock
from keyfob_core.states import AccountCondition, AccountState
from keyfob_core.tools.pins import Facts

AccountOf = Callable[[str, str, str | None], str | None]
"""The account of a client at a server, for a tool or for the server as such (None)."""
StateOf = Callable[[str, str], AccountState]
"""An account's state by its name and method, from memory alone."""

FactsOf = Callable[[Server, str], Facts | None]
"""What is known of a tool as it was approved."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a server has no part in something, and what the person can do about it."""

    code: str
    """An error's code, or `slow`."""
    reason: str
    hint: str

    @property
    def needs_person(self) -> bool:
        """Whether it stays as it is until somebody acts."""
        return self.code in _FOR_A_PERSON


_FOR_A_PERSON = frozenset({"credential_missing", "sign_in_needed", "store_locked"})


@dataclass(frozen=True, slots=True)
class Member:
    """A server that a client may use, with the account it goes by."""

    server: str
    account: str | None
    absence: Absence | None = None
    """Set where its account could not be used now, so that nobody need try."""


class Roster:
    """Answers from the rules and from what is known of the accounts; asks nobody."""

    def __init__(
        self,
        config: Callable[[], Config],
        account_of: AccountOf,
        state_of: StateOf,
        clock: Clock,
        facts_of: FactsOf,
    ) -> None:
        self._config = config
        self._account_of = account_of
        self._state_of = state_of
        self._clock = clock
        self._facts_of = facts_of

    def members(self, client: str) -> tuple[Member, ...]:
        """The servers that the rules leave to a client, in the order of config.toml."""
        config = self._config()
        return tuple(
            self._member(config, client, server)
            for server in config.servers
            if self._allowed(config, client, server, None)
        )

    def has(self, client: str, server: str) -> bool:
        """Whether there is such a server, and the rules leave it to the client."""
        config = self._config()
        return server in config.servers and self._allowed(config, client, server, None)

    def shows(self, client: str, server: str, tool: str) -> bool:
        """Whether the client may know of a tool."""
        return self._allowed(self._config(), client, server, tool)

    def config(self) -> Config:
        """The configuration that is in force."""
        return self._config()

    def _allowed(self, config: Config, client: str, server: str, tool: str | None) -> bool:
        account = self._account_of(client, server, tool)
        at = config.servers.get(server) if tool is not None else None
        ruling = judge(
            config,
            client=client,
            server=server,
            tool=tool,
            account=account,
            now=self._clock(),
            facts=self._facts_of(at, tool) if at is not None and tool is not None else None,
        )
        return ruling.verdict is not Verdict.DENY

    def _member(self, config: Config, client: str, server: str) -> Member:
        name = self._account_of(client, server, None)
        if name is None:
            return Member(server, None)
        account = config.accounts.get(name, Account(name, "oauth"))
        return Member(server, name, self._absence(server, self._state_of(name, account.method)))

    def _absence(self, server: str, state: AccountState) -> Absence | None:
        hint = f"Connect it in Keyfob, or with `keyfob connect {server}`."
        if state.condition is AccountCondition.NOT_CONNECTED:
            reason = f"The account {state.name} is not connected."
            return Absence(CredentialMissing.code, reason, hint)
        said = f": {state.reason}" if state.reason else "."
        if state.condition is AccountCondition.UNREAD:
            reason = f"The account {state.name} cannot be read{said}"
            return Absence(StoreLocked.code, reason, "Unlock the store, and Keyfob.")
        if state.condition is not AccountCondition.NEEDS_YOU:
            return None
        if state.expires_at is not None and self._clock() < state.expires_at:
            # Nothing renews it any more, but what is held is still good.
            return None
        return Absence(SignInNeeded.code, f"The account {state.name} needs you{said}", hint)
