"""Starting programs, and starting those that end again less and less often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.programs import ProgramStart, StartProgram
from keyfob_core.transports.programs.dialogue import Dialogue
from keyfob_core.transports.programs.limits import ProgramLimits
from keyfob_core.transports.programs.records import ProgramRecords
from keyfob_core.transports.programs.unasked import Unasked

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_SHORT_LIFE = 60.0
"""A program that has lived longer is started anew as if it had never failed."""


@dataclass(slots=True)
class _Failures:
    count: int
    not_before: float
    reason: str


class Launches:
    """Starts the programs of servers; the first restart is at once, each further one later."""

    def __init__(
        self,
        start_program: StartProgram,
        records: ProgramRecords,
        limits: ProgramLimits,
        changed: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """`changed` is called when `running` or `problem` may answer something else."""
        self._start_program = start_program
        self._records = records
        self._limits = limits
        self._changed = changed
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._dialogues: set[Dialogue] = set()

    async def launch(self, start: ProgramStart, unasked: Unasked) -> Dialogue:
        """Start a program; raises UpstreamUnreachable or ConfigInvalid."""
        self._check_pause(start.server)
        try:
            running = await self._start_program(start)
        except Error as error:
            self._fell(start.server, error.message)
            raise
        complaints = self._records.of(start.server, running.pid, start.secrets)
        complaints.note("started")
        begun = self._clock()
        dialogue = Dialogue(
            running,
            start,
            complaints,
            unasked,
            self._limits,
            lambda ended: self._ended(ended, self._clock() - begun),
        )
        self._dialogues.add(dialogue)
        self._changed()
        return dialogue

    def running(self, server: str) -> int:
        """How many processes of a server there are."""
        return sum(one.is_alive and one.start.server == server for one in self._dialogues)

    def problem(self, server: str) -> str | None:
        """Why a server's program did not stay, where none runs."""
        failures = self._failures.get(server)
        return failures.reason if failures and not self.running(server) else None

    async def close(self) -> None:
        """End them all."""
        await asyncio.gather(*(one.end("Keyfob has ended") for one in self._dialogues))

    def _ended(self, dialogue: Dialogue, life: float) -> None:
        self._dialogues.discard(dialogue)
        server = dialogue.start.server
        if dialogue.was_ended or life > _SHORT_LIFE:
            self._failures.pop(server, None)
        if not dialogue.was_ended:
            self._fell(server, dialogue.reason)
        self._changed()

    def _fell(self, server: str, reason: str) -> None:
        count = self._failures[server].count + 1 if server in self._failures else 1
        pause = 0.0 if count == 1 else min(_FIRST_PAUSE * 2 ** min(count - 2, 10), _LONGEST_PAUSE)
        self._failures[server] = _Failures(count, self._clock() + pause, reason)

    def _check_pause(self, server: str) -> None:
        failures = self._failures.get(server)
        left = failures.not_before - self._clock() if failures else 0.0
        if failures is not None and left > 0:
            raise UpstreamUnreachable(
                f"{failures.reason} It failed {failures.count} times in a row.",
                f"It is tried again in {left:.0f} s; see `keyfob server log {server}`.",
            )
