"""The log for other programs: its own lines, or a table."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from keyfob_core.audit.query import read_event
from keyfob_core.errors import ConfigInvalid

FORMATS = ("jsonl", "csv")
COLUMNS = (
    "seq",
    "time",
    "event",
    "request_id",
    "client",
    "server",
    "tool",
    "account",
    "outcome",
    "details",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def exported(lines: Iterable[bytes], form: str) -> Iterator[bytes]:
    """The lines in one of FORMATS, piece by piece.

    As `jsonl` they stay as they are, codes included, so that they can still be verified. As `csv`
    (RFC 4180) the details are one column of JSON, and a cell that a spreadsheet would take for a
    formula begins with an apostrophe: names of tools come from strangers.
    """
    if form == "jsonl":
        yield from lines
        return
    yield _row(COLUMNS)
    for line in lines:
        event = read_event(line)
        yield _row(_cell(event, column) for column in COLUMNS)


def write_export(pieces: Iterable[bytes], to: Path) -> int:
    """Write the pieces to a file of this user's alone, and answer its size in bytes.

    Raises ConfigInvalid where it cannot be written, and leaves what was there as it was.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".keyfob-", dir=to.parent)
    except OSError as error:
        raise _unwritable(to, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            size = file.tell()
        os.replace(name, to)
    except OSError as error:
        raise _unwritable(to, error) from error
    finally:
        with suppress(OSError):
            os.unlink(name)
    return size


def _unwritable(to: Path, error: OSError) -> ConfigInvalid:
    hint = "Choose a file in your own folder."
    return ConfigInvalid("to", f"{to}: {error.strerror or error}", hint)


def _cell(event: Mapping[str, object], column: str) -> str:
    value = event.get(column)
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(list(cells))
    return text.getvalue().encode(errors="replace")
