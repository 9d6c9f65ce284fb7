"""Tasks as 2025-11-25 has them, and as the extension of 2026-07-28 does (SEP-2663)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob_core.transports.eras.messages import Message, error_message
from keyfob_core.transports.eras.revisions import (
    INTERNAL_ERROR,
    LATEST_HANDSHAKE,
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

OFFERED: Mapping[str, Any] = {"cancel": {}, "requests": {"tools": {"call": {}}}}
"""What a client of 2025-11-25 is offered where a server of 2026-07-28 makes tasks.

The extension has no list of them.
"""

_EXTENSIONS: Mapping[str, Any] = {"extensions": {EXTENSION: {}}}
_NAMES = {"ttl": "ttlMs", "pollInterval": "pollIntervalMs"}
_OLD_NAMES = {new: old for old, new in _NAMES.items()}
_OF_THE_EXTENSION = frozenset({"resultType", "_meta", "inputRequests", "result", "error"})
_ENDED = ("completed", "failed")
CANCELLED = "cancelled"
_LOOK_SECONDS = 1.0
"""Between two looks at a task whose server does not say how often it wants to be asked."""
_SHORTEST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 60.0
_LONGEST_REASON = 2000


def takes_task_calls(server: Mapping[str, Any]) -> bool:
    """Whether a server of 2025-11-25 says that a tool call may become a task."""
    requests = mapping(mapping(server.get("tasks")).get("requests"))
    return "call" in mapping(requests.get("tools"))


def offers_tasks(server: Mapping[str, Any], version: str) -> bool:
    """Whether a client of that handshake revision is offered tasks at a server of 2026-07-28."""
    return version == LATEST_HANDSHAKE and declares_tasks(server)


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


def handshake_task(task: Mapping[str, Any]) -> Message:
    """A task of the extension in the words of 2025-11-25, where a tool's own error is a failure."""
    kept = {key: one for key, one in task.items() if key not in _OF_THE_EXTENSION}
    told = {_OLD_NAMES.get(key, key): one for key, one in kept.items()}
    result = mapping(task.get("result"))
    if result.get("isError") is True:
        told["status"] = "failed"
    if told.get("status") == "failed" and not text(told.get("statusMessage")):
        said = text(mapping(task.get("error")).get("message")) or _said(result)
        told |= {"statusMessage": said[:_LONGEST_REASON]} if said else {}
    return {"ttl": None, **told}


def _said(result: Mapping[str, Any]) -> str:
    parts = (text(mapping(one).get("text")) for one in listing(result.get("content")))
    return "\n".join(part for part in parts if part)


def with_task_support(tool: object, *, unsaid: str | None) -> object:
    """A tool that says whether it may be called as a task (MCP 2025-11-25, tasks).

    `unsaid` is what one says that says nothing. Nothing but a task is no tool for its client: a
    plain call of it is answered with the task's end.
    """
    fields = mapping(tool)
    execution = mapping(fields.get("execution"))
    said = text(execution.get("taskSupport")) or unsaid
    if said is None:
        return tool
    support = "forbidden" if said == "forbidden" else "optional"
    return {**fields, "execution": {**execution, "taskSupport": support}}


def is_over(task: Mapping[str, Any]) -> bool:
    """Whether nothing more becomes of a task."""
    return has_ended(task) or task.get("status") == CANCELLED


def pause_of(task: Mapping[str, Any]) -> float:
    """The seconds between two looks at a task of the extension."""
    wanted = task.get("pollIntervalMs")
    seconds = wanted / 1000 if isinstance(wanted, int | float) else _LOOK_SECONDS
    return min(max(seconds, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


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
