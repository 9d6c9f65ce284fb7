"""Connecting accounts: by a command, or because a call needs one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keyfob_core.accounts import Accounts
from keyfob_core.config import Account, Server, check_name
from keyfob_core.config_file import put_account
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.errors import AnswerAwaited, ConfigInvalid, CredentialMissing, Error, SignInNeeded
from keyfob_core.model import (
    ApiKey,
    AuditEvent,
    AuthContext,
    Credential,
    Decision,
    SignInPrompt,
    Step,
    Token,
)
from keyfob_core.origins import origin_of
from keyfob_core.ports import Audit, Clock, Progress, SecretStore, SignIn
from keyfob_core.questions import Questions


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be connected, and how."""

    server: Server
    account: Account
    challenge: str | None = None


class Connections:
    """Signs accounts in and keeps what they answer; one sign-in an account at a time."""

    def __init__(
        self,
        config: LiveConfig,
        accounts: Accounts,
        sign_in: SignIn,
        store: SecretStore,
        questions: Questions,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._config = config
        self._accounts = accounts
        self._sign_in = sign_in
        self._store = store
        self._questions = questions
        self._audit = audit
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._listeners: dict[str, list[Progress]] = {}

    def wanted(
        self,
        server_name: str,
        account: str | None,
        method: str,
        scopes: tuple[str, ...],
        client_id: str | None,
    ) -> Wanted:
        """Check what a person asks for; raises UnknownName or ConfigInvalid."""
        config = self._config()
        server = config.server(server_name)
        name = check_name("account", account or server.levels.account or server.name)
        known = config.accounts.get(name)
        if known is not None and known.method == method:
            scopes = scopes or known.scopes
            client_id = client_id or known.client_id
        return Wanted(server, Account(name, method, scopes, client_id))

    async def with_api_key(self, wanted: Wanted, secret: str | None, progress: Progress) -> None:
        """Keep an API key for a server; raises ConfigInvalid for one that cannot be sent."""
        key = (secret or "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise ConfigInvalid(
                "secret",
                "is empty or has characters that no header can carry",
                "Pipe the key in with --secret-stdin.",
            )
        held = await self._accounts.held(wanted.account.name)
        credential = ApiKey(
            secret=key,
            origin=origin_of(wanted.server.url),
            obtained_at=self._clock(),
            generation=held.generation + 1 if held else 1,
        )
        await self._keep(wanted, credential, progress)

    async def with_sign_in(self, wanted: Wanted, progress: Progress) -> None:
        """Sign in by OAuth, joining a sign-in of the same account that is under way.

        Cancelling the last one that waits for it ends the sign-in.
        """
        name = wanted.account.name
        listeners = self._listeners.setdefault(name, [])
        listeners.append(progress)
        task = self._running.get(name) or self._start(name, self._authorize(wanted))
        try:
            await asyncio.shield(task)
        finally:
            listeners.remove(progress)
            if not listeners and not task.done():
                task.cancel()

    async def for_call(self, context: AuthContext, reason: str, challenge: str | None) -> str:
        """Ask the person to sign in because a call needs it; the account that then serves it.

        Raises SignInNeeded or CredentialMissing when that is not to be, AnswerAwaited when it
        takes longer than a call waits.
        """
        config = self._config()
        server = config.server(context.server or "")
        name = context.account or server.levels.account or server.name
        account = config.accounts.get(name, Account(name, "oauth"))
        if account.method != "oauth" or not self._questions.attended:
            raise CredentialMissing(
                reason, f"Connect it in Keyfob, or with `keyfob connect {server.name}`."
            )
        begun = time.monotonic()
        prompt = SignInPrompt(
            client=context.client, server=server.name, account=name, reason=reason
        )
        answer = await self._questions.ask(("sign-in", name), prompt, wait=config.relay.wait)
        if not isinstance(answer, Decision) or not answer.allow:
            raise SignInNeeded(reason, "Sign in from Keyfob's window when you want to.")
        left = max(1.0, config.relay.wait - (time.monotonic() - begun))
        wanted = Wanted(server, account, challenge)
        task = self._running.get(name) or self._start(name, self._authorize(wanted))
        try:
            async with asyncio.timeout(left):
                await asyncio.shield(task)
        except TimeoutError:
            raise AnswerAwaited(
                "The sign-in waits for you in the browser.", "Finish it there, then try again."
            ) from None
        return name

    async def close(self) -> None:
        """End the sign-ins that are under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._running[name] = task

        def done(finished: asyncio.Task[None]) -> None:
            self._running.pop(name, None)
            if not finished.cancelled():
                # A call that stopped waiting must not leave its error unread.
                finished.exception()

        task.add_done_callback(done)
        return task

    async def _authorize(self, wanted: Wanted) -> None:
        name = wanted.account.name
        held = await self._accounts.held(name)
        known = held if isinstance(held, Token) else None
        try:
            token = await self._sign_in.authorize(
                wanted.server.url,
                scopes=wanted.account.scopes,
                registration=known.registration if known else None,
                client_id=wanted.account.client_id,
                challenge=wanted.challenge,
                progress=self._teller(name),
            )
        except Error as error:
            self._record("sign_in", wanted, "failed", {"reason": f"{error.code}: {error.message}"})
            raise
        # A refresh may have raised the generation while the person was at the browser.
        held = await self._accounts.held(name)
        generation = held.generation + 1 if held else 1
        await self._keep(wanted, replace(token, generation=generation), self._teller(name))

    async def _keep(self, wanted: Wanted, credential: Credential, progress: Progress) -> None:
        await self._accounts.keep(wanted.account.name, credential)
        self._config.edit(put_account(wanted.account, wanted.server.name))
        store = await self._store.state()
        progress(Step("stored", f"Stored in {store.name} as account/{wanted.account.name}."))
        details = {"method": wanted.account.method, "origin": credential.origin}
        self._record("account_connected", wanted, "ok", details)

    def _record(self, event: str, wanted: Wanted, outcome: str, details: Mapping[str, str]) -> None:
        note(
            self._audit,
            AuditEvent(
                event=event,
                server=wanted.server.name,
                account=wanted.account.name,
                outcome=outcome,
                details=dict(details),
            ),
        )

    def _teller(self, name: str) -> Callable[[Step], None]:
        def tell(step: Step) -> None:
            for listener in tuple(self._listeners.get(name, ())):
                listener(step)

        return tell
