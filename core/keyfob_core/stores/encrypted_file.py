"""Secrets in one file, encrypted with a passphrase: used only when a person chose it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from keyfob_core.errors import ConfigInvalid, StoreLocked, StoreUnavailable
from keyfob_core.ports import WriteTable, Written
from keyfob_core.states import StoreCondition, StoreState
from keyfob_core.stores import sealed as sealing
from keyfob_core.stores.file_age import FileAge, Outdated
from keyfob_core.stores.private_file import read_private, replace_private
from keyfob_core.stores.sealed import Cost, Damaged, Key, Sealed
from keyfob_core.stores.worker import NoAnswer, Worker

T = TypeVar("T")

SHORTEST_PASSPHRASE = 8
"""Characters of a new passphrase."""
_NAME = "encrypted file"
_TRIES, _PAUSE = 20, 0.05

Passphrase = Callable[[bool], Awaitable[str | None]]
"""Answers the passphrase, or None while nobody gave it; asked with True where a new one is chosen.

It is asked whenever the store has no key: it must not open a dialog of its own each time.
"""


class Lock(Protocol):
    """An exclusive lock between processes."""

    async def acquire_within(self, seconds: float) -> bool:
        """Take the lock as soon as it is free; False when it is not within `seconds`."""
        ...

    def release(self) -> None:
        """Give the lock back."""
        ...


class EncryptedFileStore:
    """A `SecretStore` in one encrypted file.

    Only the key made from the passphrase stays in memory, until `forget`; the file is read anew
    each time, so that a second process that writes it is seen.
    """

    def __init__(
        self,
        file: Path,
        installation: str,
        passphrase: Passphrase,
        lock: Lock,
        writes: WriteTable,
        *,
        cost: Cost | None = None,
        timeout: float = 30.0,
    ) -> None:
        """`writes` remembers the last write apart from the file, so that a rollback is seen.

        `cost` is that of a new file; `timeout`, in seconds, bounds one reading or writing.
        """
        self._file = file
        self._installation = installation
        self._passphrase = passphrase
        self._lock = lock
        self._age = FileAge(file, writes)
        self._cost = cost or Cost()
        self._timeout = timeout
        self._worker = Worker("keyfob-file")
        self._turn = asyncio.Lock()
        self._key: Key | None = None

    async def get(self, key: str) -> str | None:
        """The secret, or None where there is none."""
        async with self._turn:
            kept = await self._read()
            if kept is None:
                return None
            opener = await self._opener(kept)
            return self._whole(lambda: sealing.item(kept, opener, key))

    async def reread(self, key: str) -> str | None:
        """The secret as it lies in the file now, which is where `get` looks too."""
        return await self.get(key)

    async def put(self, key: str, secret: str) -> None:
        """Keep the secret; on return it outlives a crash, on an error the old one stands."""
        async with self._turn:
            await self._change(key, secret)

    async def erase(self, key: str) -> None:
        """Remove the secret; nothing happens where there is none."""
        async with self._turn:
            await self._change(key, None)

    async def keys(self) -> tuple[str, ...]:
        """The names of all secrets, checked; raises StoreLocked or StoreUnavailable."""
        async with self._turn:
            kept = await self._read()
            if kept is None:
                return ()
            await self._opener(kept)
            return kept.names

    async def state(self) -> StoreState:
        """How the store is, found without asking for the passphrase; raises nothing."""
        try:
            kept = await self._read()
        except Outdated as error:
            return StoreState(_NAME, error.condition, error.message, error.hint)
        except StoreUnavailable as error:
            return StoreState(_NAME, StoreCondition.MISSING, error.message, error.hint)
        if self._key is not None and (kept is None or kept.opens_with(self._key)):
            return StoreState(_NAME, StoreCondition.READY)
        locked = _no_passphrase(kept is None)
        return StoreState(_NAME, StoreCondition.LOCKED, locked.message, locked.hint)

    async def unlock(self) -> None:
        """Ask for the passphrase now and see that all of the file is whole.

        Raises StoreLocked for a wrong passphrase, or StoreUnavailable.
        """
        async with self._turn:
            await self._ready()

    async def accept_older(self) -> None:
        """Go on with the file that lies there, or with none, although a newer one was written.

        Raises StoreLocked for a wrong passphrase, or StoreUnavailable.
        """
        async with self._turn, self._locked_file():
            kept = await self._found()
            if kept is not None:
                # Its count is believed only once the key has shown that nobody changed it.
                await self._opener(kept)
            self._age.accept(_written(kept) if kept else Written(0, 0))

    async def change_passphrase(self, passphrase: str) -> None:
        """Encrypt all secrets anew under another passphrase, in one step.

        Raises StoreLocked for one that is too short, or while the store is locked.
        """
        _check_length(passphrase)
        async with self._turn:
            await self._ready()
            async with self._locked_file():
                old, opener = await self._ready()
                fresh = await self._derived(passphrase, sealing.new_salt(), self._cost)
                changed = self._whole(lambda: _sealed_anew(old, opener, fresh))
                await self._write(changed)
                self._key = fresh

    async def sweep(self) -> int:
        """Nothing: a file that is replaced whole leaves nothing behind."""
        return 0

    def forget(self) -> None:
        """Drop the key; the passphrase is asked for again."""
        self._key = None

    def close(self) -> None:
        """Drop the key and end the worker thread."""
        self.forget()
        self._worker.close()

    async def _change(self, name: str, secret: str | None) -> None:
        if secret is None and await self._read() is None:
            return
        # A person may take long to give the passphrase, and nobody else should wait for that.
        await self._ready()
        async with self._locked_file():
            old, opener = await self._ready()
            if secret is not None or name in old.items:
                await self._write(sealing.with_item(old, opener, name, secret))

    async def _ready(self) -> tuple[Sealed, Key]:
        """The file, or what becomes its beginning, and the key that opens it."""
        kept = await self._read()
        if kept is not None:
            return kept, await self._opener(kept)
        opener = await self._new_key()
        return sealing.new_sealed(self._installation, opener, self._age.last().number), opener

    @asynccontextmanager
    async def _locked_file(self) -> AsyncGenerator[None]:
        try:
            taken = await self._lock.acquire_within(self._timeout)
        except ConfigInvalid as error:
            raise StoreUnavailable(error.message, error.hint) from error
        if not taken:
            raise StoreUnavailable(
                f"Another program keeps {self._file} locked.", "End the other Keyfob."
            )
        try:
            yield
        finally:
            self._lock.release()

    async def _read(self) -> Sealed | None:
        # In this order: a write of another process in between makes the file newer, not older.
        last = self._age.last()
        kept = await self._found()
        self._age.require_current(kept.writes if kept else None, last)
        return kept

    async def _found(self) -> Sealed | None:
        """What lies there, however old."""
        raw = await self._run(lambda: read_private(self._file))
        if raw is None:
            return None
        kept = self._whole(lambda: sealing.from_bytes(raw))
        if kept.installation != self._installation:
            raise StoreUnavailable(
                f"{self._file} belongs to another installation of Keyfob.",
                "Put the right file in its place, or choose another store.",
            )
        return kept

    async def _write(self, changed: Sealed) -> None:
        content = sealing.to_bytes(changed)
        for _ in range(_TRIES):
            if await self._run(lambda: _replaced(self._file, content)):
                break
            await asyncio.sleep(_PAUSE)
        else:
            await self._run(lambda: replace_private(self._file, content))
        # Only now: a death before this leaves a file that is newer than what is remembered.
        self._age.note(_written(changed))

    async def _opener(self, kept: Sealed) -> Key:
        """The key for this file, asking for the passphrase where it is not there yet."""
        held = self._key
        if held is not None and kept.opens_with(held):
            self._whole(lambda: sealing.check_key(kept, held))
            return held
        passphrase = await self._passphrase(False)
        if not passphrase:
            raise _no_passphrase(False)
        key = await self._derived(passphrase, kept.salt, kept.cost)
        if not sealing.is_key_of(kept, key):
            raise StoreLocked(
                f"The passphrase does not open {self._file}.",
                "Try again; look at Caps Lock and the keyboard's language.",
            )
        self._whole(lambda: sealing.check_key(kept, key))
        self._key = key
        return key

    async def _new_key(self) -> Key:
        if self._key is not None:
            return self._key
        passphrase = await self._passphrase(True)
        if not passphrase:
            raise _no_passphrase(True)
        _check_length(passphrase)
        self._key = await self._derived(passphrase, sealing.new_salt(), self._cost)
        return self._key

    async def _derived(self, passphrase: str, salt: bytes, cost: Cost) -> Key:
        try:
            return await self._run(lambda: sealing.derive(passphrase, salt, cost))
        except MemoryError as error:
            raise StoreUnavailable(
                "There is not enough memory to make the key from the passphrase.",
                "Close other programs and try again.",
            ) from error

    async def _run(self, call: Callable[[], T]) -> T:
        """Do it on the store's thread: a disk far away must not stop the relay."""
        try:
            return await self._worker.run(call, self._timeout)
        except OSError as error:
            raise StoreUnavailable(
                f"{self._file} cannot be used ({error.strerror or type(error).__name__}).",
                "Check the disk, and who owns the file and its folder.",
            ) from error
        except NoAnswer as error:
            raise StoreUnavailable(
                f"{self._file} does not answer.", "Check the disk that it lies on."
            ) from error

    def _whole(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except Damaged as error:
            raise StoreUnavailable(
                f"{self._file} is damaged: {error}.",
                "Restore the file from a backup, or remove it and connect the accounts again.",
            ) from error


def _replaced(file: Path, content: bytes) -> bool:
    """Whether the file could be replaced; on Windows not while somebody reads it."""
    try:
        replace_private(file, content)
    except PermissionError:
        return False
    return True


def _written(kept: Sealed) -> Written:
    return Written(kept.writes, len(kept.items))


def _sealed_anew(old: Sealed, opener: Key, fresh: Key) -> Sealed:
    changed = sealing.new_sealed(old.installation, fresh, old.writes + 1)
    for name in old.names:
        secret = sealing.item(old, opener, name)
        changed = sealing.with_item(changed, fresh, name, secret)
    return changed


def _check_length(passphrase: str) -> None:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise StoreLocked(
            "The new passphrase is too short.",
            f"Choose at least {SHORTEST_PASSPHRASE} characters; several words are better.",
        )


def _no_passphrase(new: bool) -> StoreLocked:
    if new:
        return StoreLocked("The encrypted file has no passphrase yet.", "Choose one in Keyfob.")
    return StoreLocked("The encrypted file is locked.", "Enter its passphrase in Keyfob.")
