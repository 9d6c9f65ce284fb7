"""Locking Keyfob and opening it again, pausing and resuming."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.errors import Error, Locked, StoreLocked
from keyfob_core.latch import Latch
from keyfob_core.model import AuditEvent, AuthContext
from keyfob_core.ports import Audit, Clock
from keyfob_core.prompts import Answer, Decision, PassphrasePrompt, UnlockPrompt, WideningPrompt
from keyfob_core.questions import Questions
from keyfob_core.states import LatchCondition, LatchState, LockedBy
from keyfob_core.waits import Wait

FILE = "encrypted-file"
_SETTLE_SECONDS = 30.0
_OPEN_SECONDS = 10.0
_KEY = ("unlock",)


class Held(Protocol):
    """Credentials in memory."""

    def forget(self) -> None:
        """Drop them."""
        ...

    async def settle(self) -> None:
        """Return when no refresh is under way any more."""
        ...


class LockedStore(Protocol):
    """The store in use, as it is shut and opened."""

    @property
    def kind(self) -> str:
        """The kind in use."""
        ...

    def forget(self) -> None:
        """Drop what is held in memory, the key of a file included."""
        ...


class Locking:
    """What locks Keyfob, and the one way in which it is opened: by the person."""

    def __init__(
        self,
        latch: Latch,
        questions: Questions,
        widening: Widening,
        store: LockedStore,
        open_file: Callable[[str | None], Awaitable[object]],
        accounts: Held,
        reopen: Callable[[], Awaitable[None]],
        on_lock: Callable[[], None],
        audit: Audit,
        clock: Clock,
    ) -> None:
        """`open_file` opens the encrypted file by its passphrase; `reopen` reads accounts again."""
        self._latch = latch
        self._questions = questions
        self._widening = widening
        self._store = store
        self._open_file = open_file
        self._accounts = accounts
        self._reopen = reopen
        self._on_lock = on_lock
        self._audit = audit
        self._clock = clock
        self._dropping: asyncio.Task[None] | None = None
        self._unlocking: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls pass."""
        return self._latch.is_open

    @property
    def state(self) -> LatchState:
        """How it is now."""
        return self._latch.state

    def used(self) -> None:
        """Note that a call passes."""
        self._latch.used()

    def check(self) -> None:
        """Raise Locked or Paused where no call passes."""
        self._latch.check()

    async def opened(self, context: AuthContext, *, asks: bool, wait: Wait) -> None:
        """Return once calls pass: while Keyfob is locked, the person is asked to open it.

        Raises Locked, Paused, AnswerAwaited, PersonAwaited and the store's errors.
        """
        if self._latch.is_locked and asks and self._questions.attended:
            wait.begin()
            why = f"{context.client.name} waits for it."
            task = self._ask(why)
            await self._questions.ask(_KEY, self._prompt(why), wait=wait)
            with contextlib.suppress(TimeoutError):
                await wait.until(task, least=_OPEN_SECONDS)
        self._latch.check()

    def lock(self, by: LockedBy = LockedBy.PERSON) -> None:
        """Let no call pass, and drop every credential from memory.

        A refresh that is under way is waited for behind the caller's back: what the issuer answers
        must be kept. Raises StateUnavailable where the lock would not outlive a restart.
        """
        if self._latch.is_locked:
            return
        try:
            self._latch.lock(by)
        finally:
            self._on_lock()
            self._accounts.forget()
            self._dropping = asyncio.ensure_future(self._drop())
            note(self._audit, AuditEvent(event="locked", details={"by": by.value}))

    async def unlock(self, passphrase: str | None, *, confirmed: bool) -> None:
        """Open Keyfob when the person says so.

        By the encrypted file's passphrase where that is the store, else by a yes. Raises
        ConfirmationNeeded, AccessDenied, Locked and the store's errors.
        """
        if not self._latch.is_locked:
            return
        by_passphrase = self._store.kind == FILE
        if by_passphrase and passphrase is not None:
            await self._open_with(passphrase)
        elif self._widening.at_the_window and not confirmed:
            await asyncio.shield(self._ask("A command asks for it."))
        elif by_passphrase and self._questions.attended:
            await asyncio.shield(self._ask("You asked for it."))
        elif by_passphrase:
            raise StoreLocked(
                "Keyfob is locked, and its passphrase opens it.",
                "Send it to stdin with `keyfob unlock --passphrase-stdin`.",
            )
        else:
            prompt = WideningPrompt(title="Unlock Keyfob", text="Unlock Keyfob?")
            await self._widening.agree(prompt, confirmed=confirmed)
            await self._open("yes")

    def pause(self, minutes: int | None) -> None:
        """Let no call pass for a while, or until `resume`; raises StateUnavailable."""
        until = self._clock() + minutes * 60.0 if minutes is not None else None
        self._latch.pause(until)
        note(self._audit, AuditEvent(event="paused", details={"until": until}))

    async def resume(self, *, confirmed: bool) -> None:
        """End a pause when the person says so; raises ConfirmationNeeded or AccessDenied."""
        if self._latch.state.condition is LatchCondition.OPEN:
            return
        prompt = WideningPrompt(title="Resume Keyfob", text="Let calls pass again?")
        await self._widening.agree(prompt, confirmed=confirmed)
        self._latch.resume()
        note(self._audit, AuditEvent(event="resumed"))

    async def close(self) -> None:
        """Drop what is to be dropped, and ask nobody any more."""
        if self._unlocking is not None:
            self._unlocking.cancel()
            await asyncio.gather(self._unlocking, return_exceptions=True)
        if self._dropping is not None:
            await self._dropping

    async def _drop(self) -> None:
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                await self._accounts.settle()
        except TimeoutError:
            # Its answer is kept where the store takes it; nothing of it is read before the unlock.
            pass
        if self._latch.is_locked:
            self._accounts.forget()
            self._store.forget()

    def _ask(self, why: str) -> asyncio.Task[None]:
        """The one question to the person, whoever wants it asked; its answer opens Keyfob."""
        if self._unlocking is None or self._unlocking.done():
            self._unlocking = asyncio.ensure_future(self._asked(why))
            self._unlocking.add_done_callback(_retrieved)
        return self._unlocking

    async def _asked(self, why: str) -> None:
        answer = await self._questions.ask(_KEY, self._prompt(why), wait=None)
        if not self._latch.is_locked:
            return
        if not isinstance(answer, Decision) or not answer.allow:
            self._record(answer)
            raise Locked("Keyfob stays locked.", "Unlock it in Keyfob, or with `keyfob unlock`.")
        if self._store.kind == FILE:
            await self._open_with(answer.text)
        else:
            self._record(answer)
            await self._open("yes")

    def _prompt(self, why: str) -> PassphrasePrompt | UnlockPrompt:
        said = "Keyfob is locked."
        if self._latch.state.locked_by is LockedBy.SCREEN:
            said = "Keyfob was locked together with the screen, which Settings can turn off."
        if self._store.kind == FILE:
            return PassphrasePrompt(text=f"{said} Its passphrase opens it. {why}")
        return UnlockPrompt(text=f"{said} {why}")

    def _record(self, answer: Answer) -> None:
        allowed = isinstance(answer, Decision) and answer.allow
        refused = "deny" if isinstance(answer, Decision) else "dismissed"
        outcome = "allow" if allowed else refused
        details = {"asked": "Unlock Keyfob"}
        note(self._audit, AuditEvent(event="decision", outcome=outcome, details=details))

    async def _open_with(self, passphrase: str | None) -> None:
        # Only the right passphrase opens the file, so the key must not lie in memory.
        if self._dropping is not None:
            await asyncio.shield(self._dropping)
        self._store.forget()
        await self._open_file(passphrase)
        await self._open("passphrase")

    async def _open(self, by: str) -> None:
        self._latch.unlock()
        note(self._audit, AuditEvent(event="unlocked", details={"by": by}))
        await self._reopen()


def _retrieved(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        error = task.exception()
        if error is not None and not isinstance(error, Error):
            raise error
