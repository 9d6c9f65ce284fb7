"""Finding servers with plain-text secrets in clients' files, and taking them out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from keyfob_core.client_imports import FoundImport, FoundServer, Leftover
from keyfob_core.client_setups import ClientFiles, FileNow, SetupTable, Surroundings
from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import editor_of
from keyfob_core.clients.entry import NAME
from keyfob_core.clients.found_servers import read_server
from keyfob_core.clients.places import config_files, expand

_LEFTOVERS = (
    ("mcp-remote", "${MCP_REMOTE_CONFIG_DIR:-~/.mcp-auth}"),
    ("fastmcp", "${FASTMCP_HOME:-~/.fastmcp}"),
)
_TOKENS = re.compile(rb"access_token|refresh_token|client_secret")


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
                read = read_server(server, entry, (path,))
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
            leftovers=tuple(self._leftovers(where)),
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
            for server in found.servers:
                if server.name in names and server.stays is None and now.path in server.paths:
                    document = editor.remove(document, server.name)
            if document.text != before.text:
                self._files.check_writable(now)
                changed.append((now, document.data()))
        for now, data in changed:
            self._files.replace(now, data)
        return tuple(self._without_copies(found.client)) if changed else ()

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

    def _leftovers(self, where: Surroundings) -> Iterator[Leftover]:
        for program, folder in _LEFTOVERS:
            for path in self._files.below(expand(folder, where)):
                data = self._files.read(path).data or b""
                if _TOKENS.search(data):
                    yield Leftover(program, path, len(data))
