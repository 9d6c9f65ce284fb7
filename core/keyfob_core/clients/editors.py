"""Editing an entry in whatever format a client's file has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from keyfob_core.clients.documents import Document
from keyfob_core.clients.json_editor import JsonEditor
from keyfob_core.clients.known import Format, KnownClient
from keyfob_core.errors import ConfigInvalid


class Editor(Protocol):
    """Knows where in a file the entries are."""

    def entries(self, document: Document) -> Mapping[str, object]:
        """Every entry by name; raises ConfigInvalid."""
        ...

    def put(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        """With the entry of that name in place of an earlier one; raises ConfigInvalid."""
        ...

    def remove(self, document: Document, name: str) -> Document:
        """Without the entry of that name; the same where there is none. Raises ConfigInvalid."""
        ...


class CheckedEditor:
    """Sees to it that an edit did what it was to do, and nothing else."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def entries(self, document: Document) -> Mapping[str, object]:
        """Every entry by name; raises ConfigInvalid."""
        return self._editor.entries(document)

    def put(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        """With the entry of that name in place of an earlier one; raises ConfigInvalid."""
        wanted = {**self._editor.entries(document), name: entry}
        return self._checked(self._editor.put(document, name, entry), wanted)

    def remove(self, document: Document, name: str) -> Document:
        """Without the entry of that name; the same where there is none. Raises ConfigInvalid."""
        wanted = dict(self._editor.entries(document))
        wanted.pop(name, None)
        return self._checked(self._editor.remove(document, name), wanted)

    def _checked(self, document: Document, wanted: Mapping[str, object]) -> Document:
        try:
            is_good = self._editor.entries(document) == wanted
        except ConfigInvalid:
            is_good = False
        if not is_good:
            raise ConfigInvalid(
                document.path,
                "is written in a way that Keyfob cannot edit safely",
                "Nothing was changed. Write the entry by hand, as `--dry-run` shows it.",
            )
        return document


def editor_of(client: KnownClient) -> CheckedEditor:
    """The editor for a client's files."""
    if client.format in (Format.JSON, Format.JSONC):
        return CheckedEditor(JsonEditor(client.key))
    if client.format is Format.TOML:
        from keyfob_core.clients.toml_editor import TomlEditor

        return CheckedEditor(TomlEditor(client.key, client.name_key))
    # ruamel.yaml takes its time to import, and few clients need it.
    from keyfob_core.clients.yaml_editor import YamlEditor

    return CheckedEditor(YamlEditor(client.key[0], client.name_key))
