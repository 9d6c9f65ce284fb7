"""The demo with a window: the real tray app on the demo's servers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from keyfob_core.demo.home import DemoHome
from keyfob_core.demo.servers import demo_servers
from keyfob_core.errors import EngineUnreachable

_ENDING_SECONDS = 5.0
_SERVER = "demo"


async def run_window(home: DemoHome) -> int:
    """Serve the demo's servers until the person quits the tray app; answers its exit code."""
    async with demo_servers() as servers:
        added = await _run(home, ["server", "add", _SERVER, servers.mcp_url, "--yes"], quiet=True)
        if added != 0:
            raise EngineUnreachable("The demo's server could not be added.")
        print(
            f'Keyfob opens with the server "{_SERVER}". Press Connect: your browser shows the '
            "demo's consent page.\nQuit Keyfob from its tray menu, or press Ctrl-C here; the demo "
            "then removes all it made.",
            flush=True,
        )
        return await _run(home, [])


async def _run(home: DemoHome, arguments: Sequence[str], *, quiet: bool = False) -> int:
    """Run Keyfob itself to its end; a cancelled one is ended before the error goes on."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "keyfob_core.cli.main",
        *arguments,
        env=dict(home.environ),
        stdout=asyncio.subprocess.DEVNULL if quiet else None,
        # Ctrl-C is for the demo, which then ends the window in order.
        start_new_session=True,
    )
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _ENDING_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
