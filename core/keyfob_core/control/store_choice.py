"""Which store holds the secrets, and moving them all to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.errors import AnswerAwaited, ConfigInvalid
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Progress, SecretStore
from keyfob_core.prompts import Decision, PassphrasePrompt
from keyfob_core.questions import Questions
from keyfob_core.settings.config_file import put_store
from keyfob_core.states import StoreCondition
from keyfob_core.steps import Step
from keyfob_core.waits import Wait

_WAIT_SECONDS = 300.0


class Passphrases:
    """Where the encrypted file's passphrase comes from: a command that brings it, or a person."""

    def __init__(self, questions: Questions, is_locked: Callable[[], bool]) -> None:
        """While Keyfob is locked, only a passphrase that is brought opens the file."""
        self._questions = questions
        self._is_locked = is_locked
        self._brought: str | None = None

    def bring(self, passphrase: str | None) -> None:
        """Use this one instead of asking, until it is forgotten with None."""
        self._brought = passphrase

    async def __call__(self, new: bool) -> str | None:
        """The passphrase, or None where nobody gives one."""
        if self._brought is not None:
            return self._brought
        if self._is_locked() or not self._questions.attended:
            return None
        text = (
            "Choose a passphrase for the file that will hold your secrets."
            if new
            else "Give the passphrase of the file that holds your secrets."
        )
        prompt = PassphrasePrompt(text=text, new=new)
        try:
            answer = await self._questions.ask(
                ("passphrase", new), prompt, wait=Wait(_WAIT_SECONDS)
            )
        except AnswerAwaited:
            return None
        return answer.text if isinstance(answer, Decision) and answer.allow else None


class SwitchableStore(SecretStore, Protocol):
    """The store in use, and the way to another."""

    @property
    def kind(self) -> str:
        """The kind in use."""
        ...

    def of_kind(self, kind: str) -> SecretStore:
        """The store of a kind."""
        ...

    def held(self) -> AbstractAsyncContextManager[None]:
        """Hold back every write meanwhile."""
        ...

    def switch(self, kind: str) -> None:
        """Use another from now on."""
        ...


class MoveSecrets(Protocol):
    """Copies secrets, lets the caller switch, and erases the old ones, in this order."""

    async def __call__(
        self,
        source: SecretStore,
        target: SecretStore,
        keys: Iterable[str],
        switch: Callable[[], Awaitable[None]],
        progress: Progress,
    ) -> int:
        """Answer how many were moved; raises StoreLocked or StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreChoice:
    """The store in use as people see it."""

    kind: str
    name: str
    condition: StoreCondition
    reason: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The end of a move."""

    kind: str
    moved: int


EraseMoved = Callable[[SecretStore, SecretStore, tuple[str, ...], Progress], Awaitable[int]]
"""Erases from the first store what the second holds, after a move that was stopped."""

Keys = Callable[[str], Awaitable[tuple[str, ...]]]
"""The keys that a kind of store holds."""


class StoreMoves:
    """Shows the store, opens it, and moves everything to another."""

    def __init__(
        self,
        config: LiveConfig,
        store: SwitchableStore,
        passphrases: Passphrases,
        keys: Keys,
        move: MoveSecrets,
        erase: EraseMoved,
        kinds: tuple[str, ...],
        reopen: Callable[[], Awaitable[None]],
        accept_older: Callable[[], Awaitable[None]],
        audit: Audit,
    ) -> None:
        self._config = config
        self._store = store
        self._passphrases = passphrases
        self._keys = keys
        self._move = move
        self._erase = erase
        self._kinds = kinds
        self._reopen = reopen
        self._accept_older = accept_older
        self._audit = audit

    async def show(self) -> StoreChoice:
        """The store in use and how it is."""
        state = await self._store.state()
        return StoreChoice(
            kind=self._store.kind,
            name=state.name,
            condition=state.condition,
            reason=state.reason,
            hint=state.hint,
        )

    async def unlock(self, passphrase: str | None) -> StoreChoice:
        """Open the store, with a passphrase where it needs one; raises the store's errors."""
        self._passphrases.bring(passphrase)
        try:
            await self._store.get("unlock")
            await self._reopen()
        finally:
            self._passphrases.bring(None)
        return await self.show()

    async def prepare(self, passphrase: str | None) -> None:
        """Open the store in use with the passphrase of a move, if it is that store's.

        Raises StoreLocked for a wrong one, or StoreUnavailable.
        """
        if passphrase is not None and self._store.kind == "encrypted-file":
            await self.unlock(passphrase)

    async def accept_older(self, passphrase: str | None) -> None:
        """Go on with the encrypted file that lies there, although a newer one was written.

        With its passphrase, or a new one where there is no file. Raises the store's errors.
        """
        self._passphrases.bring(passphrase)
        try:
            await self._accept_older()
            await self._reopen()
        finally:
            self._passphrases.bring(None)

    async def _finish(self, to: str, passphrase: str | None, progress: Progress) -> Moved:
        """Erase what a move that was stopped after its switch left in the store it came from."""
        other = next(kind for kind in self._kinds if kind != to)
        self._passphrases.bring(passphrase)
        try:
            left = await self._keys(other)
            if not left:
                raise ConfigInvalid("to", f"{to} is in use already", "There is nothing to move.")
            source, target = self._store.of_kind(other), self._store.of_kind(to)
            async with self._store.held():
                count = await self._erase(source, target, left, progress)
        finally:
            self._passphrases.bring(None)
        return Moved(kind=to, moved=count)

    async def move(self, to: str, passphrase: str | None, progress: Progress) -> Moved:
        """Move every secret to the store of a kind: copied, verified, switched, then erased.

        A stop at any moment loses nothing, and it can be begun again. Raises ConfigInvalid where
        it is in use already, and the stores' errors, with nothing changed.
        """
        old = self._store.kind
        if to == old:
            return await self._finish(to, passphrase, progress)
        source, target = self._store.of_kind(old), self._store.of_kind(to)

        async def switch() -> None:
            self._config.edit(put_store(to))
            self._store.switch(to)
            progress(Step("switched", f"{to} holds your secrets now."))

        self._passphrases.bring(passphrase)
        try:
            async with self._store.held():
                count = await self._move(source, target, await self._keys(old), switch, progress)
        finally:
            self._passphrases.bring(None)
        details = {"from": old, "to": to, "moved": count}
        note(self._audit, AuditEvent(event="store_moved", outcome="ok", details=details))
        return Moved(kind=to, moved=count)
