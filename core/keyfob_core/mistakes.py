"""What the log and a client are told where we failed ourselves."""

from __future__ import annotations

import logging
import traceback

from keyfob_core.errors import Error

_NOTE = "request "


def belongs_to(error: BaseException, request_id: str) -> None:
    """Note on a mistake of ours which request it ended."""
    if isinstance(error, Exception) and not isinstance(error, Error):
        error.add_note(f"{_NOTE}{request_id}")


def log_mistake(log: logging.Logger, error: Exception) -> str:
    """Log where it happened, and answer the id of the request that it ended, if it was one's.

    Not what it said: the text may quote a secret.
    """
    frame = traceback.extract_tb(error.__traceback__)[-1]
    notes = getattr(error, "__notes__", ())
    found = next((note for note in notes if note.startswith(_NOTE)), "")
    log.error("%s at %s:%s %s", type(error).__name__, frame.filename, frame.lineno, found)
    return found.removeprefix(_NOTE)
