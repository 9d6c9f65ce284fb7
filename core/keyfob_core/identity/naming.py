"""Names that are offered for clients that have none yet."""

from __future__ import annotations

import re
from collections.abc import Collection

from keyfob_core.config import check_client_name
from keyfob_core.errors import ConfigInvalid

_UNFIT = re.compile(r"[^A-Za-z0-9 .()+_-]+")
_LONGEST = 56


def suggested_name(wanted: str, taken: Collection[str]) -> str:
    """A name like the wanted one that can be a client's and is nobody's yet.

    What a client calls itself is a claim: it is never offered the name of another, whose rules it
    would get with it.
    """
    fit = _UNFIT.sub(" ", wanted).strip(" .()+_-")[:_LONGEST].strip()
    try:
        name = check_client_name("name", fit)
    except ConfigInvalid:
        name = "client"
    used = {one.casefold() for one in taken}
    number, found = 1, name
    while found.casefold() in used:
        number += 1
        found = f"{name} {number}"
    return found
