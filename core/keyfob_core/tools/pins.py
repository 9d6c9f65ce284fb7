"""Pins: what a tool says of itself, as one text that can be approved and compared."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, cast

from keyfob_core.prompts import (
    FieldChange,
    SeenTool,
    ToolChange,
    ToolChangePrompt,
    ToolListPrompt,
)
from keyfob_core.traits import Trait, traits
from keyfob_core.words.tool_warnings import Finding, findings

PINNED = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
"""The fields that a model or a person sees, or that change what a call means."""

_FRACTION = re.compile(r"[:,\[]-?(?:\d+[.e]|Infinity|NaN)")
_PLAIN_DIGITS = 4300
"""As many as a whole number may have that was written without an exponent."""
_ID_DIGITS = 32
"""With fewer a server finds two texts of one id, shows one, and has the other approved."""
_MOST_NAMES = 20


class Facts(NamedTuple):
    """What the rules may know of an approved tool."""

    digest: str
    traits: frozenset[Trait]


@dataclass(frozen=True, slots=True)
class Pin:
    """One tool's text at one server, at the address or command that it was read from."""

    server: str
    target: str
    tool: str
    digest: str
    text: str
    """Canonical JSON of the pinned fields."""
    seen_at: float
    """Seconds since the epoch, when this text was first seen."""
    rejected: bool = False
    """Whether a person said no to this very text."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is a text of."""
        return self.server, self.target, self.tool

    @property
    def id(self) -> str:
        """The same for the same text of the same tool, wherever it is asked about."""
        said = "\n".join((*self.key, self.digest))
        return "t" + hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:_ID_DIGITS]

    @property
    def facts(self) -> Facts:
        """What the rules may know of it once it is approved."""
        return Facts(self.digest, traits(_fields(self.text).get("annotations")))


class PinTable(Protocol):
    """The texts of tools: those that a person approved, and those that wait; kept over a restart.

    A tool has at most one of each. Writing raises StateUnavailable.
    """

    def approved(self) -> tuple[Pin, ...]:
        """What was approved."""
        ...

    def waiting(self) -> tuple[Pin, ...]:
        """What waits for a person, or was rejected."""
        ...

    def approve(self, pins: Sequence[Pin]) -> None:
        """Take these texts for the tools' own and let them wait no more: all of them or none."""
        ...

    def wait(self, pins: Sequence[Pin]) -> None:
        """Keep texts that wait, or that were rejected, in place of others of the same tools."""
        ...

    def settle(self, pins: Sequence[Pin]) -> None:
        """Forget what waits of these tools."""
        ...

    def forget(self, server: str) -> None:
        """Forget a server's tools, wherever it was."""
        ...


class ExactFloat(float):
    """A number as it was written: two that differ behind a double's last digit stay two."""

    written: str

    def __new__(cls, written: str) -> ExactFloat:
        """The number that a text of JSON stands for."""
        number = super().__new__(cls, written)
        number.written = written
        return number


def read_list(data: bytes) -> tuple[object, bool]:
    """The value of a server's JSON, and whether a key stands twice in it.

    Two readers of a doubled key may see two different tools. Raises ValueError or RecursionError.
    """
    doubled: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            doubled.append("")
        return found

    value = json.loads(data, object_pairs_hook=members, parse_float=ExactFloat)
    return value, bool(doubled)


def canonical(tool: Mapping[str, Any]) -> str:
    """The pinned fields as JSON: keys sorted, no spaces, each number by its exact value.

    As in RFC 8785, but that numbers are not rounded to doubles and keys sort by code points.
    """
    fields = {key: tool[key] for key in PINNED if key in tool}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    # Only fractions are written in several ways; a list without any is written five times as fast.
    return _text(fields) if _FRACTION.search(text) else text


