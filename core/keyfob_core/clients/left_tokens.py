"""The files in which mcp-remote and fastmcp keep the tokens of their sign-ins."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from keyfob_core.clients.places import expand
from keyfob_core.setups.client_imports import Leftover
from keyfob_core.setups.client_setups import ClientFiles, Surroundings
from keyfob_core.setups.kept_tokens import KeptToken

REMOTE, FASTMCP = "mcp-remote", "fastmcp"
_FASTMCP_DATA = {
    "linux": "${XDG_DATA_HOME:-~/.local/share}/fastmcp",
    "mac": "~/Library/Application Support/fastmcp",
    "windows": "${LOCALAPPDATA:-~/AppData/Local}/fastmcp",
}
_TOKENS = re.compile(rb"access_token|refresh_token|client_secret")
_MILLISECONDS = 1e11
"""A time past this is in milliseconds, as JavaScript tells it."""


class LeftTokens:
    """What lies in these programs' folders at one moment; holds secrets."""

    def __init__(self, files: ClientFiles, where: Surroundings) -> None:
        self.leftovers: list[Leftover] = []
        self._files = files
        self._read: dict[str, Mapping[str, object]] = {}
        for program, folder in _folders(where):
            for path in files.below(folder):
                data = files.read(path).data or b""
                if path not in self._read and _TOKENS.search(data):
                    self.leftovers.append(Leftover(program, path, len(data)))
                    self._read[path] = _table(data)

    def remote(self, url: str) -> KeptToken | None:
        """The tokens that mcp-remote has for the server at an address, without other options."""
        digest = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
        return self._kept(REMOTE, digest)

    def fastmcp(self, url: str) -> KeptToken | None:
        """The tokens that fastmcp has for the server at an address: it knows it by its origin."""
        parts = urlsplit(url)
        key = re.sub(r"://|[./:]", "_", f"{parts.scheme}://{parts.netloc}")
        return self._kept(FASTMCP, key)

    def _kept(self, program: str, key: str) -> KeptToken | None:
        """The newest folder's: they are named by the program's version."""
        ours = [one.path for one in self.leftovers if one.program == program]
        named = [path for path in ours if path.endswith(f"/{key}_tokens.json")]
        for path in reversed(sorted(named, key=_version)):
            whole = self._read[path]
            inner = whole.get("token_payload")
            tokens = cast("Mapping[str, object]", inner) if isinstance(inner, dict) else whole
            access = _text(tokens, "access_token")
            if access is None:
                continue
            beside = f"{path.removesuffix('_tokens.json')}_client_info.json"
            client = _table(self._files.read(beside).data or b"")
            return KeptToken(
                program=program,
                path=path,
                client_path=beside,
                access_token=access,
                refresh_token=_text(tokens, "refresh_token"),
                scope=_text(tokens, "scope"),
                expires_at=_moment(whole.get("expires_at")),
                issuer=_text(whole, "issuer"),
                client_id=_text(client, "client_id"),
                client_secret=_text(client, "client_secret"),
                token_auth=_text(client, "token_endpoint_auth_method"),
            )
        return None


def _folders(where: Surroundings) -> Sequence[tuple[str, str]]:
    named = (
        (REMOTE, "${MCP_REMOTE_CONFIG_DIR:-~/.mcp-auth}"),
        (FASTMCP, "${FASTMCP_HOME:-~/.fastmcp}"),
        (FASTMCP, _FASTMCP_DATA[where.system]),
    )
    return [(program, expand(pattern, where)) for program, pattern in named]


def _version(path: str) -> list[tuple[int, str]]:
    """What a file's folder is ordered by: its name, with the numbers in it as numbers."""
    parts = re.split(r"(\d+)", path.split("/")[-2])
    return [(int(part), "") if at % 2 else (0, part) for at, part in enumerate(parts)]


def _table(data: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _text(table: Mapping[str, object], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) and value else None


def _moment(value: object) -> float | None:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if value > _MILLISECONDS else float(value)
