"""The store as accounts see it: while Keyfob is locked, no secret is read."""

from __future__ import annotations

from collections.abc import Callable

from keyfob_core.ports import SecretStore
from keyfob_core.states import StoreState


class LatchedStore:
    """A `SecretStore` that answers nothing while Keyfob is locked.

    Writing stays open: what an issuer has just answered must be kept, or a sign-in is lost.
    """

    def __init__(self, store: SecretStore, check: Callable[[], None]) -> None:
        """`check` raises Locked where nothing is to be read."""
        self._store = store
        self._check = check

    async def get(self, key: str) -> str | None:
        """The secret, or None where there is none."""
        self._check()
        return await self._store.get(key)

    async def reread(self, key: str) -> str | None:
        """The secret as it lies in the store now."""
        self._check()
        return await self._store.reread(key)

    async def put(self, key: str, secret: str) -> None:
        """Keep the secret."""
        await self._store.put(key, secret)

    async def erase(self, key: str) -> None:
        """Remove the secret."""
        await self._store.erase(key)

    async def state(self) -> StoreState:
        """How the store is; raises nothing."""
        return await self._store.state()
