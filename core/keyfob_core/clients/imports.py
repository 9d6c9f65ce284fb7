"""Finding servers with plain-text secrets in clients' files, and taking them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from keyfob_core.client_imports import FoundImport, FoundServer, Leftover
from keyfob_core.client_setups import ClientFiles, FileNow, SetupTable, Surroundings
from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import editor_of
from keyfob_core.clients.entry import NAME
from keyfob_core.clients.found_servers import read_server
from keyfob_core.clients.left_tokens import LeftTokens
from keyfob_core.clients.places import config_files


class ClientImports:
    """Reads every server of a client's files; what it answers holds secrets."""

    def __init__(self, catalogue: ClientCatalogue, files: ClientFiles, table: SetupTable) -> None:
        self._catalogue = catalogue
        self._files = files
        self._table = table

    def find(self, name: str, where: Surroundings) -> FoundImport:
        """What lies there; raises UnknownName and ConfigInvalid that names a file."""
        client = self._catalogue.get(name)
        editor = editor_of(client)
        left = LeftTokens(self._files, where)
        nows: list[FileNow] = []
        found: dict[str, FoundServer] = {}
        for path in config_files(client, where, self._files):
            now = self._files.read(path)
            if now.data is None or now.target in {one.target for one in nows}:
                continue
            nows.append(now)
            for server, entry in editor.entries(Document.of(path, now.data)).items():
                if server == NAME:
                    continue
                read = read_server(server, entry, (path,), left)
                known = found.get(server)
                if known is None:
                    found[server] = read
                elif replace(known, paths=()) == replace(read, paths=()):
                    found[server] = replace(known, paths=(*known.paths, path))
                else:
                    # Two profiles mean different things by one name.
                    found[f"{server} ({path})"] = replace(
                        read, stays=f"Another one in {known.paths[0]} has the same name."
                    )
        digest = hashlib.sha256(b"\0".join(now.data or b"" for now in nows)).hexdigest()
        return FoundImport(
            client=client.id,
            label=client.label,
            servers=tuple(found.values()),
            leftovers=tuple(left.leftovers),
            files=tuple(nows),
            digest=digest,
        )

    def take_out(self, found: FoundImport, names: Collection[str]) -> tuple[str, ...]:
        """Remove these servers' entries, and Keyfob's own copies of the files that still have them.

        Answers the copies that were erased. Raises ConfigInvalid for a file that has changed since
        it was looked at; nothing is removed then.
        """
        editor = editor_of(self._catalogue.get(found.client))
        changed: list[tuple[FileNow, bytes]] = []
        for now in found.files:
            document = before = Document.of(now.path, now.data)
            for server in _leaving(found, names, now.path):
                document = editor.remove(document, server)
            if document.text != before.text:
                self._files.check_writable(now)
                changed.append((now, document.data()))
        for now, data in changed:
            self._files.replace(now, data)
        return tuple(self._without_copies(found.client)) if changed else ()

    def entries(self, found: FoundImport, names: Collection[str]) -> str:
        """These servers' entries as they stand, to be kept where secrets are kept."""
        editor = editor_of(self._catalogue.get(found.client))
        kept: list[dict[str, object]] = []
        for now in found.files:
            entries = editor.entries(Document.of(now.path, now.data))
            for server in _leaving(found, names, now.path):
                kept.append({"path": now.path, "name": server, "entry": entries[server]})
        return json.dumps(kept, default=str)

    def put_back(self, client: str, kept: Collection[str]) -> tuple[str, ...]:
        """Write entries that were kept into their files again; answers the files.

        Raises ConfigInvalid that names a file.
        """
        editor = editor_of(self._catalogue.get(client))
        entries: list[dict[str, Any]] = [one for text in kept for one in json.loads(text)]
        written: list[str] = []
        for path in dict.fromkeys(str(one["path"]) for one in entries):
            now = self._files.read(path)
            document = Document.of(path, now.data)
            for one in entries:
                if one["path"] == path:
                    document = editor.put(document, one["name"], one["entry"])
            self._files.replace(now, document.data())
            written.append(path)
        return tuple(written)

    def erase(self, leftover: Leftover) -> None:
        """Write over a file of tokens and remove it; raises ConfigInvalid."""
        self._files.erase(leftover.path)

    def _without_copies(self, client: str) -> Iterator[str]:
        """A copy from before holds the secrets too: undoing takes out the entry alone then."""
        for setup in self._table.setups():
            if setup.client == client and setup.backup is not None:
                self._files.erase(setup.backup)
                self._table.keep(replace(setup, backup=None, after=""))
                yield setup.backup


def _leaving(found: FoundImport, names: Collection[str], path: str) -> list[str]:
    """Those of the servers that leave this file."""
    return [
        server.name
        for server in found.servers
        if server.name in names and server.stays is None and path in server.paths
    ]
