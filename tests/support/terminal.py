from __future__ import annotations

import asyncio
from collections import deque


class ScriptedTerminal:
    """A terminal whose person types the lines given; after them nothing comes."""

    def __init__(self, *lines: str | None, attended: bool = True) -> None:
        self._lines = deque(lines)
        self.attended = attended
        self.shown = ""
        self.asked = asyncio.Event()
        """Set when a question waits that no line is left for."""

    def write(self, text: str) -> None:
        self.shown += text

    async def read_line(self) -> str | None:
        if self._lines:
            return self._lines.popleft()
        self.asked.set()
        return await asyncio.get_running_loop().create_future()
