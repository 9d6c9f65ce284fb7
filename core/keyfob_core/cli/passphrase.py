"""The passphrase of an encrypted store, asked for by a command that has an engine of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyfob_core.system.tty import Terminal

if TYPE_CHECKING:
    from keyfob_core.prompts import Answer, Prompt


class PassphrasePrompter:
    """Answers the one question that a command's own engine has: the store's passphrase."""

    answers_commands = False

    def __init__(self, terminal: Callable[[], Terminal | None]) -> None:
        self._terminal = terminal

    @property
    def attended(self) -> bool:
        """Whether somebody can type the passphrase now."""
        terminal = self._terminal()
        return terminal is not None and terminal.attended

    async def ask(self, prompt: Prompt) -> Answer:
        """Ask for a passphrase; every other question is dismissed."""
        # A command that finds an engine running asks nothing, and starts faster without them.
        from keyfob_core.cli.terminal import TerminalPrompter
        from keyfob_core.prompts import Dismissed, PassphrasePrompt

        if not isinstance(prompt, PassphrasePrompt):
            return Dismissed()
        return await TerminalPrompter(self._terminal()).ask(prompt)
