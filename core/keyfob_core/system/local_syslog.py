"""Where this system's own syslog listens."""

from __future__ import annotations

_SOCKETS = {"linux": "/dev/log", "darwin": "/var/run/syslog"}


def local_syslog(platform: str) -> str | None:
    """The socket of the local syslog, or None on a system without one."""
    return _SOCKETS.get(platform)
