"""Sessions that we issued, found again after a restart of the engine."""

from __future__ import annotations

from typing import Any

from keyfob_core.model import UpstreamRequest
from keyfob_core.sessions.session_notes import TRANSLATED, Owner, SessionNotes
from keyfob_core.sessions.upstream_sessions import session_digest
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.requests import Requests
from keyfob_core.transports.eras.revisions import listing, mapping, text


class Recovery:
    """Keeps what a client has said once, sealed for its session, and reads it again."""

    def __init__(self, requests: Requests, notes: SessionNotes | None) -> None:
        self._requests = requests
        self._notes = notes

    def keep(self, session: IssuedSession, request: UpstreamRequest) -> None:
        """Keep a session as it is now; raises StateUnavailable."""
        owner = _owner(request)
        if self._notes is None or owner is None:
            return
        note: dict[str, Any] = {
            "address": _address(request),
            "server": {"capabilities": session.server_capabilities},
            "client": session.client,
            "version": session.version,
            "level": session.level,
            "uris": list(session.uris),
            "tasks": session.task_ids,
        }
        self._notes.keep(owner, session_digest(session.id), TRANSLATED, note)

    def find(self, session_id: str, request: UpstreamRequest) -> IssuedSession | None:
        """The session of that id if it was issued to where the request comes from, else None."""
        owner = _owner(request)
        if self._notes is None or owner is None:
            return None
        note = self._notes.find(owner, session_digest(session_id), TRANSLATED)
        if note is None or note.get("address") != _address(request):
            return None
        server, client = mapping(note.get("server")), mapping(note.get("client"))
        version = str(note.get("version"))
        session = IssuedSession(self._requests, server, client, version, session_id)
        session.level = text(note.get("level"))
        session.uris = {str(uri): None for uri in listing(note.get("uris"))}
        session.task_ids = [str(task) for task in listing(note.get("tasks"))]
        return session


def _owner(request: UpstreamRequest) -> Owner | None:
    """Whose request it is; None for one of Keyfob's own, which has no pool."""
    parts = request.pool.split("\n")
    return Owner(*parts) if len(parts) == len(Owner._fields) else None


def _address(request: UpstreamRequest) -> str:
    return request.url.partition("?")[0]
