"""The files of the log: named by the number of their first line, in order of their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic, sleep

_NAME = re.compile(r"[0-9]{12}\.jsonl")
_BLOCK = 1 << 16
_WORK_SECONDS = 0.002
_REST_SECONDS = 0.001


def file_name(first: int) -> str:
    """The name of the file whose first line has this number."""
    return f"{first:012}.jsonl"


def log_files(folder: Path) -> tuple[Path, ...]:
    """The files of the log, oldest first; raises OSError."""
    try:
        names = sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))
    except FileNotFoundError:
        return ()
    return tuple(folder / name for name in names)


def lines_backwards(files: Iterable[Path]) -> Iterator[bytes]:
    """The lines of the files, last one first, each with its line break; raises OSError.

    What follows a file's last line break comes as a line without one.
    """
    for path in files:
        with path.open("rb") as file:
            rest = b""
            position = file.seek(0, os.SEEK_END)
            while position:
                start = max(0, position - _BLOCK)
                file.seek(start)
                *whole, last = (file.read(position - start) + rest).split(b"\n")
                position = start
                lines = [line + b"\n" for line in whole]
                if last:
                    lines.append(last)
                rest = lines[0]
                yield from reversed(lines[1:])
            if rest:
                yield rest


def blocks_backwards(path: Path) -> Iterator[bytes]:
    """A file's lines in blocks of whole ones, the last block first; raises OSError.

    Between two of them it rests for a moment: who reads a whole log on a thread of its own must
    not hold up those that answer calls or draw a window.
    """
    began = monotonic()
    with path.open("rb") as file:
        rest = b""
        position = file.seek(0, os.SEEK_END)
        while position:
            start = max(0, position - _BLOCK)
            file.seek(start)
            block = file.read(position - start) + rest
            position = start
            # What stands before the first line break began in the block before.
            cut = block.find(b"\n") + 1 if start else 0
            if start and not cut:
                rest = block
                continue
            rest, block = block[:cut], block[cut:]
            if block:
                yield block
            if monotonic() - began > _WORK_SECONDS:
                sleep(_REST_SECONDS)
                began = monotonic()


def first_number(path: Path) -> int:
    """The number of a file's first line, as its name says."""
    return int(path.stem)
