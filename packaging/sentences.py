"""Which of the texts in the core's sources are words for people."""

from __future__ import annotations

import re

_LOUD = re.compile(r"(?:^|[\s(`'\"{§])[a-z][a-z'-]+(?:$|[\s.,:;?!)`'\"…§])")
_SEVERAL = re.compile(r"[\w§)`'\"\]][.,:;?!…]* +[\w§(`'\"\[{*&]")
_NO_SENTENCE = re.compile(
    r"<|/json|\n|^\$|-src |, [a-z]+_|\\b|\(\?|^(?:SELECT|INSERT|UPDATE|DELETE|PRAGMA|WHERE) "
)
_NOT_SAID = frozenset(
    {
        # Words of protocols, of other programs and of seals.
        "keyfob approval 1",
        "keyfob session",
        "local machine",
        "no-cache, no-transform",
        "openapi documents",
        "rate limit",
        "s wait",
        "unknown process",
        # Halves that a template has together.
        "Known to",
        "Opened the browser",
        "Open this address in a browser by hand",
        "Registered Keyfob at",
    }
)
_ALSO_SAID = frozenset({"Use {0}.", "{0}: {1}?"})
"""Of too few words to be told from what programs read."""


def is_said(plain: str, template: str) -> bool:
    """Whether this is a sentence or some words of one: small words with spaces between them."""
    if template in _ALSO_SAID:
        return True
    if (
        template in _NOT_SAID
        or _NO_SENTENCE.search(plain)
        or plain[:1] in ",;:.)@-•["
        or plain[-1:] == ","
    ):
        return False
    return bool(_LOUD.search(plain) and _SEVERAL.search(plain))
