"""Tools on a terminal: their warnings, their own words, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterable

from keyfob_core.prompts import SeenTool, ToolChange
from keyfob_core.tools.pins import diff_lines
from keyfob_core.words.plain import visible
from keyfob_core.words.tool_warnings import Finding


def seen_tool_text(tool: SeenTool) -> str:
    """A tool as its server describes it; warnings come first."""
    title = f" ({visible(tool.title)})" if tool.title else ""
    lines = [f"  {visible(tool.name)}{title}: {', '.join(tool.traits)}"]
    lines += _warnings(tool.findings)
    lines += _indented(tool.description)
    for name, value in tool.fields:
        lines += [f"    {name}", *(f"  {line}" for line in _indented(value))]
    return _joined(lines)


def tool_change_text(change: ToolChange) -> str:
    """A changed tool field by field, or all of one that was added."""
    what = "new" if change.added else "changed"
    lines = [f"  {visible(change.tool)}: {what}", *_warnings(change.findings)]
    for field in change.fields:
        lines.append(f"    {field.field}")
        lines += [f"      {visible(line)}" for line in diff_lines(field)]
    return _joined(lines)


def _warnings(findings: Iterable[Finding]) -> list[str]:
    return [
        f"    ! {visible(one.rule)} ({visible(one.field)}): {visible(one.excerpt)}"
        for one in findings
    ]


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in visible(text, lines=True).splitlines()]


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
