"""Tasks as 2025-11-25 has them, and as the extension of 2026-07-28 does (SEP-2663)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob_core.transports.eras.messages import Message, error_message
from keyfob_core.transports.eras.revisions import (
    INTERNAL_ERROR,
    MISSING_CAPABILITY,
    RELATED_TASK_KEY,
    listing,
    mapping,
    text,
)

EXTENSION = "io.modelcontextprotocol/tasks"

TOLD = "notifications/tasks"
"""What one who listens for a task is told: all that asking for it would tell (SEP-2663)."""
STATUS_TOLD = "notifications/tasks/status"
"""The same before (MCP 2025-11-25, tasks)."""

_EXTENSIONS: Mapping[str, Any] = {"extensions": {EXTENSION: {}}}
_NAMES = {"ttl": "ttlMs", "pollInterval": "pollIntervalMs"}
_ENDED = ("completed", "failed")


def takes_task_calls(server: Mapping[str, Any]) -> bool:
    """Whether a server of 2025-11-25 says that a tool call may become a task."""
    requests = mapping(mapping(server.get("tasks")).get("requests"))
    return "call" in mapping(requests.get("tools"))


def declares_tasks(capabilities: Mapping[str, Any]) -> bool:
    """Whether a client or server of 2026-07-28 says that it knows of tasks."""
    return EXTENSION in mapping(capabilities.get("extensions"))


def with_tasks(capabilities: Mapping[str, Any]) -> Message:
    """The same capabilities of 2026-07-28, and tasks."""
    return {
        **capabilities,
        "extensions": {**mapping(capabilities.get("extensions")), EXTENSION: {}},
    }


def wants_tasks(answer: Mapping[str, Any]) -> bool:
    """Whether a server of 2026-07-28 refuses a call for this one capability (-32021)."""
    error = mapping(answer.get("error"))
    required = mapping(mapping(error.get("data")).get("requiredCapabilities"))
    return (
        error.get("code") == MISSING_CAPABILITY
        and set(required) == {"extensions"}
        and (set(mapping(required["extensions"])) == {EXTENSION})
    )


def wanted_tasks(params: Mapping[str, Any]) -> list[str]:
    """The tasks that a `subscriptions/listen` asks to be told of."""
    wanted = listing(mapping(params.get("notifications")).get("taskIds"))
    return list(dict.fromkeys(one for one in wanted if isinstance(one, str)))


def undeclared(message_id: object) -> Message:
    """The refusal of a request about tasks by a client that has not said it knows of them."""
    said = f"Declare {EXTENSION} in the request's clientCapabilities.extensions."
    data = {"requiredCapabilities": _EXTENSIONS}
    return error_message(message_id, MISSING_CAPABILITY, said, data)


def created_task(result: Mapping[str, Any]) -> Message:
    """The task that a server of 2025-11-25 has begun instead of an answer; empty for an answer."""
    task = mapping(result.get("task"))
    return task if text(task.get("taskId")) else {}


def modern_task(task: Mapping[str, Any]) -> Message:
    """A task of 2025-11-25 in the extension's words."""
    told = {_NAMES.get(name, name): value for name, value in task.items() if name != "_meta"}
    return {"ttlMs": None, **told}


def has_ended(task: Mapping[str, Any]) -> bool:
    """Whether a task's result can be had."""
    return task.get("status") in _ENDED


def ended_task(task: Mapping[str, Any], answer: Mapping[str, Any]) -> Message:
    """A task of 2025-11-25 that has ended, with what `tasks/result` answered.

    There a tool's own error is a failure as well; the extension has it for errors of JSON-RPC.
    """
    told = modern_task(task)
    if "error" in answer:
        return {**told, "status": "failed", "error": answer["error"]}
    return {**told, "status": "completed", "result": unrelated(mapping(answer.get("result")))}


def answer_of_task(task: Mapping[str, Any], message_id: object) -> Message:
    """The answer to the call that a task of 2026-07-28, which has ended, stands for."""
    status = task.get("status")
    if status == "completed":
        result = {"resultType": "complete", **mapping(task.get("result"))}
        return {"jsonrpc": "2.0", "id": message_id, "result": result}
    if status == "failed" and mapping(task.get("error")):
        return {"jsonrpc": "2.0", "id": message_id, "error": task["error"]}
    said = text(task.get("statusMessage")) or f"The server ended its task as {status}."
    return error_message(message_id, INTERNAL_ERROR, said)


def unrelated(fields: Mapping[str, Any]) -> Message:
    """A result, or a question's params, without the mark of the task that it belongs to."""
    meta = {k: v for k, v in mapping(fields.get("_meta")).items() if k != RELATED_TASK_KEY}
    kept = {name: value for name, value in fields.items() if name != "_meta"}
    return {**kept, "_meta": meta} if meta else kept


def related_task(params: Mapping[str, Any]) -> str | None:
    """The task that a message of 2025-11-25 belongs to."""
    return text(mapping(mapping(params.get("_meta")).get(RELATED_TASK_KEY)).get("taskId"))


def of_task(result: Mapping[str, Any], task_id: str | None) -> Message:
    """An answer to a question, with the mark of its task where it has one."""
    if task_id is None:
        return dict(result)
    meta = {**mapping(result.get("_meta")), RELATED_TASK_KEY: {"taskId": task_id}}
    return {**result, "_meta": meta}
