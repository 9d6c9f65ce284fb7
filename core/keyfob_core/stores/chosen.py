"""The store that is in use, which a person may change while the engine runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from keyfob_core.ports import SecretStore
from keyfob_core.states import StoreState


class Clearing(SecretStore, Protocol):
    """A store of either kind, with what the engine does to it beside reading and writing."""

    async def sweep(self) -> int:
        """Clear away what a crash left behind; raises Error."""
        ...

    def forget(self) -> None:
        """Drop what is held in memory, the key of a file included."""
        ...


class ChosenStore:
    """A `SecretStore` that is one of several, by its kind."""

    def __init__(self, stores: Mapping[str, Clearing], kind: str) -> None:
        self._stores = stores
        self._kind = kind
        self._writing = asyncio.Lock()

    @property
    def kind(self) -> str:
        """The kind of store in use."""
        return self._kind

    def of_kind(self, kind: str) -> Clearing:
        """The store of a kind, in use or not."""
        return self._stores[kind]

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[None]:
        """Hold back every write meanwhile, so that nothing is written to a store being left."""
        async with self._writing:
            yield

    def switch(self, kind: str) -> None:
        """Use another store from now on."""
        self._kind = kind

    async def get(self, key: str) -> str | None:
        """The secret, or None where there is none."""
        return await self._stores[self._kind].get(key)

    async def reread(self, key: str) -> str | None:
        """The secret as it lies in the store now."""
        return await self._stores[self._kind].reread(key)

    async def put(self, key: str, secret: str) -> None:
        """Keep the secret."""
        async with self._writing:
            await self._stores[self._kind].put(key, secret)

    async def erase(self, key: str) -> None:
        """Remove the secret."""
        async with self._writing:
            await self._stores[self._kind].erase(key)

    async def state(self) -> StoreState:
        """How the store in use is; raises nothing."""
        return await self._stores[self._kind].state()

    async def sweep(self) -> int:
        """Clear away what a crash left behind in the store in use."""
        return await self._stores[self._kind].sweep()

    def forget(self) -> None:
        """Drop what every store holds in memory."""
        for store in self._stores.values():
            store.forget()
