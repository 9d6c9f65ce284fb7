"""Whether a value in a client's file is a secret."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from urllib.parse import urlsplit

from keyfob_core.words.masking import looks_secret, names_secret

_MORE_NAMES = re.compile(
    r"(?i)(?:^|[_-])(?:key|pat|dsn|pwd|pass|jwt|bearer|token|secret|(?:api|auth)[_-]?token"
    r"|connection[_-]?string)$"
)
_REFERENCE = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*|\{(?:env|file):[^}]*\}|%\w+%|\$\(\w+\)")
_FILLED_IN = re.compile(r"\$\{([^}]*)\}|\$([A-Za-z_]\w*)|\{(?:env|file):[^}]*\}")
_STAND_IN = re.compile(
    r"(?i)<[^>]*>|\[[^\]]*\]|(?:your|my|enter|insert|paste|replace|change|add)[-_ ].*|x{3,}|\.{3,}"
    r"|(?:.*[-_ ])?(?:here|placeholder|todo|changeme|example)|\*+|•+.*|none|null|true|false"
    r"|[0-9]{1,6}"
)
_HARMLESS = re.compile(
    r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|v?\d+(?:\.\d+)+\S*|@?[a-z0-9._-]+/[a-z0-9._/@-]+|[a-z]:\\.*|[~./].*|--?[a-z][\w-]*"
)
_ONE_WORD = re.compile(r"[\w.+/=~-]{20,}")
_SEAMS = re.compile(r"[-_./+=~]")
_LONG = 16
_BITS = 3.0
"""Per character: random hex of this length has 3.2 and up, numbered words less."""


def is_reference(text: str) -> bool:
    """Whether a text only says where the value is: a variable, or an input that is asked for."""
    return _REFERENCE.search(text) is not None


def is_filled_in(word: str, own: Collection[str]) -> bool:
    """Whether a client puts something into a program's word before it starts it.

    A variable of the program's `own` is read by the program itself, or by its shell.
    """
    return any((one[1] or one[2]) not in own for one in _FILLED_IN.finditer(word))


def why_secret(name: str, text: str) -> str | None:
    """Why the value of this name is taken for a secret, None where it is not."""
    text = text.strip()
    if not text or is_reference(text) or _STAND_IN.fullmatch(text):
        return None
    if _password_in(text):
        return "an address with a password"
    if looks_secret(text):
        return "written like a known kind of key"
    if name and (names_secret(name) or _MORE_NAMES.search(name)):
        return "named like a secret"
    return "looks random" if _is_random(text) else None


def _password_in(text: str) -> bool:
    try:
        return "://" in text and urlsplit(text).password is not None
    except ValueError:
        return False


def _is_random(text: str) -> bool:
    if not _ONE_WORD.fullmatch(text) or _HARMLESS.fullmatch(text):
        return False
    longest = max(_SEAMS.split(text), key=len)
    kinds = [bool(re.search(kind, longest)) for kind in ("[0-9]", "[a-z]", "[A-Z]")]
    return len(longest) >= _LONG and kinds[0] and any(kinds[1:]) and _entropy(longest) >= _BITS


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
