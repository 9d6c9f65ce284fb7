"""keyring's Secret Service backend on a bus of our choice, by one connection for all its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import secretstorage
from keyring.backends import SecretService
from keyring.errors import KeyringLocked, PasswordDeleteError
from secretstorage.exceptions import LockedException, PromptDismissedException
from secretstorage.util import add_match_rules, open_session

from keyfob_core.stores.session_bus import Connection, connect

T = TypeVar("T")

_ANSWERS = (KeyringLocked, LockedException, PromptDismissedException, PasswordDeleteError)
"""Errors that a working connection brings."""


class SecretServiceKeyring(SecretService.Keyring):
    """The real backend; only how it reaches the default collection is ours.

    keyring opens a connection for each call, knows no other bus than the environment's, and leaves
    the socket open where the collection stays locked. Each connection needs a session, whose key
    is agreed on by Diffie-Hellman: nearly all that a call costs. So both are kept; where they are
    of no use any more, because the service has ended, a call is made once more by new ones.
    Every call writes or takes away the same however often it is made.
    """

    def __init__(self, address: str | None) -> None:
        super().__init__()
        # KEYRING_PROPERTY_* would choose another collection or another naming of the items.
        vars(self).clear()
        self._address = address
        self._kept: _Kept | None = None

    def get_preferred_collection(self) -> secretstorage.Collection:
        """The default collection, unlocked, by a prompt if need be."""
        if self._kept is None:
            self._kept = _Kept(connect(self._address))
        kept = self._kept
        collection = secretstorage.get_default_collection(cast("Any", kept), kept.session)
        if collection.is_locked():
            collection.unlock()
            if collection.is_locked():
                raise KeyringLocked("The prompt was dismissed, or there was none.")
        collection.session = kept.session
        return collection

    def get_password(self, service: str, username: str) -> str | None:
        """The text of an item, or None where there is none."""
        real: Any = super()
        return self._called(lambda: real.get_password(service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write an item."""
        real: Any = super()
        self._called(lambda: real.set_password(service, username, password))

    def delete_password(self, service: str, username: str) -> None:
        """Remove an item; raises PasswordDeleteError where there is none."""
        real: Any = super()
        self._called(lambda: real.delete_password(service, username))

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.connection.close()

    def _called(self, call: Callable[[], T]) -> T:
        lasted = self._kept is not None
        try:
            return call()
        except _ANSWERS:
            raise
        except Exception:
            self.close()
            if not lasted:
                raise
        return call()


class _Kept:
    """A connection that keyring's own way of closing it after each call does not close."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        try:
            add_match_rules(cast("Any", connection))
            self.session = open_session(cast("Any", connection))
        except BaseException:
            connection.close()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def close(self) -> None:
        """Nothing; it is for the next call."""
