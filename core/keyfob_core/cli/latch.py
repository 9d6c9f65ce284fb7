"""How Keyfob is locked or paused, in words; what the four commands share."""

from __future__ import annotations

from keyfob_core.cli.engines import Door
from keyfob_core.cli.shell import Fields, Shell
from keyfob_core.cli.text import moment
from keyfob_core.conditions import LatchCondition
from keyfob_core.errors import EngineUnreachable

_BY = {
    "person": "locked by you",
    "screen": "locked with the screen",
    "idle": "locked after a time without calls",
}


def latch_words(latch: Fields) -> str:
    """The state in a few words."""
    if latch["condition"] == LatchCondition.LOCKED:
        return _BY.get(str(latch["locked_by"]), "locked")
    if latch["condition"] == LatchCondition.PAUSED:
        until = latch["until"]
        return f"paused until {moment(until)}" if isinstance(until, int | float) else "paused"
    return "open"


def require_running(shell: Shell) -> None:
    """Raise EngineUnreachable where no Keyfob runs: there is nothing that could call."""

    async def look(door: Door) -> str | None:
        return door.kind

    if shell.with_engine(look) is None:
        raise EngineUnreachable(
            "Keyfob is not running, so no call passes.",
            "Start it with `keyfob` or `keyfob serve`.",
        )


def show(shell: Shell, latch: Fields) -> int:
    """Print the state that a command has led to."""
    shell.data(latch)
    shell.say(f"Keyfob is {latch_words(latch)}.")
    return 0
