"""The tasks that a program works at: with its process they would be gone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, cast

from keyfob_core.transports.programs.messages import ProgramMessage

_LONGEST_SECONDS = 24 * 3600.0
"""How long a process stays for a task that its program would keep for longer, or for ever."""
_UNFETCHED_SECONDS = 300.0
"""How long for a result that nobody asks for."""
_MOST = 256
_LONGEST_ID = 512
_TOLD = frozenset({"notifications/tasks", "notifications/tasks/status"})
_RELATED = "io.modelcontextprotocol/related-task"
_OVER = frozenset({"completed", "failed", "cancelled"})


class TasksUnderway:
    """Learns from what a program says which of its tasks have not ended.

    Of both kinds: MCP 2025-11-25, tasks, and the extension of 2026-07-28 (SEP-2663).
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, task: object) -> bool:
        return isinstance(task, str) and self._until.get(task, 0.0) > self._clock()

    def __bool__(self) -> bool:
        if not self._until:
            return False
        now = self._clock()
        for task in [task for task, until in self._until.items() if until <= now]:
            del self._until[task]
        return bool(self._until)

    def hear(self, message: ProgramMessage) -> None:
        """Take note of an answer or a notification of the program's."""
        if message.method is not None:
            if message.method in _TOLD:
                self._note(message.params)
            return
        result = message.result or {}
        created = result.get("task")
        if isinstance(created, dict):
            self._note(cast("dict[str, Any]", created))
        elif "taskId" in result:
            self._note(result)
        elif self._until:
            # Its result: it was the last that there was to ask for.
            self._until.pop(_related(result), None)

    def _note(self, task: Mapping[str, Any]) -> None:
        named, status = task.get("taskId"), task.get("status")
        if not isinstance(named, str) or len(named) > _LONGEST_ID:
            return
        if status == "cancelled" or "result" in task or "error" in task:
            self._until.pop(named, None)
            return
        lasts = _seconds(task.get("ttl", task.get("ttlMs")))
        if isinstance(status, str) and status in _OVER:
            lasts = min(lasts, _UNFETCHED_SECONDS)
        self._until[named] = self._clock() + lasts
        if len(self._until) > _MOST:
            self._until.popitem(last=False)


def _seconds(milliseconds: object) -> float:
    if not isinstance(milliseconds, int | float) or not 0 <= milliseconds < _LONGEST_SECONDS * 1000:
        return _LONGEST_SECONDS
    return milliseconds / 1000


def _related(result: Mapping[str, Any]) -> str:
    meta = result.get("_meta")
    fields = cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}
    task = fields.get(_RELATED)
    return str(cast("dict[str, Any]", task).get("taskId")) if isinstance(task, dict) else ""
