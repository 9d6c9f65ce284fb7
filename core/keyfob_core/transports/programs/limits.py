"""How long things between a client and a program may take, and how much there may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramLimits:
    """Seconds, where nothing else is said."""

    alone: float = 5.0
    """For so long an answer is awaited that comes alone, as JSON; then a stream begins."""
    alive: float = 15.0
    """Between two comments on a silent stream: clients give a silent one up after minutes."""
    unread: float = 30.0
    """A client that does not read for so long loses its stream, for others wait behind it."""
    cancelled: float = 5.0
    """After a cancellation an answer may still come."""
    last: float = 5.0
    """For what a program said before it ended to be read and passed on."""
    quiet: float = 30.0
    """For so long a renewal waits until no request is under way."""
    replay: float = 60.0
    """For a new process to take a session up: npx may have to fetch it first."""
    idle: float = 300.0
    """A program that nobody used and nobody listens to for so long is ended."""
    abandoned: float = 86400.0
    """A session that nobody used for so long is forgotten."""
    turn: float = 2.0
    """Between two looks at what is idle."""
    longest_line: int = 64 * 1024 * 1024
    """Bytes."""
    most_sessions: int = 64
    """Sessions of one client, server and account whose programs run at once."""
    most_shared: int = 16
    """Programs that share requests of one pool and conversation, where many bear the same id."""
