"""The official SDKs' everything servers, each a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from support.node import FOLDER

NPM_PROGRAM = FOLDER / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
SDK_EXAMPLES = Path(sys.prefix) / "examples"
"""Where packaging/bootstrap.py puts what the SDK's wheel leaves out."""
_READY_SECONDS = 30.0


@contextmanager
def npm_everything() -> Generator[str]:
    """npm's, which speaks the handshake's revisions; answers its address."""
    node = shutil.which("node")
    assert node, "the tests need node on the PATH"
    port = _free_port()
    command = [node, str(NPM_PROGRAM), "streamableHttp"]
    with _serving(command, port, {"PORT": str(port)}) as url:
        yield url


@contextmanager
def sdk_everything() -> Generator[str]:
    """The Python SDK's, which speaks 2026-07-28 too; answers its address."""
    port = _free_port()
    command = [sys.executable, "-m", "mcp_everything_server"]
    options = ["--port", str(port), "--log-level", "CRITICAL"]
    with _serving([*command, *options], port, {"PYTHONPATH": str(SDK_EXAMPLES)}) as url:
        yield url


@contextmanager
def _serving(command: Sequence[str], port: int, environ: Mapping[str, str]) -> Generator[str]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )

    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not _accepts(port):
            assert time.monotonic() < deadline, f"{command} does not listen"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
                raise AssertionError(f"{command} ended: {process.communicate()[1]}")
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.communicate()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
