"""The demo's private Secret Service, for tests: real gnome-keyring, real D-Bus."""

from collections.abc import Generator
from contextlib import contextmanager

from keyfob_core.demo.secret_service import PrivateSecretService, secret_service_present

__all__ = ["PrivateSecretService", "private_secret_service", "secret_service_present"]


@contextmanager
def private_secret_service() -> Generator[PrivateSecretService]:
    """A started, unlocked one; wrap it in a fixture of the scope you need."""
    with PrivateSecretService() as service:
        yield service
