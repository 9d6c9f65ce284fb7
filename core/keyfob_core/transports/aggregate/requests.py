"""Requests to the aggregate, and those it makes of them for single servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, Inbound, Outbound, UpstreamRequest
from keyfob_core.transports.carried_headers import POSTED, is_parameter, without_form
from keyfob_core.transports.eras.revisions import (
    CAPABILITIES_KEY,
    HEADER_MISMATCH,
    HEADER_NAMED_BY,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MODERN,
    NAMED_BY,
    UNSUPPORTED_VERSION,
    VERSION_HEADER,
    VERSION_KEY,
    mapping,
    text,
)
from keyfob_core.transports.header_values import header_value

Id = str | int | float
Handle = Callable[[Inbound], AbstractAsyncContextManager[Outbound]]
"""The relay: the answer to one request of a client to one server."""

_POSTED: Headers = (*POSTED, (VERSION_HEADER, MODERN))


class NotServed(Exception):
    """A request that gets one of the protocol's own errors."""

    def __init__(self, code: int, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def status(self) -> int:
        """The HTTP status that goes with it (MCP 2026-07-28, transports)."""
        return {METHOD_NOT_FOUND: 404, INTERNAL_ERROR: 200}.get(self.code, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request to the aggregate: whose it is, and what it wants."""

    inbound: Inbound
    """Whose token, process and conversation each request to a server bears."""
    client: str
    id: Id
    method: str
    params: Mapping[str, Any]
    headers: Headers
    """The client's own, without those that say what the body says."""
    parameters: Headers = ()
    """Its `Mcp-Param-*`."""

    @property
    def meta(self) -> dict[str, Any]:
        """What it says of itself, for requests that are made on its behalf."""
        meta = mapping(self.params.get("_meta"))
        return {key: value for key, value in meta.items() if key != "progressToken"}

    def with_parameters(self, headers: Headers) -> Asked:
        """The same with other `Mcp-Param-*`."""
        return replace(self, parameters=headers)


def asked(request: UpstreamRequest, message: rpc.Message, inbound: Inbound, client: str) -> Asked:
    """Read a request as a server of 2026-07-28 must; raises NotServed."""
    if not message.has_id or message.id is None or message.method is None:
        raise NotServed(INVALID_REQUEST, "This is no request.")
    meta = mapping(message.params.get("_meta"))
    missing = [key for key in (VERSION_KEY, CAPABILITIES_KEY) if key not in meta]
    if missing:
        raise NotServed(INVALID_PARAMS, f"params._meta lacks {' and '.join(missing)}.")
    _check_headers(request, message, meta)
    version = meta[VERSION_KEY]
    if version != MODERN:
        data = {"supported": [MODERN], "requested": version}
        raise NotServed(UNSUPPORTED_VERSION, "Unsupported protocol version", data)
    kept = without_form(request.headers)
    return Asked(
        inbound=inbound,
        client=client,
        id=message.id,
        method=message.method,
        params=message.params,
        headers=tuple(pair for pair in kept if not is_parameter(pair[0])),
        parameters=tuple(pair for pair in kept if is_parameter(pair[0])),
    )


def _check_headers(request: UpstreamRequest, message: rpc.Message, meta: Mapping[str, Any]) -> None:
    """Refuse a request without the headers that have to repeat its body.

    One that says something else was refused before.
    """
    method = message.method or ""
    wanted = {VERSION_HEADER: text(meta[VERSION_KEY]), "Mcp-Method": method}
    if method in NAMED_BY:
        wanted["Mcp-Name"] = text(message.params.get(NAMED_BY[method]))
    for name, value in wanted.items():
        if value is not None and header(request.headers, name) is None:
            raise NotServed(HEADER_MISMATCH, f"The header {name} is missing.")


class Inner:
    """The way to one server: through all that a client's own request to it goes through."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def open(
        self,
        wanted: Asked,
        server: str,
        params: Mapping[str, Any],
        *,
        parameters: Headers = (),
        unasked: bool = False,
    ) -> AbstractAsyncContextManager[Outbound]:
        """Send a request on, with these params and the client's id, and answer as it streams.

        `parameters` are its `Mcp-Param-*`. An `unasked` one ends where a person would have to
        sign in.
        """
        method = wanted.method
        own: list[tuple[str, str]] = [("Mcp-Method", header_value(method))]
        named = text(params.get(HEADER_NAMED_BY[method])) if method in HEADER_NAMED_BY else None
        if named is not None:
            own.append(("Mcp-Name", header_value(named)))
        message = {"jsonrpc": "2.0", "id": wanted.id, "method": method, "params": params}
        return self._handle(
            wanted.inbound._replace(
                http_method="POST",
                server=server,
                headers=(*wanted.headers, *_POSTED, *own, *parameters),
                body=_encoded(message),
                unasked=unasked,
            )
        )


def _encoded(message: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(message, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:
        raise NotServed(INVALID_PARAMS, "A number is too large.") from None
