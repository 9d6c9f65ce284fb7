"""The person of the demo without a window, who answers what Keyfob asks."""

from __future__ import annotations

from collections.abc import Callable

from keyfob_core.prompts import (
    AccessPrompt,
    Answer,
    ClientPrompt,
    Decision,
    Dismissed,
    Prompt,
    ToolListPrompt,
    WideningPrompt,
)

Tell = Callable[[str, str], None]
"""Told a title and a text of what happened."""


class DemoPerson:
    """A `Prompter` that allows what the demo is about and tells of each question."""

    def __init__(self, tell: Tell, client_name: str) -> None:
        self._tell = tell
        self._client_name = client_name

    @property
    def attended(self) -> bool:
        """Somebody answers."""
        return True

    @property
    def answers_commands(self) -> bool:
        """Commands are answered here."""
        return True

    async def ask(self, prompt: Prompt) -> Answer:
        """Allow a command, a call, or a program to be named; nothing else is asked here."""
        if isinstance(prompt, WideningPrompt):
            self._tell("Asked", f"{prompt.text} The demo's person says yes.")
            return Decision(allow=True)
        if isinstance(prompt, AccessPrompt):
            self._tell(
                "Asked",
                f"{prompt.client.name} wants to call {prompt.tool}. "
                "The demo's person allows it once.",
            )
            return Decision(allow=True)
        if isinstance(prompt, ToolListPrompt):
            self._tell(
                "Asked",
                f"{prompt.server} lists {len(prompt.tools)} tools that nobody has seen yet. "
                "The demo's person reads and approves them; a later change will be asked about.",
            )
            return Decision(allow=True)
        if isinstance(prompt, ClientPrompt):
            self._tell(
                "Asked",
                f"{prompt.peer.executable} wants to use Keyfob and has no name yet. "
                f'The demo\'s person calls it "{self._client_name}".',
            )
            return Decision(allow=True, text=self._client_name)
        return Dismissed()
