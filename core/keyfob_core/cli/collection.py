"""The garbage collector, kept out of imports."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Let the collector rest while modules are imported.

    What they make stays for good, and it would look through all of that again and again: a tenth
    of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
