"""Finding servers with plain-text secrets in clients' files, and taking them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import editor_of
from keyfob_core.clients.entry import NAME
from keyfob_core.clients.found_servers import read_server
from keyfob_core.clients.left_tokens import LeftTokens
from keyfob_core.clients.places import config_files
from keyfob_core.errors import ConfigInvalid
from keyfob_core.setups.client_imports import FoundImport, FoundServer, Leftover
from keyfob_core.setups.client_setups import (
    ClientFiles,
    FileNow,
    Setup,
    SetupTable,
    Surroundings,
    Undone,
)

_LARGEST_KEPT = 16 * 1024
"""Bytes of a file that are kept beside its entries: a store is no place for large texts."""
_BACK = {
    True: "What was moved is back, byte for byte as it was.",
    False: "The servers that were moved are back; the file has changed since.",
}


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy that Keyfob made before it wrote, as it is and as it would be without servers."""

    setup: Setup
    now: FileNow
    after: bytes | None = field(repr=False)
    """None where it cannot be cleaned, only erased."""


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
        """Remove these servers' entries, also from Keyfob's own copies of the files.

        Answers the copies that had to go whole. Raises ConfigInvalid for a file that has changed
        since it was looked at; nothing is removed then.
        """
        changed = tuple(self._changes(found, names))
        copies = tuple(self._copies(found, names)) if changed else ()
        for now, _ in changed:
            self._files.check_writable(now)
        for now, after in changed:
            self._files.replace(now, after)
        cleaned = [self._cleaned(one, dict(changed)) for one in copies]
        return tuple(one.now.path for one, kept in zip(copies, cleaned, strict=True) if not kept)

    def entries(self, found: FoundImport, names: Collection[str]) -> str:
        """These servers' entries as they stand, to be kept where secrets are kept.

        With them goes each file whole where it is small, for putting it back byte for byte.
        """
        editor = editor_of(self._catalogue.get(found.client))
        kept: list[dict[str, object]] = []
        for now in found.files:
            entries = editor.entries(Document.of(now.path, now.data))
            for server in _leaving(found, names, now.path):
                kept.append({"path": now.path, "name": server, "entry": entries[server]})
        for now, after in self._changes(found, names):
            kept += _whole(now.path, now.data, after)
        for one in self._copies(found, names):
            kept += _whole(one.setup.path, one.now.data, one.after)
        return json.dumps(kept, default=str)

    def put_back(self, client: str, kept: Collection[str]) -> tuple[Undone, ...]:
        """Write what was kept into its files again, the last that was taken out first.

        A file that is as it was left becomes what it was; else the entries are put in. Raises
        ConfigInvalid that names a file.
        """
        editor = editor_of(self._catalogue.get(client))
        done: dict[str, bool] = {}
        for text in reversed(list(kept)):
            items: list[dict[str, Any]] = json.loads(text)
            for path in dict.fromkeys(str(one["path"]) for one in items):
                own = [one for one in items if one["path"] == path]
                now = self._files.read(path)
                digest = sha256(now.data or b"")
                exact = next((one["text"] for one in own if one.get("left") == digest), None)
                document = Document.of(path, now.data)
                for one in own if exact is None else ():
                    if "name" in one:
                        document = editor.put(document, one["name"], one["entry"])
                data = document.data() if exact is None else exact.encode()
                self._files.replace(now, data)
                done[path] = exact is not None and done.get(path, True)
        return tuple(
            Undone(path=path, restored=same, text=_BACK[same]) for path, same in done.items()
        )

    def erase(self, leftover: Leftover) -> None:
        """Write over a file of tokens and remove it; raises ConfigInvalid."""
        self._files.erase(leftover.path)

    def _changes(
        self, found: FoundImport, names: Collection[str]
    ) -> Iterator[tuple[FileNow, bytes]]:
        """Each file from which a server leaves, and its bytes without it."""
        for now in found.files:
            leaving = _leaving(found, names, now.path)
            before, after = self._without(found.client, now, leaving)
            if after.text != before.text:
                yield now, after.data()

    def _copies(self, found: FoundImport, names: Collection[str]) -> Iterator[_Copy]:
        """Each copy from before, which holds the secrets too."""
        for setup in self._table.setups():
            if setup.client != found.client or setup.backup is None:
                continue
            now = self._files.read(setup.backup)
            try:
                _, after = self._without(found.client, now, _leaving(found, names, setup.path))
            except ConfigInvalid:
                yield _Copy(setup, now, None)
            else:
                yield _Copy(setup, now, after.data() if now.data is not None else None)

    def _without(
        self, client: str, now: FileNow, servers: Collection[str]
    ) -> tuple[Document, Document]:
        editor = editor_of(self._catalogue.get(client))
        after = before = Document.of(now.path, now.data)
        for server in servers:
            after = editor.remove(after, server)
        return before, after

    def _cleaned(self, copy: _Copy, changed: Mapping[FileNow, bytes]) -> bool:
        """Erase a copy, and keep one without the secrets where that serves; says whether it did."""
        setup, now = copy.setup, copy.now
        self._files.erase(now.path)
        left = next((after for one, after in changed.items() if one.path == setup.path), None)
        was_as_written = any(
            one.path == setup.path and sha256(one.data or b"") == setup.after for one in changed
        )
        if copy.after is None or left is None or not was_as_written:
            self._table.keep(replace(setup, backup=None, after=""))
            return False
        target = self._files.read(setup.path).target
        kept = self._files.back_up(FileNow(setup.path, target, copy.after))
        self._table.keep(replace(setup, backup=kept, before=sha256(copy.after), after=sha256(left)))
        return True


def sha256(data: bytes) -> str:
    """Names bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def _whole(path: str, before: bytes | None, after: bytes | None) -> list[dict[str, object]]:
    if before is None or after is None or len(before) > _LARGEST_KEPT:
        return []
    return [{"path": path, "left": sha256(after), "text": before.decode()}]


def _leaving(found: FoundImport, names: Collection[str], path: str) -> list[str]:
    """Those of the servers that leave this file."""
    return [
        server.name
        for server in found.servers
        if server.name in names and server.stays is None and path in server.paths
    ]
