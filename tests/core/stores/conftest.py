from collections.abc import Generator

import pytest

from support.macos_keychain import Keychain, macos_keychain
from support.secret_service import PrivateSecretService, private_secret_service
from support.wincred import CredentialManager, credential_manager


@pytest.fixture(scope="module")
def shared_service() -> Generator[PrivateSecretService]:
    """For tests that leave it running and unlocked."""
    with private_secret_service() as service:
        yield service


@pytest.fixture
def own_service() -> Generator[PrivateSecretService]:
    """For tests that break it."""
    with private_secret_service() as service:
        yield service


@pytest.fixture
def windows() -> Generator[CredentialManager]:
    with credential_manager() as manager:
        yield manager


@pytest.fixture
def macos() -> Generator[Keychain]:
    with macos_keychain() as keychain:
        yield keychain
