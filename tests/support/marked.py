"""Marked secrets, and everywhere they could have got to."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast

SHORTEST = 12
"""Anything shorter is a word like `Bearer`, which would be found anywhere."""


def mark(name: str) -> str:
    """A secret that stands nowhere by chance; one for each name."""
    return f"marked-{name}-Zm9vYmFyYmF6cXV4"


def found(secret: str, written: Iterable[bytes]) -> list[bytes]:
    """What of `written` holds the secret: plainly, as Base64, as hexadecimal digits or escaped."""
    shapes = set[bytes]()
    for piece in pieces(secret):
        plain = piece.encode()
        shapes |= {plain, plain.hex().encode(), json.dumps(piece)[1:-1].encode()}
        # Base64 depends on where in three bytes the secret begins; its ends mix with neighbours.
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + plain)
            shapes.add(encoded[4 if shift else 0 : -4])
    return [text for text in written if any(shape in text for shape in shapes)]


def pieces(secret: str) -> list[str]:
    """The secret itself, or the parts of a key that are secret."""
    if secret.startswith("-----BEGIN"):
        # The first line of a key tells its kind, the last one may be short.
        return secret.strip().splitlines()[2:-2] or [secret.strip().splitlines()[1]]
    if secret.startswith("{"):
        members = cast("dict[str, str]", json.loads(secret))
        kept = [members[name] for name in ("d", "p", "q") if name in members]
        return kept + (pieces(members["private_key"]) if "private_key" in members else [])
    return [secret]


def secrets_in(value: object) -> set[str]:
    """Every text that a credential hides from its repr."""
    if not is_dataclass(value):
        return set().union(*map(secrets_in, value)) if isinstance(value, tuple) else set()
    held = set[str]()
    for one in fields(value):
        inner: Any = getattr(value, one.name)
        if isinstance(inner, str) and not one.repr and len(inner) >= SHORTEST:
            held.add(inner)
        else:
            held |= secrets_in(inner)
    return held


class Processes:
    """Keeps every command line and environment that /proc shows."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._done = threading.Event()

    def watch(self) -> None:
        while not self._done.wait(0.005):
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self.seen.add((process / name).read_bytes())

    def stop(self) -> None:
        self._done.set()


@contextmanager
def processes() -> Generator[Processes]:
    """Watch all processes of the machine meanwhile."""
    watched = Processes()
    thread = threading.Thread(target=watched.watch)
    thread.start()
    try:
        yield watched
    finally:
        watched.stop()
        thread.join()
