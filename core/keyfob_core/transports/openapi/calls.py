"""A tool's call as the HTTP request that the API gets, with the credential stamped onto it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from keyfob_core.accounts.credentials import stamp
from keyfob_core.accounts.placements import Stamp, with_query
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import RequestRefused
from keyfob_core.model import ApiKey, Credential, Headers
from keyfob_core.transports.openapi.tools import ApiTool, ApiTools
from keyfob_core.transports.openapi.writing import written
from keyfob_core.version import __version__

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OWN: Headers = (
    ("Accept", "application/json, */*;q=0.5"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", f"Keyfob/{__version__}"),
)


class BadArguments(Exception):
    """Arguments that cannot be sent; its text says which, for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request to an API, stamped and ready to send."""

    http_method: str
    url: str = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes
    secrets: frozenset[str] = field(repr=False)
    """What was stamped, for taking it out of an answer that repeats it."""


def api_call(
    tools: ApiTools,
    tool: ApiTool,
    arguments: Mapping[str, Any],
    *,
    base: str,
    credential: Credential | None,
    now: float,
    nonce: str | None,
) -> ApiCall:
    """Write the arguments into a request to the API at `base`, and stamp it.

    Nothing that the arguments say stands where the credential does. Raises BadArguments, and
    RequestRefused for a request that would go to another origin than the credential's.
    """
    _check_names(tool, arguments)
    try:
        values, places = written(arguments, tool.shapes, tool.route.parameter_map)
        route = tool.route.model_copy(update={"parameter_map": places})
        built = tools.director.build(route, values, base)
        url, body, raw = str(built.url), built.read(), built.headers.raw
        headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in raw]
    except Exception as error:  # noqa: BLE001 - whatever fastmcp finds wrong with arguments
        raise BadArguments(f"The arguments cannot be sent: {_line(error)}") from None
    url = url.partition("#")[0]
    _check_url(url, base, credential)
    kept = [
        (name, value)
        for name, value in headers
        if name.lower() in tool.headers or (body and name.lower() == "content-type")
    ]
    for name, value in kept:
        if _CONTROL.search(value):
            raise BadArguments(f"The header {name} cannot have line ends or control characters.")
    return _stamped(tool.method, url, (*_OWN, *kept), body, credential, now, nonce)


def _stamped(
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    credential: Credential | None,
    now: float,
    nonce: str | None,
) -> ApiCall:
    put = stamp(credential, method, url, now=now, nonce=nonce) if credential else Stamp()
    ours = {name.lower() for name, _ in put.headers}
    kept = tuple(pair for pair in headers if pair[0].lower() not in ours)
    return ApiCall(
        http_method=method,
        url=with_query(url, put.query),
        headers=(*kept, *put.headers),
        body=body,
        secrets=_secrets(credential, put),
    )


def _secrets(credential: Credential | None, put: Stamp) -> frozenset[str]:
    """What must not come back: the credential's secrets, and what was made of them."""
    values = [value for _, value in (*put.headers, *put.query)]
    found = [part for value in values for part in (value, value.rpartition(" ")[2])]
    if isinstance(credential, ApiKey):
        found += [credential.secret, *(part.secret for part in credential.parts)]
    return frozenset(filter(None, found))


def _check_names(tool: ApiTool, arguments: Mapping[str, Any]) -> None:
    unknown = sorted(set(arguments) - tool.arguments)
    if unknown:
        known = ", ".join(sorted(tool.arguments)) or "none"
        raise BadArguments(f"Unknown arguments: {', '.join(unknown)}. Known: {known}.")
    missing = sorted(tool.required - set(arguments))
    if missing:
        raise BadArguments(f"Missing arguments: {', '.join(missing)}.")


def _check_url(url: str, base: str, credential: Credential | None) -> None:
    """See that the request goes to the API and nowhere else; raises RequestRefused."""
    origin = origin_of(base)
    inside = urlsplit(url).path.startswith(f"{urlsplit(base).path.rstrip('/')}/")
    if origin_of(url) != origin or not inside or "\\" in url:
        raise RequestRefused(
            400, "The call would leave the API's address.", "Look at the tool's arguments."
        )
    if credential is not None and credential.origin != origin:
        raise RequestRefused(
            400, f"The account's credential belongs to {credential.origin}, not to this API."
        )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
