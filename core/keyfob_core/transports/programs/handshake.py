"""What a client and a program agreed on in the handshake eras, to be agreed on again."""

from __future__ import annotations

import asyncio

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.transports.programs.dialogue import Dialogue
from keyfob_core.transports.programs.messages import ProgramMessage, parse
from keyfob_core.transports.programs.streams import Stream

_MOST_SUBSCRIPTIONS = 256


class SessionLost(UpstreamUnreachable):
    """A program that was started anew does not take a session up; the client has to begin anew."""


class Handshake:
    """A session's opening, and what it set since: a new process is told all of it, in order.

    The client sees none of the answers; its own lines are sent as they were.
    """

    def __init__(self) -> None:
        self._initialize: bytes | None = None
        self._initialized: bytes | None = None
        self._settings: dict[str, bytes] = {}

    def note(self, line: bytes, messages: tuple[ProgramMessage, ...]) -> None:
        """Remember a line that a new process has to be told as well."""
        if len(messages) != 1:
            return
        (message,) = messages
        uri = f"uri {message.params.get('uri')}"
        match message.method:
            case "initialize":
                self._initialize = line
            case "notifications/initialized":
                self._initialized = line
            case "logging/setLevel":
                self._settings["level"] = line
            case "resources/subscribe" if len(self._settings) < _MOST_SUBSCRIPTIONS:
                self._settings[uri] = line
            case "resources/unsubscribe":
                self._settings.pop(uri, None)
            case _:
                pass

    async def replay(self, dialogue: Dialogue, version: str | None, patience: float) -> None:
        """Take the session of a revision up with a new process, if it was opened.

        Raises SessionLost or UpstreamUnreachable.
        """
        if self._initialize is None or version is None:
            return
        try:
            async with asyncio.timeout(patience):
                await _answered(dialogue, self._initialize)
                if dialogue.version != version:
                    raise SessionLost(
                        f"The program {dialogue.start.server} was started anew and does not take "
                        "the session up.",
                        "Connect to it again.",
                    )
                if self._initialized is not None:
                    await dialogue.tell(self._initialized)
                for line in self._settings.values():
                    await _answered(dialogue, line)
        except TimeoutError:
            raise UpstreamUnreachable(
                f"The program {dialogue.start.server} was started anew and does not answer.",
                f"See `keyfob server log {dialogue.start.server}`.",
            ) from None


async def _answered(dialogue: Dialogue, line: bytes) -> None:
    messages = parse(line)
    owed = {m.key: m.id for m in messages if m.key is not None and m.id is not None}
    stream = Stream(owed)
    await dialogue.ask(line, messages, stream, ours=True)
    while await stream.take():
        pass
