"""Answers of our own, where a flow ends before the server's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from keyfob_core import rpc
from keyfob_core.errors import AnswerAwaited, Error, RequestRefused
from keyfob_core.forwarding import Received
from keyfob_core.model import Headers, Outbound

WaitUrl = Callable[[str], str | None]
"""The address of the page that says what waits under an id; None where none is served."""


class OwnAnswers:
    """Says why a flow ended, in JSON-RPC."""

    def __init__(self, wait_url: WaitUrl) -> None:
        self._wait_url = wait_url

    def refusal(self, request: Received | None, request_id: str, error: Error) -> Outbound:
        """The answer to a request that could not be read, where `request` is None, or not be met.

        A request that is owed an answer gets it with a 200; what is owed none, a status.
        """
        body = request.body if request else None
        owed = body is not None and any(message.is_request for message in body.messages)
        status = error.status if isinstance(error, RequestRefused) else 200 if owed else 502
        wait_id = error.wait_id if isinstance(error, AnswerAwaited) else None
        url = self._wait_url(wait_id) if wait_id else None
        return _json(status, rpc.error_body(error, body, request_id, url))


def _json(status: int, data: bytes) -> Outbound:
    headers: Headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(data))),
    )
    return Outbound(status=status, headers=headers, body=_once(data))


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
