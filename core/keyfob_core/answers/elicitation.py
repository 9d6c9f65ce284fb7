"""Sending a person to the page of a question through their client (MCP, elicitation by URL)."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from keyfob_core.errors import AnswerAwaited
from keyfob_core.forwarding import SESSION_HEADER, Received
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers
from keyfob_core.sessions.upstream_sessions import session_digest

URL_ELICITATION_REQUIRED = -32042
"""MCP 2025-11-25 alone."""
MAX_CONVERSATIONS = 1000
_WITH_ERROR = "2025-11-25"
_WITH_INPUT = frozenset({"tools/call", "prompts/get", "resources/read"})
"""What may be answered with `input_required` (MCP 2026-07-28, multi round-trip requests)."""
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_STATE = "requestState"
_RESPONSES = "inputResponses"
_OURS = "keyfob-wait:"
_KEY = "keyfob"


class Elicitations:
    """Remembers which conversations of the handshake eras can send a person to a page."""

    def __init__(self) -> None:
        self._able: OrderedDict[str, None] = OrderedDict()

    def heard(self, request: Received, answered: Headers) -> None:
        """Note what an `initialize` says of its client, under the session that answers it."""
        message = request.body.messages[0] if request.body else None
        if message is None or message.method != "initialize":
            return
        conversation = request.inbound.connection_id or _name(header(answered, SESSION_HEADER))
        if conversation is None:
            return
        self._able.pop(conversation, None)
        if _goes_to_pages(_mapping(message.params.get("capabilities"))):
            self._able[conversation] = None
            if len(self._able) > MAX_CONVERSATIONS:
                self._able.popitem(last=False)

    def answer(
        self, request: Received, request_id: str, error: AnswerAwaited, url: str
    ) -> bytes | None:
        """The answer that sends a person to `url`; None where the client cannot do that.

        A call that is already in the middle of another server's questions is not sent anywhere:
        its answers to those would be lost on the way.
        """
        body = request.body
        if body is None or body.is_batch or not body.messages[0].is_request or request.declined:
            return None
        message = body.messages[0]
        if rpc.MODERN_META in _mapping(message.params.get("_meta")):
            return _input_required(message, error, url) if _takes_input(message) else None
        conversation = request.inbound.connection_id or _name(request.session)
        if request.revision != _WITH_ERROR or conversation not in self._able:
            return None
        self._able.move_to_end(conversation)
        elicitation = {
            "mode": "url",
            "elicitationId": error.wait_id,
            "url": url,
            "message": error.message,
        }
        answer = json.loads(rpc.error_body(error, body, request_id, url))
        answer["error"]["code"] = URL_ELICITATION_REQUIRED
        answer["error"]["data"]["elicitations"] = [elicitation]
        return json.dumps(answer, ensure_ascii=False).encode(errors="replace")


def answers_ours(body: rpc.Body) -> bool:
    """Whether a call comes again after we had sent its person to a page."""
    state: object = body.messages[0].params.get(_STATE)
    return isinstance(state, str) and state.startswith(_OURS) and not body.is_batch


def declined(body: rpc.Body) -> bool:
    """Whether the person did not want to be sent there."""
    responses = _mapping(body.messages[0].params.get(_RESPONSES))
    return _mapping(responses.get(_KEY)).get("action") in ("decline", "cancel")


def without_answer(data: bytes) -> bytes:
    """The call as it was before we had asked for anything.

    This is the one place where the transparent path changes a body (invariant 15): `requestState`
    and `inputResponses` answer a question that was ours, and the server, which never asked it,
    would have to refuse them. All other bytes stay as they are.
    """
    text = data.decode()
    for name in (_STATE, _RESPONSES):
        start = text.index("{")
        params = next(one for one in _members(text, start) if one.key == "params")
        text = _cut(text, params.value, name)
    return text.encode()


def _input_required(message: rpc.Message, error: AnswerAwaited, url: str) -> bytes:
    asked = {
        "method": "elicitation/create",
        "params": {"mode": "url", "message": error.message, "url": url},
    }
    result = {
        "resultType": "input_required",
        "inputRequests": {_KEY: asked},
        _STATE: f"{_OURS}{error.wait_id}",
    }
    answer = {"jsonrpc": "2.0", "id": message.id, "result": result}
    return json.dumps(answer, ensure_ascii=False).encode(errors="replace")


def _takes_input(message: rpc.Message) -> bool:
    params = message.params
    if message.method not in _WITH_INPUT or _STATE in params or _RESPONSES in params:
        return False
    return _goes_to_pages(_mapping(_mapping(params.get("_meta")).get(_CAPABILITIES)))


def _goes_to_pages(capabilities: Mapping[str, Any]) -> bool:
    return isinstance(_mapping(capabilities.get("elicitation")).get("url"), dict)


def _name(session: str | None) -> str | None:
    return session_digest(session) if session is not None else None


class _Member(NamedTuple):
    key: str
    begin: int
    value: int
    end: int


_read = json.JSONDecoder().raw_decode


def _members(text: str, start: int) -> Iterator[_Member]:
    """The members of the JSON object that begins at `start`, by where they stand."""
    at = _past_space(text, start + 1)
    while text[at] != "}":
        begin = at
        key, at = _read(text, at)
        value = _past_space(text, _past_space(text, at) + 1)
        _, end = _read(text, value)
        yield _Member(str(key), begin, value, end)
        at = _past_space(text, end)
        if text[at] == ",":
            at = _past_space(text, at + 1)


def _cut(text: str, start: int, name: str) -> str:
    """The text without one member of the object at `start`, and its comma."""
    members = list(_members(text, start))
    for index, one in enumerate(members):
        if one.key != name:
            continue
        if index + 1 < len(members):
            return text[: one.begin] + text[members[index + 1].begin :]
        return text[: members[index - 1].end if index else one.begin] + text[one.end :]
    return text


def _past_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
