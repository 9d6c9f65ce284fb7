"""Answers of our own, where a flow ends before the server's."""

from __future__ import annotations

from collections.abc import Callable

from keyfob_core.answers.elicitation import Elicitations
from keyfob_core.errors import AnswerAwaited, Error, RequestRefused
from keyfob_core.forwarding import Received
from keyfob_core.messages import rpc
from keyfob_core.model import Headers, Outbound, Whole

WaitUrl = Callable[[str], str | None]
"""The address of the page that says what waits under an id; None where none is served."""


class OwnAnswers:
    """Says why a flow ended, in JSON-RPC."""

    def __init__(self, wait_url: WaitUrl, elicitations: Elicitations) -> None:
        self._wait_url = wait_url
        self._elicitations = elicitations

    def refusal(self, request: Received | None, request_id: str, error: Error) -> Outbound:
        """The answer to a request that could not be read, where `request` is None, or not be met.

        A request that is owed an answer gets it with a 200; what is owed none, a status. Where a
        person is awaited whom the client can send to a page, it is asked to.
        """
        body = request.body if request else None
        owed = body is not None and any(message.is_request for message in body.messages)
        status = error.status if isinstance(error, RequestRefused) else 200 if owed else 502
        url = self._page(error)
        if url is not None and request is not None and isinstance(error, AnswerAwaited):
            elicited = self._elicitations.answer(request, request_id, error, url)
            if elicited is not None:
                return _json(200, elicited, error)
        return _json(status, rpc.error_body(error, body, request_id, url), error)

    def _page(self, error: Error) -> str | None:
        wait_id = error.wait_id if isinstance(error, AnswerAwaited) else ""
        return self._wait_url(wait_id) if wait_id else None


def _json(status: int, data: bytes, error: Error) -> Outbound:
    headers: Headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(data))),
    )
    if isinstance(error, RequestRefused) and error.retry_after is not None:
        headers = (*headers, ("Retry-After", str(error.retry_after)))
    return Outbound(status=status, headers=headers, body=Whole(data), refusal=error)
