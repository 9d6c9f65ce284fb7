"""The demo's private Secret Service, for tests: real gnome-keyring, real D-Bus."""

from collections.abc import Generator
from contextlib import contextmanager

from keyfob_core.demo.secret_service import PrivateSecretService, secret_service_present

__all__ = [
    "PrivateSecretService",
    "RestartableSecretService",
    "private_secret_service",
    "secret_service_present",
]


@contextmanager
def private_secret_service() -> Generator[PrivateSecretService]:
    """A started, unlocked one; wrap it in a fixture of the scope you need."""
    with PrivateSecretService() as service:
        yield service


class RestartableSecretService(PrivateSecretService):
    """One whose keyring daemon can be killed and started again on the same data."""

    def restart(self) -> None:
        self._keyring = self._spawn(
            "gnome-keyring-daemon",
            "--foreground",
            "--unlock",
            "--components=secrets",
            f"--control-directory={self.folder / 'control'}",
            stdin=self._password,
        )
        self._wait_until_ready(keyring_expected=True)

    def kill(self) -> None:
        super().kill()
        # Its pipe is our end of a process that is over.
        if self._keyring is not None and self._keyring.stdin is not None:
            self._keyring.stdin.close()
