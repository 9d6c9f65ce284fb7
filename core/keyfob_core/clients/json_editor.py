"""One entry in a JSON or JSONC file, put in or taken out without touching what lies around it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from keyfob_core.clients.documents import Document, Splice
from keyfob_core.clients.json_spans import Node, read_json, value_of

_REST_OF_LINE = re.compile(r"(?:[ \t]|/\*(?:[^*\r\n]|\*(?!/))*\*/)*(?://[^\r\n]*)?(?=\r?\n)")
_USUAL_INDENT = "  "


class JsonEditor:
    """Knows where in a file the entries are."""

    def __init__(self, key: Sequence[str]) -> None:
        self._key = tuple(key)

    def entries(self, document: Document) -> Mapping[str, object]:
        """Every entry by name; raises ConfigInvalid."""
        walked = self._walk(document)
        node = walked[-1]
        if len(walked) <= len(self._key) or node is None:
            return {}
        return {one.name: value_of(document, one.value) for one in node.members}

    def put(self, document: Document, name: str, entry: Mapping[str, object]) -> Document:
        """With the entry of that name in place of an earlier one; raises ConfigInvalid."""
        walked = self._walk(document)
        inner = walked[-1]
        missing = self._key[len(walked) - 1 :]
        if inner is None:
            whole = json_text(_nested((*self._key, name), entry), _USUAL_INDENT)
            text = _lines(whole, "", document.line_end)
            start = document.line_end if document.text.rpartition("\n")[2].strip() else ""
            at = len(document.text)
            return document.spliced([Splice(at, at, f"{start}{text}{document.line_end}")])
        found = inner.member(name) if not missing else None
        if found is not None:
            value = found.value
            text = self._value_text(document, walked, found.start, entry, value.start)
            return document.spliced([Splice(value.start, value.end, text)])
        path = (*missing, name)
        return document.spliced(
            [self._insertion(document, walked, path[0], _nested(path[1:], entry))]
        )

    def remove(self, document: Document, name: str) -> Document:
        """Without the entry of that name; the same where there is none. Raises ConfigInvalid."""
        walked = self._walk(document)
        inner = walked[-1]
        found = inner.member(name) if inner is not None and len(walked) > len(self._key) else None
        if inner is None or found is None:
            return document
        at = inner.members.index(found)
        if found.comma is not None:
            start, end = document.whole_lines(found.start, found.comma + 1)
            if end == found.comma + 1:
                end += len(document.text[end:]) - len(document.text[end:].lstrip(" \t"))
            return document.spliced([Splice(start, end, "")])
        start, end = document.whole_lines(found.start, found.value.end)
        cuts = [Splice(start, end, "")]
        before = inner.members[at - 1].comma if at else None
        if before is not None:
            cuts.append(Splice(before, before + 1, ""))
        return document.spliced(cuts)

    def _walk(self, document: Document) -> list[Node | None]:
        """The objects on the way to the entries, as far as they are there."""
        root = read_json(document, len(self._key) + 1)
        if root is None:
            return [None]
        walked: list[Node | None] = [root]
        node = root
        for depth in range(len(self._key) + 1):
            at = ".".join(self._key[:depth]) or "the file"
            if node.kind != "{":
                raise document.wrong(node.start, f"{at} is no object")
            _refuse_twins(document, node)
            member = node.member(self._key[depth]) if depth < len(self._key) else None
            if member is None:
                break
            node = member.value
            walked.append(node)
        return walked

    def _insertion(
        self, document: Document, walked: Sequence[Node | None], name: str, value: object
    ) -> Splice:
        inner = walked[-1]
        if inner is None:
            raise ValueError("there is no object to put it into")
        text, at, end = document.text, inner.start + 1, document.line_end
        label = json.dumps(name, ensure_ascii=False)
        if inner.members and "\n" not in text[at : inner.members[0].start]:
            return Splice(at, at, f"{label}: {json.dumps(value, ensure_ascii=False)}, ")
        unit = _unit(document, walked)
        rest = _REST_OF_LINE.match(text, at)
        if inner.members:
            indent = document.indent(inner.members[0].start)
            indent = unit * len(walked) if indent is None else indent
            at = rest.end() if rest is not None else at
            lines = _lines(json_text(value, unit), indent, end)
            return Splice(at, at, f"{end}{indent}{label}: {lines},")
        outer = _line_indent(document, inner.start)
        indent = outer + unit
        at = rest.end() if rest is not None else at
        lines = _lines(json_text(value, unit), indent, end)
        closing = "" if rest is not None else f"{end}{outer}"
        return Splice(at, at, f"{end}{indent}{label}: {lines}{closing}")

    def _value_text(
        self,
        document: Document,
        walked: Sequence[Node | None],
        label_start: int,
        value: object,
        value_start: int,
    ) -> str:
        indent = document.indent(label_start)
        if indent is None or "\n" in document.text[label_start:value_start]:
            return json.dumps(value, ensure_ascii=False)
        return _lines(json_text(value, _unit(document, walked)), indent, document.line_end)


def json_text(value: object, indent: str) -> str:
    """A value over several lines, short lists in one."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _nested(path: Sequence[str], value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _lines(text: str, indent: str, line_end: str) -> str:
    return text.replace("\n", f"{line_end}{indent}")


def _line_indent(document: Document, at: int) -> str:
    line = document.text[document.line_start(at) : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(document: Document, walked: Sequence[Node | None]) -> str:
    """By how much each level is indented, as the outermost member in a line of its own shows."""
    for node in walked:
        for member in node.members[:1] if node is not None else ():
            indent = document.indent(member.start)
            outer = _line_indent(document, node.start) if node is not None else ""
            if indent and indent.startswith(outer) and len(indent) > len(outer):
                return indent[len(outer) :]
    return _USUAL_INDENT


def _refuse_twins(document: Document, node: Node) -> None:
    seen: set[str] = set()
    for member in node.members:
        if member.name in seen:
            raise document.wrong(member.start, f"the name {member.name!r} stands twice")
        seen.add(member.name)
