"""The event loop the engine runs on."""

from __future__ import annotations

import asyncio


def engine_loop() -> asyncio.AbstractEventLoop:
    """A new uvloop where it exists, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
