"""What is being connected."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob_core.states import AccountCondition, AccountState, ServerState, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server, or a provider without one."""

    title: str
    server: str | None = None
    provider: str | None = None
    """The catalogue's entry, where there is one."""
    account: str | None = None
    """Its account, where it has one already."""
    suggested: str = ""
    """A name for a new account, where the usual one is taken."""
    method: str | None = None
    """The account's, or None for what suits the provider."""
    had: tuple[str, ...] = ()
    """The scopes of the account as it is."""
    secrets_wanted: int = 0
    """How many secrets a program is given; 0 for a server at an address."""

    @property
    def usual_account(self) -> str:
        """The account's name unless the person chooses another."""
        return self.account or self.suggested or self.server or self.provider or ""

    @property
    def arguments(self) -> dict[str, str]:
        """How `connect` names it."""
        if self.server is not None:
            return {"server": self.server}
        return {"provider": self.provider or ""}


def server_target(server: ServerState, status: Status) -> Target:
    """A server, with its account as it is."""
    account = next((a for a in status.accounts if a.name == server.account), None)
    return Target(
        title=server.name,
        server=server.name,
        provider=(account.provider if account else None) or server.provider,
        account=server.account,
        method=account.method if account else None,
        had=_had(account),
        secrets_wanted=server.secrets_wanted,
    )


def account_target(account: AccountState, status: Status) -> Target | None:
    """An account, through the first server that uses it or its provider; None for neither."""
    server = next((s for s in status.servers if s.account == account.name), None)
    if server is None and account.provider is None:
        return None
    return Target(
        title=account.name,
        server=server.name if server else None,
        provider=account.provider or (server.provider if server else None),
        account=account.name,
        method=account.method,
        had=_had(account),
        secrets_wanted=server.secrets_wanted if server else 0,
    )


def _had(account: AccountState | None) -> tuple[str, ...]:
    if account is None or account.condition is AccountCondition.NOT_CONNECTED:
        return ()
    return tuple((account.scope or "").split())
