"""A client's request that waits for an answer, and the answers where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob_core.errors import SignInNeeded, UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.later import Sent
from keyfob_core.transports.eras.messages import Message, error_message
from keyfob_core.transports.eras.revisions import METHOD_NOT_FOUND, NAMED_BY, mapping, text

SILENCE_SECONDS = 10.0
"""After so long a client is shown that its call is alive."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A client's request that waits for an answer."""

    request: UpstreamRequest
    way: Upstream
    message: Message

    @property
    def sent(self) -> Sent:
        """The request and its way, for what is made from them later."""
        return self.request, self.way

    @property
    def id(self) -> object:
        """The id that the answer bears."""
        return self.message.get("id")

    @property
    def method(self) -> str:
        """What is asked for."""
        return text(self.message.get("method")) or ""

    @property
    def params(self) -> Message:
        """Its parameters."""
        return mapping(self.message.get("params"))

    @property
    def meta(self) -> Message:
        """What it says beside them."""
        return mapping(self.params.get("_meta"))

    @property
    def subject(self) -> tuple[str, object]:
        """The method and what it is about: a retry of it has the same."""
        return self.method, self.params.get(NAMED_BY.get(self.method, ""))


def refused_method(message_id: object, method: str) -> Message:
    """The answer to a method that 2026-07-28 does not have."""
    return error_message(message_id, METHOD_NOT_FOUND, f"There is no method {method}.")


def ended() -> UpstreamUnreachable:
    """Why a call fails whose answer has stopped."""
    return UpstreamUnreachable("The server's answer ended before it was complete.", "Call again.")


def refused(status: int) -> SignInNeeded:
    """Why a call fails in the middle of which the server refuses its credential."""
    return SignInNeeded(
        f"The server no longer takes the credential (HTTP {status}).", "Call again."
    )
