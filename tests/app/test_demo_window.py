"""`keyfob demo` with a window: the tray app itself, drawn off screen."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

from support.demo import demo
from support.eventually import eventually
from support.processes import asked


async def test_the_window_opens_on_the_demo_s_server_and_an_interrupt_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="kd-") as name:
        folder = Path(name)
        environ = {"DISPLAY": ":nowhere", "QT_QPA_PLATFORM": "offscreen"}
        async with demo(folder, environ=environ) as running:
            await running.said("Keyfob opens")
            environ = {**os.environ, "KEYFOB_HOME": str(running.home())}

            async def listens() -> bool:
                status = await asked(environ, "status")
                return bool(status["url"]) and status["servers"][0]["name"] == "demo"

            await eventually(listens, within=30)
            running.process.send_signal(signal.SIGINT)
            assert await running.ended() == 130
        assert running.left_behind() == []
