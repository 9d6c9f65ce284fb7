"""Reading an OpenAPI document from where it lies: a file of this machine, or an address."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

from keyfob_core.addresses.origins import is_secure_url, origin_of
from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.openapi.base import is_address
from keyfob_core.transports.openapi.reading import MAX_BYTES
from keyfob_core.version import __version__
from keyfob_core.words.plain import visible

_SECONDS = 30.0
_MAX_SHOWN = 200

Stamp = tuple[int, int]
"""A file's time of change in nanoseconds, and its size; zeros for an address or no file."""


def stamp_of(source: str) -> Stamp:
    """What changes when a document's file does."""
    try:
        found = None if is_address(source) else os.stat(source)
    except (OSError, ValueError):
        return (0, 0)
    return (found.st_mtime_ns, found.st_size) if found else (0, 0)


async def read_source(source: str, http: Upstream) -> bytes:
    """The bytes of a document.

    An address is asked without any credential, and no redirect is followed. Raises ConfigInvalid
    or UpstreamUnreachable.
    """
    if not is_address(source):
        return await asyncio.to_thread(_read_file, source)
    if not is_secure_url(source):
        raise ConfigInvalid(
            "openapi",
            "is fetched without TLS, and anybody on the way could change it",
            "Use https, or download it and give the file.",
        )
    try:
        async with asyncio.timeout(_SECONDS):
            return await _fetched(source, http)
    except TimeoutError:
        raise UpstreamUnreachable(
            f"{origin_of(source)} did not send the document in {_SECONDS:.0f} seconds.",
            "Try again, or download it and give the file.",
        ) from None


async def _fetched(url: str, http: Upstream) -> bytes:
    request = UpstreamRequest(
        http_method="GET",
        url=url.partition("#")[0],
        headers=(
            ("Accept", "application/json, application/yaml, */*;q=0.5"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", f"Keyfob/{__version__}"),
        ),
        pool="openapi documents",
    )
    async with http.open(request) as response:
        if response.status != 200:
            leads = visible(header(response.headers, "location") or "")[:_MAX_SHOWN]
            to = f" and leads to {leads}" if 300 <= response.status < 400 and leads else ""
            raise UpstreamUnreachable(
                f"{origin_of(url)} answers HTTP {response.status}{to} instead of a document.",
                "Give the address at which it lies, or download it and give the file.",
            )
        data = bytearray()
        async for chunk in response.body:
            data += chunk
            if len(data) > MAX_BYTES:
                break
        return bytes(data)


def _read_file(source: str) -> bytes:
    try:
        # Not blocking: a named pipe would wait for its writer for ever.
        handle = os.open(Path(source), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ConfigInvalid("openapi", f"{source!r} is no file", "Give a file or a URL.")
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigInvalid(
            "openapi", f"{source!r} cannot be read ({reason})", "Give a file or a URL."
        ) from error
