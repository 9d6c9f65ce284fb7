"""The entry that stands for Keyfob in a client's file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote

from keyfob_core.clients.known import KnownClient
from keyfob_core.setups.client_setups import Form

NAME = "keyfob"
"""What the entry is called, in every client."""
UNISSUED = "kf_" + "•" * 8
"""Stands for a token that is made only after the yes."""
_TOKEN = re.compile(r"\bkf_[\w-]+")
_SLOT = re.compile(r"\{(\w+)\}")
_PIPES = "\\\\.\\pipe\\"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How this Keyfob is reached."""

    url: str
    socket: str | None
    """A unix socket's path or a named pipe's name; None where nothing listens there."""
    command: Sequence[str]
    """What starts the bridge, by absolute paths."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the bridge needs to find this installation."""

    def form(self, client: KnownClient) -> Form:
        """The best one that the client can take and that is open here."""
        forms = [form for form in Form if form in client.entries]
        if self.socket is None and len(forms) > 1 and forms[0] is Form.SOCKET:
            return forms[1]
        return forms[0]


def socket_url(socket: str) -> str:
    """The socket as an address, whose path stands behind the #."""
    if socket.startswith(_PIPES):
        return f"pipe:///pipe/{quote(socket.removeprefix(_PIPES))}#/mcp"
    return f"unix://{quote(socket)}#/mcp"


def entry_for(client: KnownClient, form: Form, ways: Ways, token: str) -> Mapping[str, object]:
    """The client's entry in this form; empty tables are left out."""
    command = [*ways.command, "--client", client.id]
    program, *words = command
    slots: Mapping[str, object] = {
        "name": NAME,
        "url": f"{ways.url}/mcp",
        "socket": socket_url(ways.socket) if ways.socket is not None else "",
        "token": token,
        "command": program,
        "args": words,
        "command_line": command,
        "env": dict(ways.env),
    }
    return cast("Mapping[str, object]", _filled(client.entries[form], slots))


def entry_digest(entry: object) -> str:
    """Names an entry's values, whatever their order."""
    text = json.dumps(entry, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def without_token(value: object) -> object:
    """The values with any token of Keyfob's as it is before it is made."""
    if isinstance(value, str):
        return _TOKEN.sub(UNISSUED, value)
    if isinstance(value, dict):
        table = cast("Mapping[str, object]", value)
        return {key: without_token(one) for key, one in table.items()}
    if isinstance(value, list):
        return [without_token(one) for one in cast("list[object]", value)]
    return value


def _filled(value: object, slots: Mapping[str, object]) -> object:
    if isinstance(value, str):
        whole = _SLOT.fullmatch(value)
        if whole is not None:
            return slots[whole[1]]
        return _SLOT.sub(lambda found: str(slots[found[1]]), value)
    if isinstance(value, dict):
        table = cast("Mapping[str, object]", value)
        filled = ((key, _filled(one, slots)) for key, one in table.items())
        return {key: one for key, one in filled if one != {}}
    if isinstance(value, list):
        return [_filled(one, slots) for one in cast("list[object]", value)]
    return value
