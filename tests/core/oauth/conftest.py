from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from keyfob_core.oauth.http import HttpClient


@pytest.fixture
async def http() -> AsyncGenerator[HttpClient, None]:
    """The real client; no certificates are loaded, for what it meets here is on loopback."""
    async with HttpClient(verify=False, seconds=5) as client:
        yield client
