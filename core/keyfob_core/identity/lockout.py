"""Who keeps trying wrong tokens is not answered for a while; who has a good one is, always."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keyfob_core.errors import RequestRefused
from keyfob_core.model import Inbound, Peer
from keyfob_core.ports import Clock

_TCP = "tcp"
_MOST_SOURCES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many wrong tokens are borne, and what follows; times in seconds."""

    tries: int = 10
    within: float = 60.0
    first: float = 30.0
    """The first lock-out; each that follows at once is twice as long."""
    longest: float = 900.0


@dataclass(slots=True)
class _Tries:
    since: float
    wrong: int = 0
    lockouts: int = 0
    until: float = 0.0


class Lockout:
    """Counts wrong tokens by where they come from.

    To be asked only after a token was found wrong, so that a good one is never kept out. A process
    on a socket counts for itself; TCP tells of none, and counts as one.
    """

    def __init__(self, clock: Clock, patience: Patience | None = None) -> None:
        self._clock = clock
        self._patience = patience or Patience()
        self._tries: dict[str, _Tries] = {}

    def check(self, inbound: Inbound) -> None:
        """Raise RequestRefused (429) for a source that is locked out now."""
        tries = self._tries.get(_source(inbound))
        left = tries.until - self._clock() if tries else 0.0
        if not 0 < left <= self._patience.longest:
            return
        seconds = math.ceil(left)
        raise RequestRefused(
            429,
            "Too many wrong tokens came from here.",
            f"Try again in {seconds} seconds, with a good token.",
            rule="locked-out",
            retry_after=seconds,
        )

    def wrong(self, inbound: Inbound) -> None:
        """Count a wrong token; one too many locks its source out."""
        now, patience = self._clock(), self._patience
        source = _source(inbound)
        tries = self._tries.get(source)
        if tries is None:
            self._make_room(now)
            tries = self._tries[source] = _Tries(now)
        if not 0 <= now - tries.since < patience.within:
            quiet = not 0 <= now - tries.until < patience.longest
            tries.since, tries.wrong = now, 0
            tries.lockouts = 0 if quiet else tries.lockouts
        tries.wrong += 1
        if tries.wrong >= patience.tries:
            tries.until = now + min(patience.longest, patience.first * 2**tries.lockouts)
            tries.since, tries.wrong = tries.until, 0
            tries.lockouts = min(tries.lockouts + 1, 16)

    def _make_room(self, now: float) -> None:
        if len(self._tries) < _MOST_SOURCES:
            return
        self._tries = {name: one for name, one in self._tries.items() if one.until > now}
        while len(self._tries) >= _MOST_SOURCES:
            del self._tries[next(iter(self._tries))]


def _source(inbound: Inbound) -> str:
    peer = inbound.peer
    return _name(peer) if peer is not None else _TCP


def _name(peer: Peer) -> str:
    return f"{peer.pid} {peer.started}"
