"""Keys of our own in the credential store, made at first need."""

from __future__ import annotations

import secrets

from keyfob_core.errors import StoreUnavailable
from keyfob_core.ports import SecretStore

SESSIONS = "sessions/key"
CONFIG = "config/key"
APPROVALS = "approvals/key"
_BYTES = 32


async def own_key(store: SecretStore, item: str) -> bytes:
    """The 32 bytes of an item; raises StoreLocked or StoreUnavailable."""
    text = await store.get(item)
    if text is None:
        text = secrets.token_hex(_BYTES)
        await store.put(item, text)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise StoreUnavailable(
            f"The item {item} in the credential store is not a key.",
            "Erase that item; Keyfob makes a new one.",
        )
    return key
