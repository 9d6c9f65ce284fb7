"""Tasks of 2025-11-25 and of the extension of 2026-07-28, and a scripted server of the latter."""

from __future__ import annotations

from typing import Any

from support.era_way import Answer, Met, complete, error_of, modern_server, result_of

EXTENSION = "io.modelcontextprotocol/tasks"
RELATED = "io.modelcontextprotocol/related-task"
MARK = {RELATED: {"taskId": "t1"}}
DONE = {"content": [{"type": "text", "text": "done"}], "isError": False}
REQUIRED = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
WHO = {"mode": "form", "message": "Who?", "requestedSchema": {"type": "object"}}
ADA = {"action": "accept", "content": {"name": "Ada"}}
FAULT = {"code": -32603, "message": "out of paper"}
TROUBLE = {"content": [{"type": "text", "text": "no"}], "isError": True}


def old_task(status: str = "working", **fields: Any) -> dict[str, Any]:
    """A task as 2025-11-25 tells it."""
    return {
        "taskId": "t1",
        "status": status,
        "createdAt": "2026-11-27T10:00:00Z",
        "lastUpdatedAt": "2026-11-27T10:00:01Z",
        "ttl": 60000,
        "pollInterval": 10,
        **fields,
    }


def new_task(status: str = "working", **fields: Any) -> dict[str, Any]:
    """The same as the extension tells it."""
    return {
        "taskId": "t1",
        "status": status,
        "createdAt": "2026-11-27T10:00:00Z",
        "lastUpdatedAt": "2026-11-27T10:00:01Z",
        "ttlMs": 60000,
        "pollIntervalMs": 10,
        **fields,
    }


class NewTasks:
    """A server of 2026-07-28 with a tool that is nothing but a task."""

    def __init__(self) -> None:
        self.way = modern_server(extensions={EXTENSION: {}})
        self.states: list[dict[str, Any] | Answer] = []
        """What the task says of itself from look to look; the last one stays."""
        self.way.replies["tools/call"] = self._called
        self.way.replies["tasks/get"] = self._looked

    def _called(self, met: Met) -> Answer:
        client = met.meta["io.modelcontextprotocol/clientCapabilities"]
        if EXTENSION not in client.get("extensions", {}):
            return Answer(error_of(met, -32021, "Missing capability", REQUIRED), 400)
        return Answer(result_of(met, {"resultType": "task", **new_task()}))

    def _looked(self, met: Met) -> Answer:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return state if isinstance(state, Answer) else Answer(complete(met, **state))
