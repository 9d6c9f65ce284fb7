"""A provider of the person's own, in the file beside their configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping

from support.engine import Home


def write_entry(home: Home, origin: str, profile: Mapping[str, str | bool]) -> None:
    """A provider of the person's own: an API, and who signs people in to it."""
    lines = [
        "[acme]",
        'name = "Acme"',
        'kinds = ["dcr", "key", "service-account"]',
        f'origins = ["{origin}"]',
        "[acme.profile]",
        *(f"{name} = {json.dumps(value)}" for name, value in profile.items()),
        "[[acme.keys]]",
        'name = "Key"',
        'steps = ["Make one."]',
        'places = [{label = "Key", kind = "header", name = "X-Api-Key", template = "{key}"}]',
    ]
    home.paths.providers_file.parent.mkdir(parents=True, exist_ok=True)
    home.paths.providers_file.write_text("\n".join(lines) + "\n")
