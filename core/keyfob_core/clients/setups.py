"""Pointing clients at Keyfob: planned, written, looked after and taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import editor_of
from keyfob_core.clients.entry import (
    NAME,
    UNISSUED,
    Ways,
    entry_digest,
    entry_for,
    without_token,
)
from keyfob_core.clients.known import KnownClient
from keyfob_core.clients.places import config_files, is_installed
from keyfob_core.clients.preview import preview
from keyfob_core.errors import ConfigInvalid, Error, UnknownName
from keyfob_core.setups.client_setups import (
    ClientFiles,
    FileNow,
    FilePlan,
    Form,
    KnownName,
    Setup,
    SetupPlan,
    SetupState,
    SetupTable,
    Standing,
    Surroundings,
    Undone,
)


@dataclass(frozen=True, slots=True)
class _Edit:
    """One file before and after."""

    now: FileNow
    before: Document
    after: Document
    entry: str


class ClientSetups:
    """The entries named `keyfob` in the files of clients."""

    def __init__(
        self,
        catalogue: ClientCatalogue,
        files: ClientFiles,
        table: SetupTable,
        ways: Callable[[], Ways],
        clock: Callable[[], float],
    ) -> None:
        self._catalogue = catalogue
        self._files = files
        self._table = table
        self._ways = ways
        self._clock = clock

    def variables(self) -> tuple[str, ...]:
        """The names of all variables by which a person can say where clients' files lie."""
        return self._catalogue.variables()

    def known(self) -> tuple[KnownName, ...]:
        """All clients of the catalogue, by label."""
        return tuple(
            KnownName(id=one.id, label=one.label, form=one.form, notes=one.notes)
            for one in self._catalogue.all()
        )

    def plan(self, name: str, where: Surroundings) -> SetupPlan:
        """What would be written; raises UnknownName and ConfigInvalid that names a file."""
        client = self._catalogue.get(name)
        form = self._ways().form(client)
        edits = self._edits(client, form, where, UNISSUED)
        for edit in edits:
            self._files.check_writable(edit.now)
        return SetupPlan(
            client=client.id,
            label=client.label,
            form=form,
            files=tuple(_file_plan(edit) for edit in edits),
            digest=_digest(edits),
            notes=client.notes,
        )

    def write(
        self, plan: SetupPlan, where: Surroundings, token: str, token_id: str | None
    ) -> tuple[Setup, ...]:
        """Write what was planned, each file at once; raises ConfigInvalid and then changes nothing.

        A failure at a later file takes the earlier ones back.
        """
        client = self._catalogue.get(plan.client)
        if _digest(self._edits(client, plan.form, where, UNISSUED)) != plan.digest:
            path = plan.files[0].path if plan.files else plan.label
            hint = "Nothing was changed. Look at it again with --dry-run."
            raise ConfigInvalid(path, "has changed since you saw what would be written", hint)
        written: list[Setup] = []
        try:
            for edit in self._edits(client, plan.form, where, token):
                written.append(self._write(client, plan.form, edit, token_id))
        except Error:
            for setup in written:
                self._take_back(client, setup)
            raise
        return tuple(written)

    def undo(self, name: str) -> tuple[tuple[Undone, Setup], ...]:
        """Take every entry of a client back out; raises UnknownName where none was written."""
        found = [setup for setup in self._table.setups() if setup.client == name]
        if not found:
            hint = "See `keyfob client list`."
            raise UnknownName(f"Keyfob wrote nothing for the client {name!r}.", hint)
        client = self._catalogue.get(name)
        return tuple((self._take_back(client, setup), setup) for setup in found)

    def setup(self, name: str) -> tuple[Setup, ...]:
        """What was written for a client."""
        return tuple(one for one in self._table.setups() if one.client == name)

    def states(self, where: Surroundings) -> tuple[SetupState, ...]:
        """Every client that is installed here or was written to, a row for each file."""
        written = {(one.client, one.path): one for one in self._table.setups()}
        found: list[SetupState] = []
        for client in self._catalogue.all():
            installed = is_installed(client, where, self._files)
            paths = dict.fromkeys(path for of, path in written if of == client.id)
            if installed:
                paths |= dict.fromkeys(config_files(client, where, self._files))
            found += [
                self._state(client, path, installed, written.get((client.id, path)))
                for path in paths
            ]
        return tuple(found)

    def _state(
        self, client: KnownClient, path: str, installed: bool, setup: Setup | None
    ) -> SetupState:
        state = SetupState(
            client=client.id,
            label=client.label,
            path=path,
            installed=installed,
            form=setup.form if setup is not None else None,
            written_at=setup.written_at if setup is not None else None,
            token_id=setup.token_id if setup is not None else None,
            standing=Standing.NONE,
        )
        if setup is None:
            return state
        try:
            entries = editor_of(client).entries(self._document(path))
        except ConfigInvalid as error:
            return replace(state, standing=Standing.UNREADABLE, problem=str(error))
        if NAME not in entries:
            return replace(state, standing=Standing.GONE)
        if entry_digest(entries[NAME]) != setup.entry:
            return replace(state, standing=Standing.CHANGED)
        try:
            now = entry_for(client, setup.form, self._ways(), UNISSUED)
        except ConfigInvalid:
            return replace(state, standing=Standing.STANDS)
        same = without_token(entries[NAME]) == now
        return replace(state, standing=Standing.STANDS if same else Standing.OUTDATED)

    def _document(self, path: str) -> Document:
        return Document.of(path, self._files.read(path).data)

    def _edits(
        self, client: KnownClient, form: Form, where: Surroundings, token: str
    ) -> tuple[_Edit, ...]:
        paths = config_files(client, where, self._files)
        if not paths:
            hint = "Say where in clients.toml."
            raise ConfigInvalid(client.id, "lies nowhere that Keyfob knows on this system", hint)
        entry = entry_for(client, form, self._ways(), token)
        found: dict[str, _Edit] = {}
        for path in paths:
            now = self._files.read(path)
            before = Document.of(path, now.data)
            after = editor_of(client).put(before, NAME, entry)
            # Two profiles may be one file by a symlink.
            found.setdefault(now.target, _Edit(now, before, after, entry_digest(entry)))
        return tuple(found.values())

    def _write(self, client: KnownClient, form: Form, edit: _Edit, token_id: str | None) -> Setup:
        known = {one.path: one for one in self.setup(client.id)}.get(edit.now.path)
        data = edit.after.data()
        # A repair keeps the backup of the file as it was before Keyfob.
        again = (
            known if known is not None and NAME in editor_of(client).entries(edit.before) else None
        )
        backup = again.backup if again is not None else None
        if again is None and edit.now.data is not None:
            backup = self._files.back_up(edit.now)
        before = again.before if again is not None else _sha(edit.now.data)
        self._files.replace(edit.now, data)
        after = _sha(data) or ""
        if again is not None and again.after != _sha(edit.now.data):
            # Somebody else changed it in between: it cannot become byte for byte what it was.
            after = ""
        setup = Setup(
            client=client.id,
            path=edit.now.path,
            form=form,
            written_at=self._clock(),
            before=before,
            after=after,
            entry=edit.entry,
            backup=backup,
            token_id=token_id,
        )
        self._table.keep(setup)
        if known is not None and again is None:
            self._drop_twin(known.backup, backup)
        return setup

    def _drop_twin(self, former: str | None, backup: str | None) -> None:
        """Erase the backup of an entry that went away by itself, where the new one is the same."""
        if former is None or backup is None or former == backup:
            return
        if self._files.read(former).data == self._files.read(backup).data:
            self._files.erase(former)

    def _take_back(self, client: KnownClient, setup: Setup) -> Undone:
        now = self._files.read(setup.path)
        undone = self._restored(now, setup) or self._without(client, now, setup)
        self._table.forget(setup.client, setup.path)
        return undone

    def _restored(self, now: FileNow, setup: Setup) -> Undone | None:
        """The file as it was, where nothing but the entry has changed since."""
        if not setup.after or _sha(now.data) != setup.after:
            return None
        if setup.before is None:
            self._files.replace(now, None)
            return Undone(path=setup.path, restored=True, text="Removed: there was none before.")
        kept = self._files.read(setup.backup).data if setup.backup is not None else None
        if kept is None or _sha(kept) != setup.before:
            return None
        self._files.replace(now, kept)
        self._files.erase(setup.backup or "")
        return Undone(path=setup.path, restored=True, text="Restored byte for byte.")

    def _without(self, client: KnownClient, now: FileNow, setup: Setup) -> Undone:
        before = Document.of(setup.path, now.data)
        after = editor_of(client).remove(before, NAME)
        if after.text == before.text:
            text = "The entry was gone already."
            return Undone(path=setup.path, restored=False, text=text)
        self._files.replace(now, after.data())
        kept = f" The file as it was before lies at {setup.backup}." if setup.backup else ""
        text = f"The file has changed since, so only the entry was taken out.{kept}"
        return Undone(path=setup.path, restored=False, text=text)


def _file_plan(edit: _Edit) -> FilePlan:
    exists = edit.now.data is not None
    return FilePlan(
        path=edit.now.path,
        exists=exists,
        diff=preview(edit.before, edit.after, exists=exists),
    )


def _digest(edits: Sequence[_Edit]) -> str:
    parts = [
        part
        for edit in edits
        for part in (edit.now.path, edit.now.target, _sha(edit.now.data) or "", edit.after.text)
    ]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def _sha(data: bytes | None) -> str | None:
    return hashlib.sha256(data).hexdigest() if data is not None else None
