"""Serving an application on loopback, beside whatever else the loop does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator

import uvicorn
from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A uvicorn that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.contextmanager
def listening() -> Generator[socket.socket, None, None]:
    """A socket on a free port, known before the application that needs to know it is made."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(128)
        yield listener


@contextlib.asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncGenerator[None]:
    """Serve the application until the context ends, which open streams do not hold up."""
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.close()
        await asyncio.shield(running)


def origin_of_listener(listener: socket.socket) -> str:
    """`http://127.0.0.1:PORT`."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"
