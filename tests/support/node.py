"""Node programs of tests/node: asked by JSON on their standard input, answering by JSON."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "node"


async def run_node(script: str, asked: object, *, within: float = 60.0) -> Any:
    """Run it to its end and answer what it printed; its complaints fail the test."""
    node = shutil.which("node")
    assert node, "the tests need node on the PATH"
    process = await asyncio.create_subprocess_exec(
        node,
        str(FOLDER / script),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            out, complaints = await process.communicate(json.dumps(asked).encode())
    except BaseException:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, complaints.decode()
    return json.loads(out)
