"""What a tool says of itself in its annotations."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast


class Trait(StrEnum):
    """What a tool says of itself (MCP, ToolAnnotations)."""

    READ_ONLY = "read-only"
    DESTRUCTIVE = "destructive"
    OPEN_WORLD = "open-world"
    IDEMPOTENT = "idempotent"


UNSAID = frozenset({Trait.DESTRUCTIVE, Trait.OPEN_WORLD})
"""What a tool without annotations is taken for (MCP, ToolAnnotations: the defaults)."""


def traits(annotations: object) -> frozenset[Trait]:
    """What annotations say, with the protocol's defaults for what they leave open."""
    said: Mapping[str, Any] = {}
    if isinstance(annotations, dict):
        said = cast("Mapping[str, Any]", annotations)
    found: set[Trait] = set()
    if said.get("readOnlyHint") is True:
        found.add(Trait.READ_ONLY)
    else:
        # The protocol gives these two a meaning only for a tool that changes something.
        if said.get("destructiveHint") is not False:
            found.add(Trait.DESTRUCTIVE)
        if said.get("idempotentHint") is True:
            found.add(Trait.IDEMPOTENT)
    if said.get("openWorldHint") is not False:
        found.add(Trait.OPEN_WORLD)
    return frozenset(found)
