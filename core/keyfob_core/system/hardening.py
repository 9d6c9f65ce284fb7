"""Keeping secrets out of core dumps and other processes' debuggers."""

from __future__ import annotations

import ctypes
import logging
import sys

_PR_SET_DUMPABLE = 4

_log = logging.getLogger(__name__)


def harden() -> None:
    """Forbid core dumps, and on Linux the reading of this process by others of the same user.

    Best effort: what the system refuses is logged. Does nothing on Windows, where dumps are made by
    another program's choice. Call before any secret is read.
    """
    if sys.platform == "win32":
        return
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        _log.warning("Core dumps could not be switched off: %s", error)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            _log.warning("This process stays readable to debuggers: errno %d", ctypes.get_errno())
