"""Secrets in the system's own keychain."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.ports import StoreIndex
from keyfob_core.states import StoreCondition, StoreState
from keyfob_core.stores.backends import Backend, Keychain
from keyfob_core.stores.failures import (
    KeychainFailed,
    failure_of,
    is_nothing_to_delete,
    state_of,
    store_error,
)
from keyfob_core.stores.items import pack, read_head, unpack
from keyfob_core.stores.worker import NoAnswer, Worker

T = TypeVar("T")

_USERNAME = "keyfob"


class KeychainStore:
    """A `SecretStore` on a keyring backend.

    Every write makes a new generation of items and never touches the old one: begun in the index,
    written with the head last, made current in the index, and only then the old one is erased. So
    a crash at any point leaves the old secret or the new one, and `sweep` finds what is left over.
    A secret that was read or written once is answered from memory until `forget`.
    """

    def __init__(
        self,
        backend: Backend,
        index: StoreIndex,
        installation: str,
        *,
        timeout: float = 120.0,
        probe_timeout: float = 8.0,
    ) -> None:
        """`timeout` is how long, in seconds, a person may take to answer an unlock prompt."""
        self._backend = backend
        self._index = index
        self._installation = installation
        self._timeout = timeout
        self._probe_timeout = probe_timeout
        self._worker = Worker("keyfob-keychain")
        self._keychain: Keychain | None = None
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._cache: dict[str, str] = {}
        self._forgotten = 0
        self._seen_locked = False

    async def get(self, key: str) -> str | None:
        """The secret, or None where there is none or it is torn."""
        if key in self._cache:
            return self._cache[key]
        async with self._locks[key]:
            if key in self._cache:
                return self._cache[key]
            forgotten = self._forgotten
            secret = await self._read_current(key)
            if secret is not None and forgotten == self._forgotten:
                self._cache[key] = secret
            return secret

    async def reread(self, key: str) -> str | None:
        """The secret as it lies in the keychain now: another process may have written it."""
        async with self._locks[key]:
            self._cache.pop(key, None)
        return await self.get(key)

    async def put(self, key: str, secret: str) -> None:
        """Keep the secret; on return it outlives a crash, on an error the old one stands."""
        async with self._locks[key]:
            forgotten = self._forgotten
            items = pack(secret, self._backend.limit)
            generation = self._index.next(key)
            self._index.begin(key, generation, len(items))
            for n in reversed(range(len(items))):
                await self._write(self._service(key, generation, n), items[n])
            self._index.switch(key, generation)
            self._cache.pop(key, None)
            if forgotten == self._forgotten:
                self._cache[key] = secret
            try:
                await self._erase_stale(key)
            except (StoreLocked, StoreUnavailable):
                # The new secret is safe; the index remembers what is still to be erased.
                return

    async def erase(self, key: str) -> None:
        """Remove the secret; nothing happens where there is none.

        On an error it is no longer answered, but its items wait for the next `erase` or `sweep`.
        """
        async with self._locks[key]:
            if self._index.current(key) is not None:
                self._index.switch(key, None)
            self._cache.pop(key, None)
            await self._erase_stale(key)

    async def state(self) -> StoreState:
        """How the keychain is, found without a prompt; raises nothing."""
        try:
            condition = await self._ask(self._backend.probe, self._probe_timeout)
        except KeychainFailed as failure:
            return state_of(self._backend, failure.condition, failure.reason)
        if condition is None:
            condition = StoreCondition.LOCKED if self._seen_locked else StoreCondition.READY
        return state_of(self._backend, condition)

    async def sweep(self) -> int:
        """Erase what a crash or an error left behind, and answer how many generations went.

        Asks nobody: where the keychain is not ready it does nothing. Raises StoreLocked or
        StoreUnavailable where it fails on the way.
        """
        keys = {key for key, _, _ in self._index.stale()}
        if not keys or (await self.state()).condition is not StoreCondition.READY:
            return 0
        swept = 0
        for key in sorted(keys):
            async with self._locks[key]:
                swept += await self._erase_stale(key)
        return swept

    def forget(self) -> None:
        """Empty the memory; the next `get` of each secret asks the keychain again."""
        self._forgotten += 1
        self._cache.clear()

    def close(self) -> None:
        """Forget every secret, and end the worker thread with what it holds of the keychain."""
        self.forget()
        self._worker.close(self._let_go)

    def _let_go(self) -> None:
        keychain, self._keychain = self._keychain, None
        if keychain is not None:
            self._backend.close(keychain)

    def _service(self, key: str, generation: int, n: int) -> str:
        return f"keyfob:{self._installation}:{key}:{generation}:{n}"

    async def _read_current(self, key: str) -> str | None:
        generation = self._index.current(key)
        while generation is not None:
            secret = await self._read(key, generation)
            if secret is not None:
                return secret
            # Another process may have switched to a newer one and erased this one meanwhile.
            before, generation = generation, self._index.current(key)
            if generation == before:
                return None
        return None

    async def _read(self, key: str, generation: int) -> str | None:
        item = await self._read_item(self._service(key, generation, 0))
        head = None if item is None else read_head(item)
        if head is None:
            return None
        rest: list[str] = []
        for n in range(1, head.items):
            piece = await self._read_item(self._service(key, generation, n))
            if piece is None:
                return None
            rest.append(piece)
        return unpack(head, rest)

    async def _erase_stale(self, key: str) -> int:
        stale = self._index.stale(key)
        for _, generation, items in stale:
            # The head goes first: without it the rest is no secret.
            for n in range(items):
                await self._delete(self._service(key, generation, n))
            self._index.erased(key, generation)
        return len(stale)

    async def _read_item(self, service: str) -> str | None:
        return await self._use(lambda keychain: keychain.get_password(service, _USERNAME))

    async def _write(self, service: str, text: str) -> None:
        await self._use(lambda keychain: keychain.set_password(service, _USERNAME, text))

    async def _delete(self, service: str) -> None:
        def delete(keychain: Keychain) -> None:
            try:
                keychain.delete_password(service, _USERNAME)
            except Exception as error:
                if not is_nothing_to_delete(error):
                    raise

        await self._use(delete)

    async def _use(self, call: Callable[[Keychain], T]) -> T:
        try:
            answer = await self._ask(call, self._timeout)
        except KeychainFailed as failure:
            self._seen_locked = failure.condition is StoreCondition.LOCKED
            raise store_error(self._backend, failure) from failure
        self._seen_locked = False
        return answer

    async def _ask(self, call: Callable[[Keychain], T], limit: float) -> T:
        """Call the keychain on its thread; raises KeychainFailed and nothing else."""

        def guarded() -> T:
            # Backends leak raw OSError, D-Bus and pywintypes errors beside keyring's own.
            try:
                if self._keychain is None:
                    self._keychain = self._backend.open()
                return call(self._keychain)
            except Exception as error:
                raise failure_of(error) from error

        try:
            return await self._worker.run(guarded, limit)
        except NoAnswer as error:
            reason = "It does not answer; a prompt of its own may be open."
            raise KeychainFailed(StoreCondition.FROZEN, reason) from error
