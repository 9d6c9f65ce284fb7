"""The owner of credentials: keeps, hands out and refreshes them; nobody else does."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from keyfob_core.accounts.account_health import AccountHealth
from keyfob_core.accounts.credentials import (
    decode,
    encode,
    is_bound,
    is_expired,
    is_renewable,
    is_stale,
    may_go_to,
    renewal_margin,
)
from keyfob_core.accounts.proofs import ready_to_sign
from keyfob_core.errors import (
    AuditUnavailable,
    CredentialMissing,
    Error,
    OAuthFailed,
    SignInNeeded,
    UpstreamRefused,
)
from keyfob_core.model import AuditEvent, Credential, Token
from keyfob_core.ports import (
    AccountLock,
    Audit,
    Clock,
    PauseTable,
    Refresher,
    SecretStore,
)
from keyfob_core.states import AccountCondition, AccountState, StoreCondition


class Accounts:
    """Credentials by account name, refreshed once however many ask."""

    def __init__(
        self,
        store: SecretStore,
        refresher: Refresher,
        audit: Audit,
        clock: Clock,
        pauses: PauseTable,
        lock: AccountLock,
        changed: Callable[[], None],
        *,
        patience: float = 5.0,
    ) -> None:
        """`patience`: seconds for which a token that is still good waits for a newer one."""
        self._store = store
        self._patience = patience
        self._refresher = refresher
        self._audit = audit
        self._clock = clock
        self._process_lock = lock
        self._changed = changed
        self._known: dict[str, Credential] = {}
        self._unread: dict[str, str] = {}
        self._seen: dict[str, AccountState] = {}
        """What was known of a credential that was dropped from memory."""
        self._health = AccountHealth(pauses, clock, changed)
        self._locks: dict[str, asyncio.Lock] = {}
        self._refreshes: dict[str, asyncio.Task[Credential]] = {}
        self._unwritten: dict[str, Token] = {}
        """Answered by an issuer while the store was shut: the old refresh token may be dead."""

    async def held(self, account: str) -> Credential | None:
        """The credential as it is, fresh or not.

        Raises StoreLocked or StoreUnavailable.
        """
        known = self._known.get(account)
        if known is None:
            text = await self._store.get(_key(account))
            self._unread.pop(account, None)
            self._seen.pop(account, None)
            known = decode(text) if text is not None else None
            if known is not None:
                # Another task may have stored a newer one while this one read.
                known = self._known.setdefault(account, known)
            if is_bound(known):
                await asyncio.to_thread(ready_to_sign)
        return known

    def ready(self, account: str, origin: str) -> Credential | None:
        """What `credential` answers, where nothing has to be read or renewed for it; else None."""
        held = self._known.get(account)
        if held is None or held.origin != origin or is_stale(held, self._clock()):
            return None
        return held

    async def credential(self, account: str, origin: str) -> Credential:
        """A credential for that origin, refreshed when it is about to expire.

        Raises CredentialMissing, SignInNeeded, UpstreamUnreachable, StoreLocked or
        StoreUnavailable.
        """
        held = await self.held(account)
        if held is None:
            raise CredentialMissing(
                f"The account {account} is not connected.", "Connect it in Keyfob."
            )
        if not may_go_to(held, origin):
            raise CredentialMissing(
                f"The account {account} belongs to {held.origin}, not to {origin}.",
                "Connect an account of its own for this server.",
            )
        now = self._clock()
        if not is_stale(held, now):
            return held
        if not is_expired(held, now):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    return await self._fresh_or_still_good(account, held)
            if not is_expired(held, self._clock()):
                return held
        return await self._refreshed(account, held)

    async def renew(self, account: str, refused: Credential) -> Credential:
        """A newer credential than the one a server has just answered with 401.

        Raises SignInNeeded when there is nothing to refresh with, UpstreamRefused when a
        refreshed one was refused as well, UpstreamUnreachable and the store's errors.
        """
        held = await self.held(account)
        if held is not None and held.generation > refused.generation:
            return held
        if self._health.is_refused(account, refused.generation):
            raise UpstreamRefused(
                f"The server refuses the account {account} although its sign-in is fresh.",
                "Connect it again in Keyfob, or ask the server's people.",
            )
        if not is_renewable(refused):
            self._health.fall(
                account, AccountCondition.NEEDS_YOU, "the server no longer accepts it"
            )
            raise SignInNeeded(
                f"The server no longer accepts the account {account}.", "Connect it again."
            )
        return await self._refreshed(account, refused)

    def is_client_unknown(self, account: str) -> bool:
        """Whether the account's issuer is believed not to know our client any more."""
        return self._health.is_client_unknown(account)

    def refused(self, account: str, credential: Credential) -> None:
        """Note that a credential was refused right after its refresh."""
        self._health.refuse(account, credential.generation)

    async def keep(self, account: str, credential: Credential) -> None:
        """Keep a credential that a person has just obtained: in the store before anywhere else."""
        async with self._lock(account):
            await self._store.put(_key(account), encode(credential))
            self._known[account] = credential
            self._unwritten.pop(account, None)
            self._health.recover(account)
        self._changed()

    async def erase(self, account: str) -> Credential | None:
        """Remove an account's credential; what it was in the end, if that was in memory.

        A refresh that is under way ends before: its issuer may know the new token alone by then.
        """
        async with self._lock(account):
            await self._store.erase(_key(account))
            known = self._known.pop(account, None)
            self._seen.pop(account, None)
            unwritten = self._unwritten.pop(account, None)
            self._health.recover(account)
        self._changed()
        return unwritten or known

    async def refresh(self, account: str) -> Credential:
        """Refresh now, because a person asked; raises what `credential` does and OAuthFailed."""
        held = await self.held(account)
        if held is None:
            raise CredentialMissing(f"The account {account} is not connected.", "Connect it.")
        if not is_renewable(held):
            raise SignInNeeded(
                f"The account {account} has nothing to refresh with.", "Connect it again."
            )
        self._health.end_pause(account)
        return await self._refreshed(account, held)

    def due_at(self, account: str) -> float | None:
        """When to renew the account's token ahead of its need, in seconds since the epoch.

        A little before requests would ask for it, and not for all accounts at the same moment;
        None where nothing can or need be renewed.
        """
        held = self._known.get(account)
        if held is None or self._health.has_ended(account, held.generation):
            return None
        margin = renewal_margin(held)
        if margin is None or not isinstance(held, Token) or held.expires_at is None:
            return None
        # Of the account's name, so that a restart or a look changes nothing.
        jitter = 1.2 + zlib.crc32(account.encode()) % 1000 / 1000
        return max(held.expires_at - margin * jitter, self._health.paused_until(account))

    async def renew_ahead(self, account: str) -> None:
        """Renew a token that is due; what keeps it from that shows in `state` alone.

        Nobody asked for it, so it never makes a keychain ask the person.
        """
        due = self.due_at(account)
        held = self._known.get(account)
        if held is None or due is None or self._clock() < due:
            return
        store = await self._store.state()
        if store.condition is not StoreCondition.READY:
            reason = store.reason or f"The {store.name} is {store.condition}."
            self._health.fall(account, AccountCondition.NEEDS_YOU, reason)
            return
        with contextlib.suppress(Error):
            await self._refreshed(account, held)

    def forget(self) -> None:
        """Drop every credential from memory; `state` tells what was known of them meanwhile.

        What an issuer has answered and the store has not taken yet stays: it is nowhere else.
        """
        for name in self._known:
            self._seen[name] = self.state(name, "")
        self._known.clear()

    async def settle(self) -> None:
        """Return when no refresh is under way any more."""
        while self._refreshes:
            await asyncio.gather(*self._refreshes.values(), return_exceptions=True)

    async def load(self, account: str) -> None:
        """Read the account's credential once, so that `state` can tell; raises nothing."""
        try:
            await self.held(account)
        except Error as error:
            self._unread[account] = error.message
        self._changed()

    def not_read(self, accounts: Iterable[str], reason: str) -> None:
        """Note why the accounts' credentials are not known yet."""
        self._unread.update(dict.fromkeys(accounts, reason))
        self._changed()

    def state(self, account: str, method: str) -> AccountState:
        """The account as people see it, from memory alone: looking must not unlock a keychain."""
        held = self._known.get(account)
        if held is None and account in self._seen:
            return replace(self._seen[account], method=method)
        if held is None:
            unread = self._unread.get(account)
            condition = AccountCondition.UNREAD if unread else AccountCondition.NOT_CONNECTED
            return AccountState(name=account, method=method, condition=condition, reason=unread)
        condition, reason = self._health.condition(account)
        token = held if isinstance(held, Token) else None
        return AccountState(
            name=account,
            method=method,
            condition=condition,
            reason=reason,
            label=token.label if token else None,
            issuer=token.issuer if token else None,
            scope=token.scope if token else None,
            expires_at=held.expires_at,
            renews=is_renewable(held),
            remind_at=None if isinstance(held, Token) else held.remind_at,
        )

    async def close(self) -> None:
        """Wait for refreshes that are under way: what a server has answered must be written."""
        await self.settle()

    async def _fresh_or_still_good(self, account: str, held: Credential) -> Credential:
        """A newer credential, or the one that is held where something keeps that away."""
        try:
            return await self._refreshed(account, held)
        except CredentialMissing:
            raise
        except Error:
            if is_expired(held, self._clock()):
                raise
            return held

    async def _refreshed(self, account: str, old: Credential) -> Credential:
        """Join the one refresh of this account, or start it.

        It is a task of its own: a client that goes away must not cut a refresh in two.
        """
        task = self._refreshes.get(account)
        if task is None:
            task = asyncio.ensure_future(self._refresh(account, old.generation))
            self._refreshes[account] = task
            task.add_done_callback(partial(self._refresh_done, account))
        return await asyncio.shield(task)

    def _refresh_done(self, account: str, task: asyncio.Task[Credential]) -> None:
        self._refreshes.pop(account, None)
        # Whoever waited may be gone; its failure stands in the account's state all the same.
        if not task.cancelled():
            task.exception()

    async def _refresh(self, account: str, generation: int) -> Credential:
        async with self._lock(account), self._process_lock(account):
            held = await self._reread(account)
            if not isinstance(held, Token) or held.generation > generation:
                if held is None:
                    raise CredentialMissing(f"The account {account} is gone.", "Connect it again.")
                # Another process was first; what this one failed to write came before that.
                self._unwritten.pop(account, None)
                self._health.recover(account)
                return held
            fresh = self._unwritten.get(account) or await self._ask_issuer(account, held)
            await self._write(account, fresh)
            if fresh.generation == held.generation:
                # Only what buys the token was renewed; an issuer may have rotated that.
                fresh = await self._ask_issuer(account, fresh)
                await self._write(account, fresh)
            self._health.recover(account)
            self._record("refreshed", account, "ok", None)
        self._changed()
        return fresh

    async def _reread(self, account: str) -> Credential | None:
        """What lies in the store now: another process may have been first.

        Raises the store's errors: with a store that cannot be written nobody is asked for a token
        that could not be kept.
        """
        try:
            text = await self._store.reread(_key(account))
        except Error as error:
            self._health.fall(account, AccountCondition.NEEDS_YOU, error.message)
            raise
        stored = decode(text) if text is not None else None
        if stored is None:
            self._known.pop(account, None)
        else:
            self._known[account] = stored
        return stored

    async def _write(self, account: str, fresh: Token) -> None:
        self._unwritten[account] = fresh
        try:
            await self._store.put(_key(account), encode(fresh))
        except Error as error:
            self._health.fall(account, AccountCondition.NEEDS_YOU, error.message)
            raise
        del self._unwritten[account]
        self._known[account] = fresh

    async def _ask_issuer(self, account: str, held: Token) -> Token:
        self._health.check(account, held)
        self._health.fall(account, AccountCondition.REFRESHING, None)
        try:
            return await self._refresher.refresh(held)
        except Error as error:
            code = error.oauth_code if isinstance(error, OAuthFailed) else error.code
            self._record("refresh_failed", account, "failed", code)
            raise self._health.failed(account, held, error) from error

    def _record(self, event: str, account: str, outcome: str, code: str | None) -> None:
        # A full disk must not cost a sign-in; without a log nothing is forwarded anyway.
        with contextlib.suppress(AuditUnavailable):
            self._audit.record(
                AuditEvent(event=event, account=account, outcome=outcome, details={"code": code})
            )

    def _lock(self, account: str) -> asyncio.Lock:
        return self._locks.setdefault(account, asyncio.Lock())


def _key(account: str) -> str:
    return f"account/{account}"
