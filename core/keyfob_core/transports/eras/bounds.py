"""How long the translation between the eras waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long things are kept, in seconds."""

    idle: float = 1800.0
    """A session that we hold at a server for a client, after its last use."""
    asking: float = 600.0
    """A call that is open at the server while the client answers its questions."""
    silence: float = 10.0
    """A server of an unknown era that does not begin to answer a harmless modern request."""
    pause: float = 0.25
    """The longest pause before a server is brought back a state for which it asked nothing."""
