"""The name service as this machine would have it."""

from __future__ import annotations

import socket
from typing import Any

import pytest


def known_here(monkeypatch: pytest.MonkeyPatch, **names: str) -> None:
    """Let these names (with _ for a dot) lead to their addresses, and no other name anywhere."""
    real = socket.getaddrinfo
    known = {name.replace("_", "."): address for name, address in names.items()}

    def getaddrinfo(host: str | bytes, port: int | None, *rest: Any, **more: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if name in known:
            kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [(*kind, (known[name], port))]
        if not name.replace(".", "").isdigit():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
