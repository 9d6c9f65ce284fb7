"""A copy of each event for a syslog server, never in the way of the log itself."""

from __future__ import annotations

import logging
import queue
import socket
import threading
from collections.abc import Callable
from logging.handlers import SysLogHandler
from urllib.parse import urlsplit

Address = str | tuple[str, int]
_WAITING = 10_000
_TIMEOUT_SECONDS = 5.0
_RETRY_SECONDS = 1.0

Target = Callable[[], str | None]
"""Where copies go now: `local`, `udp://HOST:PORT` or `tcp://HOST:PORT`; None for nowhere."""


class Syslog:
    """Sends copies from a thread of its own; what cannot be sent is counted and told later."""

    def __init__(self, target: Target, local: Address | None) -> None:
        """`local` is where this system's own syslog listens, None where it has none."""
        self._target = target
        self._local = local
        self._lines: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._lost = 0
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def lost(self) -> int:
        """How many events have not reached the server."""
        return self._lost

    def __call__(self, line: bytes) -> None:
        """Copy a line of the log; returns at once and raises nothing."""
        if self._target() is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
            self._thread.start()
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and end."""
        if self._thread is None:
            return
        self._ended.set()
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            self._lost += 1
        self._thread.join(_TIMEOUT_SECONDS)

    def _run(self) -> None:
        sending: _Sending | None = None
        while (line := self._lines.get()) is not None:
            wanted = self._target()
            if sending is None or sending.target != wanted:
                if sending is not None:
                    sending.close()
                sending = _Sending(wanted, self._local)
            try:
                if self._lost and sending.send(f'{{"event":"lost","events":{self._lost}}}'):
                    self._lost = 0
                sent = sending.send(line.decode("ascii", "replace").rstrip("\n"))
            except OSError:
                sent = False
                sending.close()
                sending = None
                self._ended.wait(_RETRY_SECONDS)
            if not sent:
                self._lost += 1
        if sending is not None:
            sending.close()


class _Handler(SysLogHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        raise


class _Sending:
    """One connection to a server."""

    def __init__(self, target: str | None, local: Address | None) -> None:
        self.target = target
        self._address = _address(target, local)
        self._handler: _Handler | None = None

    def send(self, text: str) -> bool:
        """Send one message; False where there is nowhere to send it. Raises OSError."""
        if self._address is None:
            return False
        if self._handler is None:
            kind = socket.SOCK_STREAM if (self.target or "").startswith("tcp:") else None
            self._handler = _Handler(self._address, SysLogHandler.LOG_AUTHPRIV, kind)
            self._handler.ident = "keyfob: "
            self._handler.append_nul = False
        # RFC 6587, section 3.4.2: on a stream a line break ends a message.
        message = f"{text}\n" if (self.target or "").startswith("tcp:") else text
        record = logging.LogRecord("keyfob.audit", logging.INFO, "", 0, message, None, None)
        self._handler.emit(record)
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None


def _address(target: str | None, local: Address | None) -> Address | None:
    if target is None or target == "local":
        return local if target else None
    parts = urlsplit(target)
    return (parts.hostname or "", parts.port or 514)
