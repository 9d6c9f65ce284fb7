"""A server of 2026-07-28 with one task that takes as long as a test wants."""

from __future__ import annotations

import json
from typing import Any

from support.upstreams import Reply, Seen, json_reply

MODERN = "2026-07-28"


class LongTask:
    """A server whose every call becomes one task that lasts until it is `done`."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = set(secrets)
        self.done = False
        self.refused: list[str | None] = []
        self.told: list[tuple[str, str | None]] = []
        """Methods, and the secret of each."""

    def __call__(self, seen: Seen) -> Reply:
        said: dict[str, Any] = json.loads(seen.body) if seen.body else {}
        secret = (seen.header("authorization") or "").removeprefix("Bearer ")
        if secret not in self.secrets:
            self.refused.append(secret)
            return Reply(401, (("WWW-Authenticate", "Bearer"), ("Content-Length", "0")))
        if seen.header("mcp-protocol-version") != MODERN:
            error = {"code": -32020, "message": "The header is missing."}
            return json_reply({"jsonrpc": "2.0", "id": said.get("id"), "error": error}, status=400)
        self.told.append((said["method"], secret))
        return json_reply(self._answer(said))

    def _answer(self, said: dict[str, Any]) -> dict[str, Any]:
        answer = {"jsonrpc": "2.0", "id": said["id"]}
        task = {"taskId": "t-1", "status": "working", "pollIntervalMs": 10}
        ended = {**task, "status": "completed", "result": {"content": [], "isError": False}}
        declared = said["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
        match said["method"]:
            case "server/discover":
                extensions = {"io.modelcontextprotocol/tasks": {}}
                able = {"tools": {}, "extensions": extensions}
                return answer | {"result": {"supportedVersions": [MODERN], "capabilities": able}}
            case "tools/call" if "extensions" not in declared:
                required = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
                data = {"requiredCapabilities": required}
                return answer | {"error": {"code": -32021, "message": "Missing", "data": data}}
            case "tools/call":
                return answer | {"result": {"resultType": "task", **task}}
            case "tasks/get":
                state = ended if self.done else task
                return answer | {"result": {"resultType": "complete", **state}}
            case _:
                return answer | {"result": {"resultType": "complete"}}

    def looks(self) -> list[str | None]:
        """The secrets with which the task was looked at, each once in a row."""
        found = [secret for method, secret in self.told if method == "tasks/get"]
        return [one for index, one in enumerate(found) if found[index - 1 : index] != [one]]
