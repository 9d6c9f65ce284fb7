"""keyring's Secret Service backend on a bus of our choice, with its connections closed."""

from __future__ import annotations

from typing import Any, cast

import secretstorage
from keyring.backends import SecretService
from keyring.errors import KeyringLocked
from secretstorage.util import add_match_rules

from keyfob_core.stores.session_bus import connect


class SecretServiceKeyring(SecretService.Keyring):
    """The real backend; only how it reaches the default collection is ours.

    keyring opens the connection itself, knows no other bus than the environment's, and leaves the
    socket open where the collection stays locked.
    """

    def __init__(self, address: str | None) -> None:
        super().__init__()
        # KEYRING_PROPERTY_* would choose another collection or another naming of the items.
        vars(self).clear()
        self._address = address

    def get_preferred_collection(self) -> secretstorage.Collection:
        """The default collection, unlocked, by a prompt if need be."""
        connection = cast("Any", connect(self._address))
        try:
            add_match_rules(connection)
            collection = secretstorage.get_default_collection(connection)
            if collection.is_locked():
                collection.unlock()
                if collection.is_locked():
                    raise KeyringLocked("The prompt was dismissed, or there was none.")
        except BaseException:
            connection.close()
            raise
        return collection
