"""A configuration file as text, with what its bytes say of themselves kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keyfob_core.errors import ConfigInvalid

_LARGEST = 32 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Splice:
    """Text to put in place of what stands between two places."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file. `text` is empty where there is none."""

    path: str
    text: str
    has_mark: bool = False

    @classmethod
    def of(cls, path: str, data: bytes | None) -> Document:
        """Read bytes; raises ConfigInvalid for what is no UTF-8, or too large."""
        if data is None:
            return cls(path, "")
        if len(data) > _LARGEST:
            hint = "Keyfob edits files of at most 32 MiB."
            raise ConfigInvalid(path, f"is too large ({len(data)} bytes)", hint)
        if data.startswith(_OTHER_MARKS):
            raise ConfigInvalid(path, "is UTF-16", "Save it as UTF-8.")
        has_mark = data.startswith(_BOM)
        try:
            text = data.removeprefix(_BOM).decode()
        except UnicodeDecodeError as error:
            message = f"is no UTF-8 (byte {error.start})"
            raise ConfigInvalid(path, message, "Save it as UTF-8.") from error
        return cls(path, text, has_mark)

    @property
    def line_end(self) -> str:
        """The one that its first line has."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def data(self) -> bytes:
        """The file's bytes."""
        return (_BOM if self.has_mark else b"") + self.text.encode()

    def spliced(self, splices: Iterable[Splice]) -> Document:
        """The same with the splices made; they do not overlap."""
        text = self.text
        for one in sorted(splices, key=lambda splice: splice.start, reverse=True):
            text = text[: one.start] + one.text + text[one.end :]
        return Document(self.path, text, self.has_mark)

    def wrong(self, at: int, message: str, hint: str = "") -> ConfigInvalid:
        """The error that names the file and the line and column of a place in it."""
        before = self.text[:at]
        line, column = before.count("\n") + 1, at - before.rfind("\n")
        usual = "Nothing was changed. Correct it in an editor, then try again."
        return ConfigInvalid(self.path, f"line {line}, column {column}: {message}", hint or usual)

    def line_start(self, at: int) -> int:
        """Where the line of a place begins."""
        return self.text.rfind("\n", 0, at) + 1

    def indent(self, at: int) -> str | None:
        """What stands before a place in its line, None where that is more than blanks."""
        before = self.text[self.line_start(at) : at]
        return before if not before.strip(" \t") else None

    def whole_lines(self, start: int, end: int) -> tuple[int, int]:
        """A span grown to whole lines where nothing else stands on its first and last one."""
        stop = end
        while stop < len(self.text) and self.text[stop] in " \t\r":
            stop += 1
        is_last = stop >= len(self.text) or self.text[stop] == "\n"
        if self.indent(start) is None or not is_last:
            return start, end
        return self.line_start(start), min(stop + 1, len(self.text))
