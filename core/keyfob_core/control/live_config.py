"""The configuration in force: edited by commands, read again when a hand has changed it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from keyfob_core.config import Config
from keyfob_core.errors import ConfigInvalid
from keyfob_core.settings.config_changes import Change, compare
from keyfob_core.settings.config_file import ConfigFile, Document, Edit, edited
from keyfob_core.settings.config_reading import parse_config

_DOMAIN = b"keyfob accepted config 1\n"


class AcceptedTable(Protocol):
    """The accepted configuration as it is kept."""

    def accepted(self) -> tuple[str, str] | None:
        """Its text and MAC, or None where there never was one."""
        ...

    def keep(self, text: str, mac: str) -> None:
        """Keep it; raises StateUnavailable."""
        ...


class Texts(NamedTuple):
    """The file's text, and the accepted one."""

    file: str
    accepted: str | None


class LiveConfig:
    """Holds the last valid configuration; a file that became invalid changes nothing.

    What a hand changed in the file and allows more is not in force before a person accepts it:
    the configuration accepted last is kept with a MAC. Until `open` has the MAC's key, what is
    kept is believed; then nothing is forwarded either, for the log's key lies in the same store.
    """

    def __init__(
        self,
        file: ConfigFile,
        changed: Callable[[], None],
        table: AcceptedTable | None = None,
    ) -> None:
        """Without a `table` every edit is in force at once."""
        self._file = file
        self._changed = changed
        self._table = table
        self._key: bytes | None = None
        self._edits: list[Edit] = []
        """What the engine changed before it had the key."""
        self._stamp = file.stamp()
        self._text = file.text()
        self._found = parse_config(self._text)
        kept = table.accepted() if table is not None else None
        self._accepted = kept[0] if kept is not None else None
        self.waiting: tuple[Change, ...] = ()
        """What was changed by hand and waits for a yes."""
        self.problem: ConfigInvalid | None = None
        """Why the file as it is now is not in force."""
        self._config = self._found
        self._compare()

    def __call__(self) -> Config:
        """The configuration in force."""
        return self._config

    def open(self, key: bytes, *, is_new: bool) -> None:
        """Check the accepted configuration with the MAC's key; `is_new` for a key just made.

        A first start, with neither a key nor anything accepted, accepts the file as it is: there is
        nothing to compare it with, and who set Keyfob up has just written it. A record that is
        gone while its key is there, or one that the key does not fit, counts as nothing accepted.
        Raises StateUnavailable.
        """
        if self._table is None:
            return
        kept = self._table.accepted()
        self._key = key
        if kept is None and is_new:
            self._keep(self._text)
        elif kept is None or not hmac.compare_digest(self._mac(kept[0]), kept[1]):
            self._accepted = ""
        elif self._edits:
            text = kept[0]
            for change in self._edits:
                text = edited(text, change)
            self._keep(text)
        else:
            self._accepted = kept[0]
        self._edits.clear()
        self._compare()
        self._changed()

    def edit(self, *changes: Edit) -> Config:
        """Apply changes and write them; raises ConfigInvalid and changes nothing.

        The changes are made to what was accepted as well, so that nothing else that stands in the
        file comes into force with them.
        """
        all_of = _together(changes)
        accepted = None
        if self._accepted is not None:
            accepted = edited(self._accepted, all_of)
            self._check(accepted)
        self._found = self._file.edit(all_of)
        self._text, self._stamp = self._file.text(), self._file.stamp()
        if accepted is not None:
            self._keep(accepted)
        if self._key is None:
            self._edits.append(all_of)
        self.problem = None
        self._compare()
        self._changed()
        return self._config

    def foresee(self, *changes: Edit) -> tuple[Change, ...]:
        """What of these changes allows more than what was accepted; raises ConfigInvalid."""
        before = self._text if self._accepted is None else self._accepted
        after = edited(before, _together(changes))
        if before != self._text:
            self._check(after)
        return compare(parse_config(before), parse_config(after)).waiting

    def texts(self) -> Texts:
        """What the file says now and what of it is accepted, for `put_back`."""
        self.refresh()
        return Texts(self._text, self._accepted)

    def put_back(self, before: Texts, after: Texts) -> bool:
        """Make the file what it was to the letter, if nothing else has changed it since `after`.

        Raises ConfigInvalid and StateUnavailable.
        """
        if self.texts() != after or (self._table is not None and self._key is None):
            return False
        self._found = self._file.replace(before.file)
        self._text, self._stamp = before.file, self._file.stamp()
        if before.accepted is not None:
            self._keep(before.accepted)
        self._compare()
        self._changed()
        return True

    def refresh(self) -> bool:
        """Read the file again if it has changed; whether it had."""
        stamp = self._file.stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self._text = self._file.text()
            self._found = parse_config(self._text)
            self.problem = None
        except ConfigInvalid as error:
            self.problem = error
        else:
            self._compare()
        self._changed()
        return True

    @property
    def as_found(self) -> str:
        """The text that `waiting` is about, to be given to `accept` after the yes."""
        return self._text

    def accept(self, text: str) -> None:
        """Put what a person has seen in force; a newer edit waits anew. Raises StateUnavailable."""
        if self._table is not None:
            self._keep(text)
            self._compare()
            self._changed()

    def _compare(self) -> None:
        if self._accepted is None:
            self._config, self.waiting = self._found, ()
            return
        compared = compare(parse_config(self._accepted), self._found)
        self._config, self.waiting = compared.in_force, compared.waiting
        if not self.waiting and self._accepted != self._text and self._key is not None:
            # What allows less is accepted with its edit: taking it back is asked about.
            self._keep(self._text)

    def _check(self, accepted: str) -> None:
        try:
            parse_config(accepted)
        except ConfigInvalid as error:
            raise ConfigInvalid(
                error.field,
                "rests on what was edited by hand and is not accepted yet",
                "See `keyfob config check`, then `keyfob config accept`.",
            ) from error

    def _keep(self, text: str) -> None:
        self._accepted = text
        if self._table is not None and self._key is not None:
            self._table.keep(text, self._mac(text))

    def _mac(self, text: str) -> str:
        key = self._key or b""
        return hmac.new(key, _DOMAIN + text.encode(), hashlib.sha256).hexdigest()


def _together(changes: Sequence[Edit]) -> Edit:
    def all_of(document: Document) -> None:
        for change in changes:
            change(document)

    return all_of
