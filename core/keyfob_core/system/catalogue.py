"""The catalogues' files: Keyfob's own, and the person's over them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from keyfob_core.errors import ConfigInvalid

if TYPE_CHECKING:
    from keyfob_core.providers.catalogue import Catalogue


def load_catalogue(own: Path) -> Catalogue:
    """Keyfob's own providers, read at first need, with the person's of `providers.toml`.

    What the person wrote is looked at now: raises ConfigInvalid.
    """
    # `keyfob client` reads the other catalogue alone, and starts faster without this one.
    from keyfob_core.providers.catalogue import Catalogue

    return Catalogue.at_need(lambda: builtin_files("providers"), own_text(own), own.name)


def builtin_files(catalogue: str) -> Mapping[str, bytes]:
    """The TOML files of one of Keyfob's catalogues, by name."""
    folder = files("keyfob_resources") / catalogue
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".toml")}


def own_text(own: Path) -> str | None:
    """What the person's own file says, None where there is none; raises ConfigInvalid."""
    try:
        return own.read_text(encoding="utf-8-sig") if own.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(own.name, f"cannot be read: {error}", f"Look at {own}.") from error
