"""Secrets in what a person is shown: hidden by the name of their field, or by how they look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_NAMES = re.compile(
    r"(?:^|_)(?:pass(?:word|wd|phrase|code)|pwd|secret|secret_key|api_?key|private_key|access_key"
    r"|signing_key|auth_?token|access_token|refresh_token|id_token|bearer_token|token|authorization"
    r"|cookie|credentials?)$"
)
_HARMLESS = re.compile(r"(?:^|_)(?:page|next|cursor|continuation|sync|progress)_token$")
"""Places in a list, which every second tool takes."""
_LOOKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ(?:(?!-eyJ)[\w-]){8,}\.[\w-]{8,}\.[\w-]*"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|pk_live_|shpat_|npm_"
    r"|pypi-|hf_|dop_v1_|AIza|ya29\.|kf_)[\w.-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=bearer )[\w.~+/-]{16,}=*)",
    re.DOTALL,
)


def masked(value: object, name: str = "") -> object:
    """A JSON value with its secrets hidden; how long each is stays to be seen.

    `name` is that of the field that holds it.
    """
    if isinstance(value, str):
        if value and _is_secret(name):
            return _hidden(value)
        return _LOOKS.sub(lambda found: _hidden(found[0]), value)
    if isinstance(value, dict):
        fields = cast("Mapping[str, object]", value)
        return {key: masked(one, key) for key, one in fields.items()}
    if isinstance(value, list):
        return [masked(one, name) for one in cast("list[object]", value)]
    return value


def looks_secret(text: str) -> bool:
    """Whether a text has something in it that is written like a known kind of key."""
    return _LOOKS.search(text) is not None


def names_secret(name: str) -> bool:
    """Whether what bears this name is a secret."""
    return _is_secret(name)


def _is_secret(name: str) -> bool:
    words = "_".join(_WORDS.findall(name)).lower()
    return bool(_NAMES.search(words)) and not _HARMLESS.search(words)


def _hidden(text: str) -> str:
    return f"•••• ({len(text)} characters hidden)"
