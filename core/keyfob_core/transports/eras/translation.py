"""What the eras say in different words: results, errors, capabilities, questions to the client."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from keyfob_core.transports.eras.messages import Message, error_message, result_message
from keyfob_core.transports.eras.revisions import (
    HANDSHAKES,
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    LATEST_HANDSHAKE,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    MODERN,
    RESOURCE_NOT_FOUND,
    SERVER_KEY,
    UNSUPPORTED_VERSION,
    listing,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import (
    OFFERED,
    offers_tasks,
    takes_task_calls,
    unrelated,
    with_tasks,
)

CACHED = frozenset(
    {
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    }
)
"""Methods whose results must say how long they are good (SEP-2549)."""

VISITED = "visited"
"""The state of a call that was refused until an address is opened: it is made once more then."""

_WITH_ADDRESSES: Mapping[str, Any] = {"requiredCapabilities": {"elicitation": {"url": {}}}}
_OF_MODERN_RESULTS = ("resultType", "ttlMs", "cacheScope")
_ASKING = {
    "sampling/createMessage": "sampling",
    "elicitation/create": "elicitation",
    "roots/list": "roots",
}
_CLIENT_CAPABILITIES = ("sampling", "elicitation", "roots", "experimental")
_SERVER_CAPABILITIES = ("tools", "prompts", "resources", "completions", "logging", "experimental")
_HANDSHAKE_CODES = {
    HEADER_MISMATCH: INTERNAL_ERROR,
    MISSING_CAPABILITY: INVALID_PARAMS,
    UNSUPPORTED_VERSION: INVALID_PARAMS,
}


def modern_answer(message: Message, message_id: object, method: str, server: object) -> Message:
    """A handshake server's response as a modern client's, under the client's own id."""
    if "error" in message:
        error = mapping(message["error"])
        code = INVALID_PARAMS if error.get("code") == RESOURCE_NOT_FOUND else error.get("code")
        return {"jsonrpc": "2.0", "id": message_id, "error": {**error, "code": code}}
    return result_message(message_id, modern_result(method, mapping(message.get("result")), server))


def modern_result(method: str, result: Mapping[str, Any], server: object) -> dict[str, Any]:
    """A handshake server's result with what 2026-07-28 asks of one.

    Its freshness is none: a handshake client asks again whenever it wants to know.
    """
    filled: dict[str, Any] = {"resultType": "complete", **result}
    if method in CACHED:
        filled = {"ttlMs": 0, "cacheScope": "private", **filled}
    if server:
        filled["_meta"] = {SERVER_KEY: server, **mapping(result.get("_meta"))}
    return filled


def visits(
    message_id: object, error: Mapping[str, Any], capabilities: Mapping[str, Any]
) -> Message:
    """The error of 2025-11-25 that wants addresses opened first, as questions to the client."""
    data = mapping(error.get("data"))
    asked = [mapping(one) for one in listing(data.get("elicitations"))]
    method = "elicitation/create"
    if not asked or not all(may_be_asked(capabilities, method, one) for one in asked):
        said = text(error.get("message")) or "The server wants an address to be opened."
        return error_message(message_id, MISSING_CAPABILITY, said, _WITH_ADDRESSES)
    questions = {
        f"input-{count}": modern_question(method, one) for count, one in enumerate(asked, 1)
    }
    result = {"resultType": "input_required", "inputRequests": questions, "requestState": VISITED}
    return result_message(message_id, result)


def modern_status(message: Message) -> int:
    """The HTTP status that a modern response has."""
    code = mapping(message.get("error")).get("code")
    if code == METHOD_NOT_FOUND:
        return 404
    return 400 if code in (HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION) else 200


def discovered(initialized: Mapping[str, Any]) -> dict[str, Any]:
    """A handshake server's description of itself, as `server/discover` answers it."""
    offered = mapping(initialized.get("capabilities"))
    capabilities = _of(offered, _SERVER_CAPABILITIES)
    if takes_task_calls(offered):
        capabilities = with_tasks(capabilities)
    result: dict[str, Any] = {"supportedVersions": [MODERN], "capabilities": capabilities}
    if isinstance(initialized.get("instructions"), str):
        result["instructions"] = initialized["instructions"]
    return modern_result("server/discover", result, initialized.get("serverInfo"))


def initialized(discovered: Mapping[str, Any], version: str, server: str) -> dict[str, Any]:
    """A modern server's description of itself, as `initialize` answers it.

    `server` is the name it goes by where it does not say one.
    """
    info = mapping(mapping(discovered.get("_meta")).get(SERVER_KEY))
    offered = mapping(discovered.get("capabilities"))
    capabilities = _of(offered, _SERVER_CAPABILITIES)
    if offers_tasks(offered, version):
        capabilities["tasks"] = OFFERED
    result: dict[str, Any] = {
        "protocolVersion": version,
        "capabilities": capabilities,
        "serverInfo": {"name": server or "server", "version": "", **info},
    }
    if isinstance(discovered.get("instructions"), str):
        result["instructions"] = discovered["instructions"]
    return result


def agreed_version(asked: object) -> str:
    """The revision that a handshake client is served in."""
    return asked if isinstance(asked, str) and asked in HANDSHAKES else LATEST_HANDSHAKE


