"""The catalogue of MCP clients as Keyfob ships it, and what it would write."""

from __future__ import annotations

from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import CheckedEditor, editor_of
from keyfob_core.clients.known import KnownClient
from keyfob_core.setups.client_setups import Form
from keyfob_core.system.catalogue import builtin_files

CLIENTS = ClientCatalogue.load(builtin_files("clients"))
IDS = tuple(client.id for client in CLIENTS.all())


def editor(name: str) -> CheckedEditor:
    """The editor of a client's files."""
    return editor_of(CLIENTS.get(name))


def an_entry(client: KnownClient, url: str = "http://127.0.0.1:1/mcp") -> dict[str, object]:
    """Some entry that could stand in the client's file."""
    named: dict[str, object] = {client.name_key: "keyfob"} if client.name_key else {}
    more: dict[str, object] = {"headers": {"A": 'Bearer "x" ü'}, "on": True, "args": ["-a", "b c"]}
    return {**named, "url": url, **more}


def document(text: str, path: str = "file") -> Document:
    """The text as a file."""
    return Document.of(path, text.encode())


BEST: dict[str, Form] = {client.id: client.form for client in CLIENTS.all()}
