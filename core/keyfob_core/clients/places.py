"""Where a client's files lie for one person on one system."""

from __future__ import annotations

import re

from keyfob_core.clients.known import KnownClient
from keyfob_core.setups.client_setups import ClientFiles, Surroundings

_INNERMOST = re.compile(r"\$\{(\w+)(?::-([^${}]*))?\}")
_HOME = {"linux": "HOME", "mac": "HOME", "windows": "USERPROFILE"}
_CONFIG = {
    "linux": "${XDG_CONFIG_HOME:-~/.config}",
    "mac": "~/Library/Application Support",
    "windows": "${APPDATA:-~/AppData/Roaming}",
}
"""Where programs keep their settings on each system: @config."""
_STANDS_FOR_DOLLAR = "\0"


def variables(client: KnownClient) -> frozenset[str]:
    """The names of the variables by which a person can say where its files lie."""
    paths = (client.files, client.profiles, client.signs)
    texts = [path for of in paths for each in of.values() for path in each]
    return frozenset(name for text in texts for name in re.findall(r"\$\{(\w+)", text))


def expand(pattern: str, where: Surroundings) -> str:
    """The path that a pattern of the catalogue names; raises KeyError for one that needs a home."""
    text = pattern.replace("@config", _CONFIG[where.system], 1)
    while (found := _INNERMOST.search(text)) is not None:
        value = where.environ.get(found[1]) or ""
        # A value is a path, not a pattern.
        value = value.replace("\\", "/").rstrip("/").replace("$", _STANDS_FOR_DOLLAR)
        text = text[: found.start()] + (value or found[2] or "") + text[found.end() :]
    if text == "~" or text.startswith("~/"):
        home = where.environ[_HOME[where.system]].replace("\\", "/").rstrip("/")
        text = home + text[1:]
    return text.replace(_STANDS_FOR_DOLLAR, "$")


def config_files(client: KnownClient, where: Surroundings, files: ClientFiles) -> tuple[str, ...]:
    """The files to write: the first that is there, else the first one, and each profile's."""
    named = [expand(path, where) for path in client.files.get(where.system, ())]
    main = next((path for path in named if files.exists(path)), None)
    if main is None:
        main = next((path for path in named if files.exists(_folder(path))), *named[:1])
    profiles = client.profiles.get(where.system, ())
    found = [path for one in profiles for path in files.matching(expand(one, where))]
    return tuple(dict.fromkeys(([main] if main else []) + found))


def is_installed(client: KnownClient, where: Surroundings, files: ClientFiles) -> bool:
    """Whether something tells that the client is here."""
    signs = [expand(path, where) for path in client.signs.get(where.system, ())]
    named = [expand(path, where) for path in client.files.get(where.system, ())]
    if not signs:
        signs = [_folder(path) for path in named]
    return any(map(files.exists, (*signs, *named))) or any(map(files.program, client.programs))


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "/"
