"""The keychains Keyfob may use, each named here and constructed by hand.

`keyring.get_keyring()` is never asked: an environment variable, a configuration file or an
installed package would choose for the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from keyfob_core.states import StoreCondition

if TYPE_CHECKING:
    from keyfob_core.stores.secret_service import SecretServiceKeyring


class Keychain(Protocol):
    """The part of a keyring backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """The text of an item, or None where there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write an item."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove an item; raises PasswordDeleteError where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person can do about a keychain that does not work."""

    locked: str
    missing: str
    frozen: str


@dataclass(frozen=True, slots=True)
class Backend:
    """One platform's keychain."""

    product: str
    """Its name as people know it."""
    open: Callable[[], Keychain]
    """Constructs the keyring backend; called on the worker thread, since the import takes 0.1 s."""
    probe: Callable[[Keychain], StoreCondition | None]
    """How it is, found without a prompt; None where it answers but would not tell a lock."""
    hints: Hints
    limit: int | None = None
    """UTF-16 units an item holds, or None."""
    close: Callable[[Keychain], None] = lambda _: None
    """Gives back what the backend holds; called on the worker thread."""


def native_backend(platform: str, bus_address: str | None = None) -> Backend:
    """The keychain of a platform, as `sys.platform` names it.

    `bus_address` is the D-Bus address of the Secret Service, where it is not the environment's.
    """
    if platform == "win32":
        return _credential_manager()
    if platform == "darwin":
        return _macos_keychain()
    return _secret_service(bus_address)


def _secret_service(address: str | None) -> Backend:
    def open_keychain() -> Keychain:
        from keyfob_core.stores.secret_service import SecretServiceKeyring

        return cast("Keychain", SecretServiceKeyring(address))

    def close(keychain: Keychain) -> None:
        cast("SecretServiceKeyring", keychain).close()

    def probe(_: Keychain) -> StoreCondition:
        from keyfob_core.stores.session_bus import secret_service_condition

        return secret_service_condition(address, limit=3.0)

    return Backend(
        product="Secret Service",
        open=open_keychain,
        close=close,
        probe=probe,
        hints=Hints(
            locked="Unlock the login keyring (log in to the desktop, or open its passwords app),"
            " then try again.",
            missing="Install and start a Secret Service, such as gnome-keyring or KWallet, in this"
            " session.",
            frozen="Answer the keyring's prompt if one is open; otherwise restart"
            " gnome-keyring-daemon, or log out and in.",
        ),
    )


def _macos_keychain() -> Backend:
    def open_keychain() -> Keychain:
        from keyring.backends.macOS import Keyring

        keychain = cast("Any", Keyring())
        # KEYCHAIN_PATH is ignored by the backend but warned about at every call.
        keychain.keychain = None
        return cast("Keychain", keychain)

    return Backend(
        product="macOS Keychain",
        open=open_keychain,
        probe=_read_a_missing_item,
        hints=Hints(
            locked="Unlock the login keychain (log in at the screen, or run"
            " `security unlock-keychain`), then try again.",
            missing="Open Keychain Access and see that the login keychain is there and lets Keyfob"
            " in.",
            frozen="Answer the keychain's prompt if one is open; otherwise log out and in.",
        ),
    )


def _credential_manager() -> Backend:
    def open_keychain() -> Keychain:
        from keyring.backends.Windows import WinVaultKeyring

        keychain = cast("Any", WinVaultKeyring())
        # Over any KEYRING_PROPERTY_PERSIST; the default roams to other machines of a domain.
        keychain.persist = "local machine"
        return cast("Keychain", keychain)

    return Backend(
        product="Windows Credential Manager",
        open=open_keychain,
        probe=_read_a_missing_item,
        limit=1280,
        hints=Hints(
            locked="Sign in to Windows at the screen, then try again.",
            missing="Run Keyfob in your own desktop session: a service or an ssh session has no"
            " Credential Manager.",
            frozen="Restart the Credential Manager service, or sign out and in.",
        ),
    )


def _read_a_missing_item(keychain: Keychain) -> StoreCondition | None:
    keychain.get_password("keyfob:probe", "keyfob")
    return None
