"""A macOS Keychain in memory, on which keyring's real macOS backend runs anywhere."""

from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType

from support.wincred import replaced_modules

ITEM_NOT_FOUND = -25300
INTERACTION_NOT_ALLOWED = -25308
"""Locked, and no screen to ask on: what an ssh session sees."""
USER_CANCELED = -128
_BACKEND = "keyring.backends.macOS"


class StatusError(Exception):
    """Shaped like keyring.backends.macOS.api.Error."""


class NotFound(StatusError):
    pass


class KeychainDenied(StatusError):
    pass


class Keychain:
    """The three functions of keyring's `api` module, and what they have kept."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.calls: list[tuple[str, str]] = []
        self.status = 0
        """What every call on an existing item or a new one answers."""

    def find_generic_password(self, keychain: str | None, service: str, username: str) -> str:
        self._check("find", service, username)
        return self.items[service, username]

    def set_generic_password(
        self, keychain: str | None, service: str, username: str, password: str
    ) -> None:
        if (service, username) in self.items:
            self.delete_generic_password(keychain, service, username)
        self.calls.append(("add", service))
        _raise_for(self.status)
        # The text passes through a C string.
        self.items[service, username] = password.partition("\0")[0]

    def delete_generic_password(self, keychain: str | None, service: str, username: str) -> None:
        self._check("delete", service, username)
        del self.items[service, username]

    def _check(self, name: str, service: str, username: str) -> None:
        self.calls.append((name, service))
        # Attributes can be searched while the keychain is locked; only the secret cannot be had.
        if (service, username) not in self.items:
            raise NotFound(ITEM_NOT_FOUND, "Item not found")
        _raise_for(self.status)


@contextmanager
def macos_keychain() -> Generator[Keychain]:
    """Let keyring's macOS backend, imported anew, find this Keychain."""
    keychain = Keychain()
    api = ModuleType(f"{_BACKEND}.api")
    vars(api).update(
        Error=StatusError,
        NotFound=NotFound,
        KeychainDenied=KeychainDenied,
        find_generic_password=keychain.find_generic_password,
        set_generic_password=keychain.set_generic_password,
        delete_generic_password=keychain.delete_generic_password,
    )
    with replaced_modules({f"{_BACKEND}.api": api}, imported_anew=(_BACKEND,)):
        yield keychain


def _raise_for(status: int) -> None:
    if status == USER_CANCELED:
        raise KeychainDenied(status, "Keychain Access Denied")
    if status:
        raise StatusError(status, "Unknown Error")
