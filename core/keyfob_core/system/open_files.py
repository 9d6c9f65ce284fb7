"""How many files and connections this process may have open at once."""

from __future__ import annotations

import sys

_WANTED = (65_536, 10_240)
"""macOS takes no more than the second."""


def allow_many() -> None:
    """Raise this process's limit as far as the system lets it: a client's stream costs two.

    Does nothing on Windows, which has no such limit.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in _WANTED:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= allowed:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        except (OSError, ValueError):
            continue
        return
