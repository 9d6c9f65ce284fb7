"""`keyfob` as a process of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.engine import KEYFOB, Home


async def keyfob(
    environ: Mapping[str, str], *arguments: str, stdin: str = ""
) -> tuple[int, str, str]:
    """Run one command to its end: exit code, output, complaints."""
    process = await asyncio.create_subprocess_exec(
        *KEYFOB,
        *arguments,
        env=dict(environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            out, complaints = await process.communicate(stdin.encode())
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, out.decode(), complaints.decode()


async def asked(environ: Mapping[str, str], *arguments: str, stdin: str = "") -> Any:
    """Run one command with `--json`, which must succeed, and answer what it printed."""
    code, out, complaints = await keyfob(environ, *arguments, "--json", stdin=stdin)
    assert code == 0, f"{arguments}: {out}{complaints}"
    return json.loads(out) if out.strip() else None


@asynccontextmanager
async def keyfob_serve(home: Home) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`keyfob serve`, once it listens; killed at the end where it still runs."""
    log = home.folder.parent / "serve.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *KEYFOB,
            "serve",
            env=dict(home.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        async with asyncio.timeout(30):
            while not await _listens(home):
                assert process.returncode is None, log.read_text()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listens(home: Home) -> bool:
    """Whether the engine is up.

    A command that comes before it would be an engine of its own, and hold the lock against it.
    """
    if not home.paths.control_socket.exists():
        await asyncio.sleep(0.05)
        return False
    code, out, _ = await keyfob(home.environ, "status", "--json")
    return code == 0 and json.loads(out)["url"] is not None


def with_browser(home: Home) -> Home:
    """The home with a BROWSER that signs in by itself, and a port that stays the same."""
    tests = Path(__file__).parent.parent
    script = home.folder.parent / "browser"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{tests}" exec "{sys.executable}" -m support.browser_program "$1"\n'
    )
    script.chmod(0o700)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**home.environ, "BROWSER": f"{script} %s", "KEYFOB_PORT": str(port)}
    return replace(home, environ=environ)
