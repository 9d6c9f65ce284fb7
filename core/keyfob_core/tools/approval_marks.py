"""Marks on what a person approved: state.db alone, edited by hand, approves nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence

_DOMAIN = "keyfob approval 1"


class ApprovalMarks:
    """Makes and knows MACs of approved records, by a key that lies in the credential store.

    It finds records that were made or changed by another hand; not one that was taken away, nor
    one of ours that is put back.
    """

    def __init__(self) -> None:
        self._key: bytes | None = None

    def open(self, key: bytes) -> None:
        """Take the key; before that nothing can be marked and no mark fits."""
        self._key = key

    def of(self, kind: str, fields: Sequence[object]) -> str | None:
        """The mark of a record, in hex; None without the key. `fields` are JSON's values."""
        if self._key is None:
            return None
        # A hand may have put bytes where a text was.
        said = json.dumps([_DOMAIN, kind, *fields], default=repr)
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()

    def fits(self, kind: str, fields: Sequence[object], mark: object) -> bool:
        """Whether a record bears its own mark."""
        own = self.of(kind, fields)
        return own is not None and hmac.compare_digest(
            own.encode(), str(mark).encode(errors="surrogatepass")
        )