def handshake_client(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """A modern client's capabilities, as `initialize` says them."""
    found = _of(capabilities, _CLIENT_CAPABILITIES)
    if "roots" in found:
        # No notice of a change reaches us from a modern client.
        found["roots"] = {}
    return found


def modern_client(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """A handshake client's capabilities, as each modern request says them."""
    found = _of(capabilities, _CLIENT_CAPABILITIES)
    if "roots" in found:
        found["roots"] = {}
    elicitation = mapping(found.get("elicitation"))
    if "elicitation" in found and not elicitation:
        # Before 2025-11-25 there were forms alone, and nobody said so.
        found["elicitation"] = {"form": {}}
    return found


def may_be_asked(capabilities: Mapping[str, Any], method: str, params: Mapping[str, Any]) -> bool:
    """Whether a client has said that it answers such a question."""
    name = _ASKING.get(method)
    if name is None or name not in capabilities:
        return False
    modes = mapping(capabilities[name])
    return params.get("mode") != "url" or name != "elicitation" or "url" in modes


def modern_question(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A handshake server's request to the client, as an `inputRequests` entry."""
    kept = unrelated(params)
    kept = {key: value for key, value in kept.items() if key not in ("elicitationId", "task")}
    meta = {k: v for k, v in mapping(kept.pop("_meta", None)).items() if k != "progressToken"}
    if meta:
        kept["_meta"] = meta
    question: dict[str, Any] = {"method": method}
    if kept or method != "roots/list":
        question["params"] = kept
    return question


def handshake_question(
    message_id: str, method: str, params: Mapping[str, Any], version: str
) -> Message:
    """An `inputRequests` entry as a request to a handshake client of that revision."""
    asked = dict(params)
    if method == "elicitation/create" and asked.get("mode") == "url":
        asked["elicitationId"] = secrets.token_hex(8)
    elif version != LATEST_HANDSHAKE:
        asked.pop("mode", None)
        if "messages" in asked:
            asked["messages"] = [_of_one_piece(mapping(one)) for one in listing(asked["messages"])]
    question: Message = {"jsonrpc": "2.0", "id": message_id, "method": method}
    if asked:
        question["params"] = asked
    return question


def handshake_response(method: object, response: object, version: str | None) -> dict[str, Any]:
    """A modern client's answer to a question, as a server of that revision takes it."""
    answer = mapping(response)
    if method == "sampling/createMessage" and version != LATEST_HANDSHAKE:
        answer = _of_one_piece(answer)
    return answer


def handshake_answer(
    message: Message, message_id: object, method: str, params: Mapping[str, Any], version: str
) -> Message:
    """A modern server's response as a handshake client of that revision takes it.

    Unknown fields do no harm to the clients of old; what goes is what some of them choke on.
    """
    if "error" in message:
        code, said, data = _handshake_error(mapping(message["error"]), method, params)
        return error_message(message_id, code, said, data)
    result = mapping(message.get("result"))
    kept = {key: value for key, value in result.items() if key not in _OF_MODERN_RESULTS}
    if method == "tools/list":
        kept["tools"] = [_tool(tool) for tool in listing(kept.get("tools"))]
    if method == "tools/call":
        kept["content"] = [_content(one, version) for one in listing(kept.get("content"))]
        if not isinstance(kept.get("structuredContent"), dict):
            kept.pop("structuredContent", None)
    if method == "prompts/get":
        kept["messages"] = [_prompted(one, version) for one in listing(kept.get("messages"))]
    return result_message(message_id, kept)


def _handshake_error(
    error: Mapping[str, Any], method: str, params: Mapping[str, Any]
) -> tuple[int, str, object]:
    code, data = error.get("code"), error.get("data")
    code = code if isinstance(code, int) else INTERNAL_ERROR
    missing = mapping(data).get("uri") == params.get("uri") and "uri" in params
    if method == "resources/read" and code == INVALID_PARAMS and missing:
        code = RESOURCE_NOT_FOUND
    return _HANDSHAKE_CODES.get(code, code), text(error.get("message")) or "", data


def _tool(tool: object) -> object:
    """A tool whose output is described as an object: until 2025-11-25 it could be nothing else."""
    fields = mapping(tool)
    schema = mapping(fields.get("outputSchema"))
    if "outputSchema" not in fields or schema.get("type") == "object":
        return tool
    return {key: value for key, value in fields.items() if key != "outputSchema"}


def _prompted(message: object, version: str) -> object:
    fields = mapping(message)
    return {**fields, "content": _content(fields.get("content"), version)} if fields else message


def _content(content: object, version: str) -> object:
    """A piece of content in the forms that the revision knows."""
    fields = mapping(content)
    kind = fields.get("type")
    if kind == "resource_link" and version in ("2024-11-05", "2025-03-26"):
        name, uri = fields.get("title") or fields.get("name"), fields.get("uri")
        return {"type": "text", "text": f"{name}: {uri}" if name else str(uri)}
    if kind == "audio" and version == "2024-11-05":
        resource = {"uri": "audio:", "mimeType": fields.get("mimeType"), "blob": fields.get("data")}
        return {"type": "resource", "resource": resource}
    return content


def _of_one_piece(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of sampling with its content by itself: before 2025-11-25 it was no list."""
    content = listing(message.get("content"))
    return {**message, "content": content[0]} if len(content) == 1 else dict(message)


def _of(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of these names; what goes by another name, the other era does not know."""
    return {name: fields[name] for name in names if fields.get(name) is not None}
