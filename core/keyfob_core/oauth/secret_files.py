"""Files that hold one secret, read without saying what is in them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from keyfob_core.errors import ConfigInvalid

_MOST_BYTES = 64 * 1024


async def read_secret_file(path: Path, field: str = "key_file") -> str:
    """The text of a key or token file, without the white space around it.

    Raises ConfigInvalid with `field`; it names the path and never the content.
    """
    text = (await asyncio.to_thread(_read, path, field)).strip()
    if not text:
        raise ConfigInvalid(field, f"{path} is empty", "Look whether it was written.")
    return text


def _read(path: Path, field: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigInvalid(
            field, f"{path} cannot be read: {error.strerror}", "Look where the file lies."
        ) from error
    if len(content) > _MOST_BYTES:
        raise ConfigInvalid(field, f"{path} is too big for a secret", "Is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # raised below, for this error carries the file's content
    raise ConfigInvalid(field, f"{path} is no text", "Is it the right file?")
