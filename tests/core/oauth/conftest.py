from __future__ import annotations

import pytest

from keyfob_core.oauth.http import HttpClient
from support.networks import NoNetwork


@pytest.fixture
def http() -> HttpClient:
    """The real client; no certificates are loaded, for what it meets here is on loopback."""
    return HttpClient(NoNetwork(), seconds=5)
