from __future__ import annotations

from collections.abc import Generator

import pytest

from support.engine import Home, new_home
from support.secret_service import PrivateSecretService, private_secret_service


@pytest.fixture(scope="module")
def keychain() -> Generator[PrivateSecretService]:
    """A new one for each file: the daemon writes all its items anew with each that comes."""
    with private_secret_service() as service:
        yield service


@pytest.fixture
def home(keychain: PrivateSecretService) -> Generator[Home]:
    with new_home(keychain) as made:
        yield made
