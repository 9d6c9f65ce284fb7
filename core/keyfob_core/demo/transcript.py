"""What the demo tells on the terminal, in numbered lines."""

from __future__ import annotations

import textwrap
from typing import TextIO

from keyfob_core.words.plain import visible

_WIDTH = 100
_INDENT = " " * 19


class Transcript:
    """Writes one step a line: its number, what it was about, and what happened."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._number = 0

    def heading(self, text: str) -> None:
        """A line without a number, with space before it."""
        self._write(f"\n{text}\n")

    def step(self, title: str, text: str) -> None:
        """One step; long texts are folded under their beginning."""
        self._number += 1
        head = f"{self._number:>3}  {title:<12}  "
        self._write(
            textwrap.fill(
                visible(text),
                _WIDTH,
                initial_indent=head,
                subsequent_indent=_INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
            + "\n"
        )

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
