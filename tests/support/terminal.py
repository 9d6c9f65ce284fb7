from __future__ import annotations

import asyncio
from collections import deque


class ScriptedTerminal:
    """A terminal whose person types the lines given; after them nothing comes."""

    def __init__(self, *lines: str | None, attended: bool = True) -> None:
        self._lines = deque(lines)
        self.attended = attended
        self.shown = ""
        self.echoed: list[bool] = []
        """Whether each line read was shown as it was typed."""
        self.asked = asyncio.Event()
        """Set when a question waits that no line is left for."""

    def write(self, text: str) -> None:
        self.shown += text

    async def read_line(self, *, echo: bool = True) -> str | None:
        self.echoed.append(echo)
        if self._lines:
            return self._lines.popleft()
        self.asked.set()
        return await asyncio.get_running_loop().create_future()
