"""The names under which the tools and prompts of all servers stand side by side."""

from __future__ import annotations

import base64
import hashlib
import re

LONGEST = 64
"""What models and clients take; the protocol itself would allow more."""

_LEGAL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
_DIGEST = 16
_STEM = LONGEST - _DIGEST - 1
_SHORTENED = re.compile(rf".*_[a-z2-7]{{{_DIGEST}}}")
_MOST = 50_000


def public_name(server: str, name: str) -> str:
    """`SERVER__TOOL`, or its beginning and a digest where that is illegal or means two things.

    Always the same for the same two, and never the same for others: what is written out has its
    server before the first `__`, and never looks like what is shortened.
    """
    plain = f"{server}__{name}"
    if _LEGAL.fullmatch(plain) and not server.endswith("_") and not is_shortened(plain):
        return plain
    whole = f"{server}\0{name}".encode(errors="surrogatepass")
    digest = base64.b32encode(hashlib.sha256(whole).digest()).decode("ascii").lower()
    return f"{_legal(plain)[:_STEM]}_{digest[:_DIGEST]}"


def is_shortened(public: str) -> bool:
    """Whether a name has to be looked up to know what it stands for."""
    return _SHORTENED.fullmatch(public) is not None


def may_be_of(public: str, server: str) -> bool:
    """Whether a shortened name could stand for something of this server."""
    return public.startswith(_legal(f"{server}__")[:_STEM])


class Names:
    """What each name stands for: read off it, or remembered since it was made."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._shortened: dict[str, tuple[str, str]] = {}

    def give(self, server: str, name: str) -> str:
        """The public name, which `find` knows from now on."""
        public = public_name(server, name)
        if is_shortened(public) and public not in self._shortened:
            if len(self._shortened) >= self._most:
                self._shortened.pop(next(iter(self._shortened)))
            self._shortened[public] = server, name
        return public

    def find(self, public: str) -> tuple[str, str] | None:
        """Server and name; None for a name that is none, or was shortened and is not known."""
        if is_shortened(public):
            return self._shortened.get(public)
        server, mark, name = public.partition("__")
        return (server, name) if mark and public_name(server, name) == public else None


def _legal(text: str) -> str:
    return _ILLEGAL.sub("_", text)
