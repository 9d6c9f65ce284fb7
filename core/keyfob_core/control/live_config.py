"""The configuration as it is now: edited by commands, read again when a hand has changed it."""

from __future__ import annotations

from collections.abc import Callable

from keyfob_core.config import Config
from keyfob_core.config_file import ConfigFile, Document, Edit
from keyfob_core.errors import ConfigInvalid


class LiveConfig:
    """Holds the last valid configuration; a file that became invalid changes nothing."""

    def __init__(self, file: ConfigFile, changed: Callable[[], None]) -> None:
        self._file = file
        self._changed = changed
        self._stamp = file.stamp()
        self._config = file.load()
        self.problem: ConfigInvalid | None = None
        """Why the file as it is now is not in force."""

    def __call__(self) -> Config:
        """The configuration in force."""
        return self._config

    def edit(self, *changes: Edit) -> Config:
        """Apply changes and write them; raises ConfigInvalid and changes nothing."""

        def all_of(document: Document) -> None:
            for change in changes:
                change(document)

        self._config = self._file.edit(all_of)
        self._stamp = self._file.stamp()
        self.problem = None
        self._changed()
        return self._config

    def refresh(self) -> bool:
        """Read the file again if it has changed; whether it had."""
        stamp = self._file.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._config = self._file.load()
            self.problem = None
        except ConfigInvalid as error:
            self.problem = error
        self._changed()
        return True
