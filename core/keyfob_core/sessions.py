"""Upstream sessions: each belongs to one client, server and account, and to nobody else."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from keyfob_core.errors import RequestRefused
from keyfob_core.ports import Clock, SessionTable

NO_ACCOUNT = ""


class Sessions:
    """Honours an `Mcp-Session-Id` only from the client it was issued to."""

    def __init__(self, table: SessionTable, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def check(
        self,
        session: str,
        client: str,
        server: str,
        account: str | None,
        usual: str | None,
    ) -> str:
        """Refuse a session that is not this triple's; mostly answers an empty text.

        A call whose tool has an account of its own comes in the session of the account that its
        server has `usual`ly: it stands beside that session, whose digest is answered. 404 is what
        a client must answer with a new `initialize` (MCP 2025-11-25, transports).
        """
        digest = session_digest(session)
        owner = self._table.owner(digest)
        if owner == (client, server, account or NO_ACCOUNT):
            return ""
        if owner is None or owner != (client, server, usual or NO_ACCOUNT):
            raise RequestRefused(404, "There is no such session.", "Initialize a new one.")
        return digest

    def issue(self, session: str, client: str, server: str, account: str | None) -> None:
        """Bind a session id that the upstream has just given out."""
        digest = session_digest(session)
        if self._table.owner(digest) is None:
            self._table.issue(digest, client, server, account or NO_ACCOUNT, self._clock())

    def note(
        self,
        owner: tuple[str, str, str | None],
        asked: str | None,
        issued: str | None,
        http_method: str,
        status: int,
    ) -> None:
        """Note what an answer says of a session: that it begins, or that there is none any more.

        `owner` is (client, server, account); `asked` came with the request, `issued` with the
        answer.
        """
        if issued is not None and status < 400 and issued != asked:
            self.issue(issued, *owner)
        ended = http_method == "DELETE" and status < 300
        if asked is not None and (ended or status == 404):
            self.end(asked)

    def end(self, session: str) -> None:
        """Forget a session that has ended."""
        self._table.end(session_digest(session))


@lru_cache(maxsize=256)
def session_digest(session: str) -> str:
    """What is kept of a session id: it opens a session, so it is not written anywhere."""
    return hashlib.sha256(session.encode(errors="surrogatepass")).hexdigest()


def pool_of(client: str, server: str, account: str | None) -> str:
    """The name of what one client, server and account share, and others never."""
    return "\n".join((client, server, account or NO_ACCOUNT))


def is_of(
    pool: str, *, client: str | None = None, server: str | None = None, account: str | None = None
) -> bool:
    """Whether a pool is theirs; those that are not named may be any."""
    wanted = (client, server, account)
    return all(one in (None, has) for one, has in zip(wanted, pool.split("\n"), strict=True))
