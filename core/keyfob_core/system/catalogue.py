"""The providers' files: Keyfob's own, and the person's over them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from keyfob_core.errors import ConfigInvalid
from keyfob_core.providers import Catalogue


def load_catalogue(own: Path) -> Catalogue:
    """Read Keyfob's own entries and the person's `providers.toml`; raises ConfigInvalid."""
    folder = files("keyfob_resources") / "providers"
    builtin = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".toml")}
    try:
        text = own.read_text(encoding="utf-8-sig") if own.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(own.name, f"cannot be read: {error}", f"Look at {own}.") from error
    return Catalogue.load(builtin, text, own.name)
