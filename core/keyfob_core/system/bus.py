"""A connection to a D-Bus bus, by jeepney."""

from __future__ import annotations

import asyncio
from typing import Any

SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
_HELLO_SECONDS = 10.0
_LEAVE_SECONDS = 0.5


async def bus_connection(address: str) -> Any:
    """A connection to the bus; raises TimeoutError and what jeepney does.

    jeepney cannot be cancelled while it opens one: it loses the cancellation, or fails otherwise.
    """
    # Imported here: it is of no use on other systems, and takes its time.
    from jeepney.io import asyncio as buses  # pyright: ignore[reportMissingTypeStubs]

    opened: Any = buses
    opening: asyncio.Future[Any] = asyncio.ensure_future(opened.open_dbus_connection(address))
    try:
        async with asyncio.timeout(_HELLO_SECONDS):
            return await asyncio.shield(opening)
    except (asyncio.CancelledError, TimeoutError):
        opening.add_done_callback(_close)
        await asyncio.wait({opening}, timeout=_LEAVE_SECONDS)
        raise


def _close(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().writer.close()
