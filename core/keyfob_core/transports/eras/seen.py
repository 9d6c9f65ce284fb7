"""Which eras each server was seen to speak."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keyfob_core.model import UpstreamRequest
from keyfob_core.states import Era


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server's own answers have shown; None where nothing has yet."""

    handshake: bool | None = None
    modern: bool | None = None

    @property
    def eras(self) -> frozenset[Era]:
        """The eras that it was seen to speak."""
        found: set[Era] = set()
        if self.handshake:
            found.add(Era.HANDSHAKE)
        if self.modern:
            found.add(Era.MODERN)
        return frozenset(found)

    @property
    def is_bridged(self) -> bool:
        """Whether it refuses the one era, and speaks the other."""
        return (self.handshake is False) != (self.modern is False)


UNKNOWN = Seen()


class SeenServers:
    """A memory of servers; it never outlives the process."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, Seen]] = {}

    def of(self, request: UpstreamRequest) -> Seen:
        """What is known of the server that a request is for, at that address."""
        found = self._seen.get(request.server)
        # An address may carry a key in its query, and the eras do not hang on it.
        if found is None or found[0] != request.url.partition("?")[0]:
            return UNKNOWN
        return found[1]

    def note(
        self, request: UpstreamRequest, *, handshake: bool | None = None, modern: bool | None = None
    ) -> None:
        """Keep what an answer showed; None leaves as it was what it did not show."""
        seen = self.of(request)
        if handshake is not None:
            seen = replace(seen, handshake=handshake)
        if modern is not None:
            seen = replace(seen, modern=modern)
        self._seen[request.server] = (request.url.partition("?")[0], seen)

    def named(self, server: str) -> Seen:
        """What is known of a server by its name alone."""
        found = self._seen.get(server)
        return UNKNOWN if found is None else found[1]

    def forget(self, server: str) -> None:
        """Know nothing of a server any more."""
        self._seen.pop(server, None)
