"""JSON-RPC as far as the relay must understand it: what a body asks for, and our own answers."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import Any, NamedTuple, cast

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.model import Claims, Headers
from keyfob_core.tuples import made

HEADER_MISMATCH = -32020
"""MCP 2026-07-28: a header says something else than the body."""
PARSE_ERROR = -32700
INVALID_REQUEST = -32600

MAX_BATCH = 100
"""Each member of a batch is judged and recorded by itself."""

MODERN_META = "io.modelcontextprotocol/protocolVersion"

_CALL = "tools/call"
_LIST = "tools/list"
_NAMED_BY = {_CALL: "name", "prompts/get": "name", "resources/read": "uri"}

PROTOCOL_METHODS = frozenset(
    {
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "completion/complete",
        "logging/setLevel",
        "subscriptions/listen",
    }
)
"""Methods that read a server's own description; every other request is judged like a tool."""


_OF_A_TASK = frozenset({"tasks/get", "tasks/result", "tasks/update", "tasks/cancel"})
"""What follows a call that was judged, by the id of its task, which only its caller was told.

A list of tasks could tell of others' and is judged.
"""


class Message(NamedTuple):
    """One JSON-RPC message of a body."""

    method: str | None
    """None for a response."""
    id: str | int | float | None
    has_id: bool
    params: Mapping[str, Any]
    tool: str | None
    """What the rules judge: a tool's name, or the name of another method that acts.

    A call without an id is judged as well: a careless server would carry it out.
    """

    @property
    def is_request(self) -> bool:
        """Whether an answer is owed."""
        return self.method is not None and self.has_id

    @property
    def task(self) -> str | None:
        """The task that the request follows, if it follows one."""
        return _text(self.params.get("taskId")) if self.method in _OF_A_TASK else None

    @property
    def progress_token(self) -> str | int | None:
        """By what the client knows the progress of this request, if it wants to be told."""
        token: object = _mapping(self.params.get("_meta")).get("progressToken")
        return token if isinstance(token, str | int) and not isinstance(token, bool) else None

    @property
    def arguments(self) -> object:
        """What a person is shown before they decide."""
        if self.method == _CALL:
            return self.params.get("arguments", {})
        return {key: value for key, value in self.params.items() if key != "_meta"}


class Body(NamedTuple):
    """A parsed request body: one message, or a batch (2025-03-26)."""

    messages: tuple[Message, ...]
    is_batch: bool
    calls: tuple[Message, ...]
    """The messages that are judged, which the audit names one by one; else the first.

    The first of these names the request in prompts and in the audit.
    """
    tools: tuple[str, ...]
    """What is called by `tools/call`."""
    lists_tools: bool
    """Whether it asks for a list of tools."""
    revision: str | None
    """The protocol revision that the first message names itself (MCP 2026-07-28)."""

    @property
    def owed(self) -> list[str | int | float | None]:
        """The ids of the messages that an answer is owed to."""
        return [message.id for message in self.messages if message.is_request]


def parse_body(data: bytes) -> Body:
    """Read a body once, to decide.

    Raises RequestRefused for what is no JSON-RPC, and for duplicate keys: two readers of one
    body must not see two different calls.
    """
    try:
        value = _decode(data.removeprefix(_BYTE_ORDER_MARK).decode())
    except (ValueError, RecursionError) as error:
        duplicate = isinstance(error, _DuplicateKey)
        message = "The body has a key twice." if duplicate else "The body is not JSON."
        raise RequestRefused(
            400,
            message,
            "Send one JSON-RPC message.",
            rpc_code=PARSE_ERROR,
            rule="duplicate-key" if duplicate else "json",
        ) from None
    if isinstance(value, list):
        return _batch(cast("list[object]", value))
    message = _message(value)
    tool = message.tool
    tools = (tool,) if tool is not None and message.method == _CALL else ()
    lists = message.method == _LIST
    revision = _said_revision(message)
    return made(Body, ((message,), False, (message,), tools, lists, revision))


def _batch(members: list[object]) -> Body:
    if not members:
        raise _invalid("An empty batch.")
    if len(members) > MAX_BATCH:
        raise _invalid(f"A batch of more than {MAX_BATCH} messages.")
    messages = tuple([_message(member) for member in members])
    judged = tuple([one for one in messages if one.tool is not None])
    tools = tuple([one.tool for one in judged if one.method == _CALL and one.tool is not None])
    lists = any(one.method == _LIST for one in messages)
    return Body(messages, True, judged or messages[:1], tools, lists, _said_revision(messages[0]))


def check_headers(headers: Mapping[str, str], body: Body) -> None:
    """Refuse headers that say something else than the body (MCP 2026-07-28, transports).

    `headers` has lower-case names. `Mcp-Param-*` passes unread: which argument one repeats only
    the tool's schema says, nothing here is decided by it, and the server has to check it.
    """
    for header, said_in in _SAID_IN.items():
        value = headers.get(header)
        if value is None:
            continue
        for message in body.messages:
            said = said_in(message)
            if said is not None and _decoded(value) != said:
                raise RequestRefused(
                    400,
                    f"The header {header} disagrees with the body.",
                    "Update the client.",
                    rpc_code=HEADER_MISMATCH,
                    rule="header-mismatch",
                )


