"""Requests that are made for a client's request: its stamps, another era's form."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from keyfob_core.accounts.credentials import is_bound, stamp
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock
from keyfob_core.transports.carried_headers import POSTED, is_parameter, without_form
from keyfob_core.transports.eras.messages import Message, empty_answer, encoded
from keyfob_core.transports.eras.revisions import (
    HEADER_NAMED_BY,
    MODERN,
    SESSION_HEADER,
    VERSION_HEADER,
    mapping,
    text,
)
from keyfob_core.transports.header_values import header_value


class Challenged(Exception):
    """A server refuses the credential of a request that was made for a client's.

    Carries what the relay needs to renew the credential and to try again.
    """

    def __init__(self, status: int, headers: Headers) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers

    def answer(self) -> UpstreamResponse:
        """The refusal, as if the client's own request had met it."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in _OF_A_BODY)
        return empty_answer(self.status, kept)


class SessionLost(Exception):
    """The server does not know the session any more; what was sent was not carried out."""


_OF_A_BODY = frozenset({"content-length", "content-type", "transfer-encoding"})


def check_credential(response: UpstreamResponse) -> None:
    """Raise Challenged where the server refuses the credential."""
    if response.status in (401, 403):
        raise Challenged(response.status, response.headers)


class Requests:
    """Makes the requests of either era from the one in hand."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def handshake(
        self,
        request: UpstreamRequest,
        message: Message,
        session: str | None = None,
        version: str | None = None,
    ) -> UpstreamRequest:
        """A message as servers of the handshake eras take it."""
        proven = self._proven(request, "POST")
        return proven._replace(
            http_method="POST",
            headers=(*_kept(proven), *POSTED, *_session(session, version)),
            body=encoded(message),
            method=text(message.get("method")),
            revision=version,
        )

    def bodiless(
        self,
        http_method: str,
        request: UpstreamRequest,
        session: str | None,
        version: str | None,
        last_event: str | None = None,
    ) -> UpstreamRequest:
        """A GET for the stream of a handshake session, or the DELETE that ends one."""
        own: Headers = (("Accept", "text/event-stream"),) if http_method == "GET" else ()
        if last_event is not None:
            own += (("Last-Event-ID", last_event),)
        proven = self._proven(request, http_method)
        return proven._replace(
            http_method=http_method,
            headers=(*_kept(proven), *own, *_session(session, version)),
            body=b"",
            method=None,
            revision=version,
        )

    def modern(
        self, request: UpstreamRequest, message: Message, extra: Headers = ()
    ) -> UpstreamRequest:
        """A message as servers since 2026-07-28 take it; `extra` are its `Mcp-Param-*`."""
        method = text(message.get("method")) or ""
        params = mapping(message.get("params"))
        named = text(params.get(HEADER_NAMED_BY[method])) if method in HEADER_NAMED_BY else None
        own: list[tuple[str, str]] = [(VERSION_HEADER, MODERN), ("Mcp-Method", method)]
        if named is not None:
            own.append(("Mcp-Name", header_value(named)))
        proven = self._proven(request, "POST")
        return proven._replace(
            http_method="POST",
            headers=(*_kept(proven), *POSTED, *own, *extra),
            body=encoded(message),
            method=method,
            revision=MODERN,
        )

    def _proven(self, request: UpstreamRequest, http_method: str) -> UpstreamRequest:
        """The request with a proof of its own: each is good for one request (RFC 9449, 4.3)."""
        credential = request.credential
        if credential is None or not is_bound(credential):
            return request
        proven = stamp(
            credential,
            http_method,
            request.url,
            now=self._clock(),
            nonce=_nonce(header(request.headers, "dpop") or ""),
        )
        names = {name.lower() for name, _ in proven.headers}
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in names)
        return request._replace(headers=(*kept, *proven.headers))


def _kept(request: UpstreamRequest) -> Headers:
    return tuple(pair for pair in without_form(request.headers) if not is_parameter(pair[0]))


def _session(session: str | None, version: str | None) -> Headers:
    found: Headers = ()
    if session is not None:
        found += ((SESSION_HEADER, session),)
    if version is not None:
        found += ((VERSION_HEADER, header_value(version)),)
    return found


def _nonce(proof: str) -> str | None:
    """The server's nonce, as the relay has put it into the proof in hand."""
    claims: Mapping[str, object] = {}
    try:
        payload = proof.split(".")[1]
        claims = mapping(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, binascii.Error, ValueError):
        return None
    return text(claims.get("nonce"))