def digest_of(text: str) -> str:
    """The digest that stands for a canonical text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def pin_of(server: str, target: str, tool: Mapping[str, Any], at: float) -> Pin | None:
    """The pin of a listed tool; None for one that has no name."""
    name = tool.get("name")
    if not isinstance(name, str):
        return None
    text = canonical(tool)
    return Pin(server, target, name, digest_of(text), text, at)


def seen_tool(pin: Pin, others: Mapping[str, str]) -> SeenTool:
    """A tool as a person is shown it; `others` are names that it has no reason to name."""
    fields = _fields(pin.text)
    return SeenTool(
        id=pin.id,
        name=pin.tool,
        title=_said(fields.get("title")),
        description=_said(fields.get("description")),
        traits=tuple(sorted(traits(fields.get("annotations")))),
        fields=tuple((key, _pretty(fields[key])) for key in PINNED[3:] if key in fields),
        findings=warnings(pin, others),
    )


def tool_change(pin: Pin, before: Pin | None, others: Mapping[str, str]) -> ToolChange:
    """What is another in a tool than what was approved, field by field."""
    old, new = _fields(before.text) if before else {}, _fields(pin.text)
    return ToolChange(
        id=pin.id,
        tool=pin.tool,
        added=before is None,
        fields=tuple(
            FieldChange(key, _pretty(old.get(key)), _pretty(new.get(key)))
            for key in PINNED
            if _text(old.get(key)) != _text(new.get(key)) or (key in old) is not (key in new)
        ),
        findings=warnings(pin, others),
    )


def diff_lines(change: FieldChange) -> tuple[str, ...]:
    """The lines of a field, each behind a space, a minus or a plus."""
    before, after = change.before.splitlines(), change.after.splitlines()
    lines = difflib.unified_diff(before, after, n=2, lineterm="")
    return tuple(line for line in lines if not line.startswith(("---", "+++")))


def warnings(pin: Pin, others: Mapping[str, str]) -> tuple[Finding, ...]:
    """What in a tool's text is meant for a model alone."""
    fields = _fields(pin.text)
    named = {name: kind for name, kind in others.items() if name not in (pin.tool, pin.server)}
    return findings(_texts("", fields), named)


def _texts(path: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(path, value)]
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        for key, one in cast("Mapping[str, object]", value).items():
            inner = f"{path}.{key}" if path else key
            found += [(f"{path}, a name", key)] if path else []
            found += _texts(inner, one)
    elif isinstance(value, list):
        for one in cast("Sequence[object]", value):
            found += _texts(path, one)
    return found


def _fields(text: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(text, parse_float=ExactFloat))


def _said(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else _pretty(value)


def _pretty(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


def _text(value: object) -> str:
    if isinstance(value, dict):
        entries = cast("Mapping[str, object]", value)
        inner = (f"{json.dumps(key)}:{_text(entries[key])}" for key in sorted(entries))
        return f"{{{','.join(inner)}}}"
    if isinstance(value, list):
        return f"[{','.join(_text(one) for one in cast('Sequence[object]', value))}]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return json.dumps(value)


def _number(value: float) -> str:
    """One text for each value: 1, 1.0 and 10e-1 are the same number."""
    exact = Decimal(value.written if isinstance(value, ExactFloat) else repr(value))
    if not exact.is_finite():
        return json.dumps(float(value))
    sign, digits, exponent = exact.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    bare = text.rstrip("0")
    if not bare:
        return "0"
    power = cast("int", exponent) + len(text) - len(bare)
    minus = "-" if sign else ""
    if 0 <= power <= _PLAIN_DIGITS:
        return f"{minus}{bare}{'0' * power}"
    return f"{minus}{bare}e{power}"


def names_of(pins: Sequence[Pin]) -> str:
    """The names of some tools, and how many more there are."""
    named = ", ".join(pin.tool for pin in pins[:_MOST_NAMES])
    return named if len(pins) <= _MOST_NAMES else f"{named} and {len(pins) - _MOST_NAMES} more"


def list_prompt(
    server: str, address: str, pins: Sequence[Pin], others: Mapping[str, str]
) -> ToolListPrompt:
    """The question about a server's first list."""
    return ToolListPrompt(
        server=server, address=address, tools=tuple(seen_tool(pin, others) for pin in pins)
    )


def change_prompt(
    server: str,
    address: str,
    pins: Sequence[Pin],
    approved: Mapping[tuple[str, str, str], Pin],
    others: Mapping[str, str],
) -> ToolChangePrompt:
    """The question about what is new or another than what was approved."""
    changes = tuple(tool_change(pin, approved.get(pin.key), others) for pin in pins)
    return ToolChangePrompt(server=server, address=address, changes=changes)
