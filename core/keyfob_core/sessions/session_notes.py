"""What is persisted of a session beyond its owner and times: sealed for that session alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

UPSTREAM = "upstream"
"""The id that opens the session at its server."""
TRANSLATED = "translated"
"""What a client of the handshake eras has said once, where the server has no sessions."""

_FORMAT = b"\x01"
_NONCE = 12


class Owner(NamedTuple):
    """Whose a session is; no two of these ever share one."""

    client: str
    server: str
    account: str
    """Empty for none."""


class NoteTable(Protocol):
    """Sealed notes by a session's digest and their kind."""

    def note(self, digest: str, kind: str) -> bytes | None:
        """The sealed note, or None."""
        ...

    def keep_note(self, digest: str, kind: str, sealed: bytes) -> None:
        """Keep a note in place of the one before; raises StateUnavailable."""
        ...


class SealBroken(Exception):
    """A record does not open with the key of the session that it is read for."""


class Seal:
    """Seals records, each under a key of its session's own.

    AES-256-GCM; the key is HKDF-SHA256 (RFC 5869) of the installation's key for the user, the
    session and the kind of record; owner and session are authenticated beside it. A record that is
    read for another session, client, server or account fails, and so does one that was changed.
    That guards against our own mix-ups and against a reader of state.db, not against code that
    runs inside the engine: it holds the installation's key.
    """

    def __init__(self, key: bytes, user: str) -> None:
        self._key = key
        self._user = user

    def seal(self, owner: Owner, digest: str, kind: str, content: bytes) -> bytes:
        """The record of a session."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher(digest, kind).encrypt(nonce, content, _bound(owner, digest))
        return _FORMAT + nonce + sealed

    def open(self, owner: Owner, digest: str, kind: str, sealed: bytes) -> bytes:
        """What was sealed for this owner and session; raises SealBroken."""
        if sealed[:1] != _FORMAT:
            raise SealBroken
        nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher(digest, kind).decrypt(nonce, rest, _bound(owner, digest))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def _cipher(self, digest: str, kind: str) -> AESGCM:
        info = _joined("keyfob session", self._user, digest, kind)
        return AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self._key))


class SessionNotes:
    """Keeps and finds notes while the store has given the key; without it there are none."""

    def __init__(self, table: NoteTable) -> None:
        self._table = table
        self._seal: Seal | None = None

    def open(self, seal: Seal) -> None:
        """Use this from now on."""
        self._seal = seal

    def shut(self) -> None:
        """Forget the key."""
        self._seal = None

    def keep(self, owner: Owner, digest: str, kind: str, note: Mapping[str, Any]) -> None:
        """Keep a note of a session; raises StateUnavailable."""
        if self._seal is not None:
            content = json.dumps(note).encode()
            self._table.keep_note(digest, kind, self._seal.seal(owner, digest, kind, content))

    def find(self, owner: Owner, digest: str, kind: str) -> Mapping[str, Any] | None:
        """The note of a session; None where there is none, or none that opens for this owner."""
        sealed = self._table.note(digest, kind) if self._seal is not None else None
        if sealed is None or self._seal is None:
            return None
        try:
            return cast("dict[str, Any]", json.loads(self._seal.open(owner, digest, kind, sealed)))
        except SealBroken:
            return None


def _bound(owner: Owner, digest: str) -> bytes:
    return _joined(*owner, digest)


def _joined(*parts: str) -> bytes:
    # As JSON, so that no two lists of parts read the same.
    return json.dumps(parts).encode()
