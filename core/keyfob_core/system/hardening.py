"""Keeping secrets out of core dumps and other processes' debuggers."""

from __future__ import annotations

import ctypes
import logging
import sys
from pathlib import Path

_PR_SET_DUMPABLE = 4
_NOTHING = "0"
"""No kind of memory goes into a dump (core(5), coredump_filter)."""

_log = logging.getLogger(__name__)


def harden() -> None:
    """Forbid core dumps, and on Linux the reading of this process by others of the same user.

    The programs that we start and give a secret inherit what holds for dumps: the limit, and on
    Linux that a dump which is piped to a collector, where no limit counts, has no memory in it.
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
        _empty_dumps()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            _log.warning("This process stays readable to debuggers: errno %d", ctypes.get_errno())


def _empty_dumps() -> None:
    # Before this process is closed to debuggers: its files under /proc are root's then.
    try:
        Path("/proc/self/coredump_filter").write_text(_NOTHING)
    except OSError as error:
        _log.info("Dumps keep their usual content: %s", error)
