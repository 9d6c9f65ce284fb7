"""Where an authorization answer may go: this machine's own programs, and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlencode, urlsplit

LONGEST = 2048
_ALLOWED = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
"""The characters of a URI (RFC 3986, section 2) but for the fragment's."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
APP_SCHEMES = frozenset(
    {
        "claude",
        "codex",
        "cursor",
        "goose",
        "jetbrains",
        "kiro",
        "raycast",
        "trae",
        "vscode",
        "vscode-insiders",
        "vscodium",
        "warp",
        "windsurf",
        "zed",
    }
)
"""Schemes without a dot that MCP clients register with the system; others need one (RFC 8252)."""


def is_allowed_redirect(uri: str) -> bool:
    """Whether a client may have its answer at this address.

    That is http on loopback, with a path or port of any kind (RFC 8252, section 7.3), or a
    private-use scheme (section 7.1). A fragment or a user name has no place in either.
    """
    if len(uri) > LONGEST or not _ALLOWED.fullmatch(uri):
        return False
    parts = _split(uri)
    if parts is None or "@" in parts.netloc:
        return False
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    dotted = "." in parts.scheme.strip(".")
    return (dotted or parts.scheme in APP_SCHEMES) and bool(parts.netloc or parts.path)


def is_loopback(uri: str) -> bool:
    """Whether an allowed redirect is an address on this machine, not a private-use scheme."""
    parts = _split(uri)
    return parts is not None and parts.scheme == "http"


def is_registered(uri: str, registered: tuple[str, ...]) -> bool:
    """Whether a redirect is one of these, exactly, or but for the port of a loopback address."""
    if uri in registered:
        return True
    bare = _without_port(uri)
    return bare is not None and any(_without_port(one) == bare for one in registered)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The redirect with parameters behind those it has, its own bytes untouched."""
    joint = "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode(parameters)}"


def _split(uri: str) -> SplitResult | None:
    """The parts of a URI; None for one whose port is no port, or that is no URI."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme else None


def _without_port(uri: str) -> tuple[str, str, str] | None:
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        return None
    return parts.hostname, parts.path, parts.query
