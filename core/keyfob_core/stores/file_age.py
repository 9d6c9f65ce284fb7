"""Whether a file is the one that was written last, or an older one in its place."""

from __future__ import annotations

import contextlib
from pathlib import Path

from keyfob_core.errors import StateUnavailable, StoreUnavailable
from keyfob_core.ports import WriteTable, Written
from keyfob_core.states import StoreCondition

_ACCEPT = "`keyfob store unlock --accept-older`."


class Outdated(StoreUnavailable):
    """An older file lies where a newer one was written, or none at all; `condition` says which."""

    def __init__(self, condition: StoreCondition, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.condition = condition


class FileAge:
    """Compares a file with what is remembered of it elsewhere, so that a rollback is seen.

    Tokens of an older file may have been renewed since, and an issuer that sees one again ends
    them all; so nothing is read from such a file, nor written to it, before a person says so.
    """

    def __init__(self, file: Path, table: WriteTable) -> None:
        self._file = file
        self._table = table

    def last(self) -> Written:
        """The last write that is known; to be asked before the file is read.

        Raises StoreUnavailable.
        """
        try:
            return self._table.last()
        except StateUnavailable as error:
            raise StoreUnavailable(error.message, error.hint) from error

    def require_current(self, number: int | None, last: Written) -> None:
        """Raise Outdated for a file of an earlier write than `last`; None stands for no file."""
        if number is None and not last.empty:
            raise Outdated(
                StoreCondition.GONE,
                f"{self._file} is gone, and Keyfob had your secrets in it.",
                "Put it back. If there is none, begin a new one and connect your accounts anew: "
                + _ACCEPT,
            )
        if number is not None and number < last.number:
            raise Outdated(
                StoreCondition.OUTDATED,
                f"{self._file} is older than the one that Keyfob wrote last "
                f"(write {number} of {last.number}).",
                "Put the newer one back. If there is none, go on with this one, and sign in again "
                f"where a token was renewed since: {_ACCEPT}",
            )

    def note(self, written: Written) -> None:
        """Remember a write that is on the disk; one that cannot be noted is good all the same."""
        with contextlib.suppress(StateUnavailable):
            self._table.note(written)

    def accept(self, written: Written) -> None:
        """Take what lies there for the last write; raises StoreUnavailable."""
        try:
            self._table.accept(written)
        except StateUnavailable as error:
            raise StoreUnavailable(error.message, error.hint) from error
