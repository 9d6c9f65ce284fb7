"""What the tools of a server want in headers of their calls, as its lists told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from keyfob_core.model import Headers
from keyfob_core.transports.tool_headers import Path, annotated, parameter_headers

_MOST = 10_000


class ListedTools:
    """A memory of the tools that one client was shown."""

    def __init__(self) -> None:
        self._wanted: dict[str, Mapping[Path, str]] = {}

    def note(self, tools: object) -> list[Any]:
        """The tools of a list that may be called over HTTP, each of them noted."""
        usable: list[Any] = []
        for tool in cast("list[object]", tools) if isinstance(tools, list) else ():
            fields = cast("dict[str, Any]", tool) if isinstance(tool, dict) else {}
            name, wanted = fields.get("name"), annotated(fields.get("inputSchema"))
            if wanted is not None:
                usable.append(tool)
                self._wanted[str(name)] = wanted
        while len(self._wanted) > _MOST:
            del self._wanted[next(iter(self._wanted))]
        return usable

    def knows(self, name: object) -> bool:
        """Whether a tool was listed."""
        return name in self._wanted

    def headers(self, name: object, arguments: object) -> Headers:
        """The `Mcp-Param-*` of a call; none for a tool that was not listed."""
        wanted = self._wanted.get(name) if isinstance(name, str) else None
        return parameter_headers(wanted, arguments) if wanted else ()