def claims(headers: Mapping[str, str], body: Body | None) -> Claims:
    """What the client says of itself, from clientInfo and User-Agent."""
    info: Mapping[str, Any] = {}
    for message in body.messages if body else ():
        params = message.params
        if "clientInfo" in params or "_meta" in params:
            info = _mapping(params.get("clientInfo")) or _mapping(
                _mapping(params.get("_meta")).get("io.modelcontextprotocol/clientInfo")
            )
    if not info:
        return _claims(None, None, headers.get("user-agent"))
    name, version = _text(info.get("name")), _text(info.get("version"))
    short = len(name or "") + len(version or "") < _SHORT
    return (_claims if short else Claims)(name, version, headers.get("user-agent"))


_SHORT = 200


@lru_cache(maxsize=64)
def _claims(name: str | None, version: str | None, user_agent: str | None) -> Claims:
    return Claims(name, version, user_agent)


def error_body(error: Error, body: Body | None, request_id: str, wait_url: str | None) -> bytes:
    """Our error as JSON-RPC, one for each request of the body."""
    code = error.wire_code if isinstance(error, RequestRefused) else error.rpc_code
    data: dict[str, str] = {"code": error.code}
    if request_id:
        data["request_id"] = request_id
    if error.hint:
        data["hint"] = error.hint
    text = str(error)
    if wait_url is not None:
        data["wait_url"] = wait_url
        text = f"{text} {wait_url}"
    payload = {"code": code, "message": text, "data": data}
    owed = [m for m in body.messages if m.is_request] if body else []
    answers: list[dict[str, object]] = [
        {"jsonrpc": "2.0", "id": message.id, "error": payload} for message in owed
    ]
    if not answers:
        answers = [{"jsonrpc": "2.0", "id": None, "error": payload}]
    whole: object = answers if body is not None and body.is_batch and owed else answers[0]
    return json.dumps(whole, ensure_ascii=False).encode(errors="replace")


def lower_names(headers: Headers) -> dict[str, str]:
    """Headers by lower-case name; the relay refuses a repeated one where it matters."""
    found = {name.lower(): value for name, value in headers}
    if len(found) < len(headers):
        names = [name.lower() for name, _ in headers]
        for key in _SINGLE:
            if names.count(key) > 1:
                raise RequestRefused(
                    400, f"The header {key} stands twice.", "Send it once.", rule="header-twice"
                )
    return found


_ENVELOPE = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
_PARAMS = frozenset({"name", "arguments", "uri", "_meta"})
_SINGLE = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
        "last-event-id",
    }
)


# Made once: `str | None` would be made anew at each use.
_TEXT = (str, NoneType)
_ID = (str, int, float, NoneType)


class _DuplicateKey(ValueError):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKey
    return found


def _no_constant(name: str) -> float:
    raise ValueError(name)


# Made once: json.loads would make a decoder for each body.
_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
_SPACE = " \t\n\r"
_BYTE_ORDER_MARK = codecs.BOM_UTF8


def _decode(text: str) -> object:
    """The value that is the whole text; raises ValueError."""
    text = text.strip(_SPACE)
    value, end = _decoder.raw_decode(text)
    if end != len(text):
        raise ValueError("more than one value")
    return value


def _check_spelling(fields: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse a known key in another spelling: to some servers, `Method` is the method."""
    for key in fields:
        if key not in known and key.casefold() in known:
            raise _invalid(f"The key {key.casefold()} is spelled in capitals.")


def _message(member: object) -> Message:
    if not isinstance(member, dict):
        raise _invalid("A message must be an object.")
    fields = cast("dict[str, Any]", member)
    if not _ENVELOPE.issuperset(fields):
        _check_spelling(fields, _ENVELOPE)
    method, message_id = fields.get("method"), fields.get("id")
    if fields.get("jsonrpc") != "2.0" or not isinstance(method, _TEXT):
        raise _invalid("The message is not JSON-RPC 2.0.")
    if isinstance(message_id, bool) or not isinstance(message_id, _ID):
        raise _invalid("The id of a message must be a text or a number.")
    if isinstance(message_id, float) and not isfinite(message_id):
        raise _invalid("The id of a message is too large.")
    if method is None and not ("result" in fields or "error" in fields):
        raise _invalid("The message has neither a method nor a result.")
    params = _mapping(fields.get("params"))
    if method in _NAMED_BY and not _PARAMS.issuperset(params):
        _check_spelling(params, _PARAMS)
    tool = _tool(method, params)
    return made(Message, (method, message_id, message_id is not None, params, tool))


def _tool(method: str | None, params: Mapping[str, Any]) -> str | None:
    if method == _CALL:
        name = params.get("name")
        if not isinstance(name, str):
            raise _invalid("tools/call names no tool.")
        return name
    if method is None or method in PROTOCOL_METHODS or method in _OF_A_TASK:
        return None
    return None if method.startswith("notifications/") else method


def _invalid(message: str) -> RequestRefused:
    hint = "Send JSON-RPC 2.0."
    return RequestRefused(400, message, hint, rpc_code=INVALID_REQUEST, rule="json-rpc")


def _said_name(message: Message) -> str | None:
    key = _NAMED_BY.get(message.method or "")
    return _text(message.params.get(key)) if key else None


def _said_revision(message: Message) -> str | None:
    meta: object = message.params.get("_meta")
    return _text(_mapping(meta).get(MODERN_META)) if meta else None


_SAID_IN: Mapping[str, Callable[[Message], str | None]] = {
    "mcp-method": lambda message: message.method,
    "mcp-name": _said_name,
    "mcp-protocol-version": _said_revision,
}
"""Where a body says what a header says as well."""


def _decoded(value: str) -> str:
    if value.startswith("=?base64?") and value.endswith("?="):
        try:
            return base64.b64decode(value[9:-2], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return value
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
