"""Whether a server's machine, or the proxy that leads there, can be reached at all."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from keyfob_core.addresses.network import Network
from keyfob_core.errors import Error

_SECONDS = 4.0
_PORTS = {"http": 80, "https": 443}


async def why_out_of_reach(network: Network, url: str) -> str | None:
    """Why nothing listens there, in a few words; None where something does."""
    try:
        proxy = await network.proxy_for(url)
    except Error as error:
        return error.message
    parts = urlsplit(proxy.url if proxy is not None else url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no answer in {_SECONDS:.0f} seconds"
    except OSError as error:
        return error.strerror or "its name cannot be found"
    writer.close()
    return None
