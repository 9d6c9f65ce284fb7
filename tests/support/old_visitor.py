"""A client of 2025-11-25 whose requests a test makes one by one, over restarts of Keyfob."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2

from support.engine import RunningEngine

OLD = "2025-11-25"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": OLD,
        "capabilities": {},
        "clientInfo": {"name": "cursor", "version": "3"},
    },
}


class Visitor:
    """A client of 2025-11-25 that keeps its session over restarts of Keyfob."""

    def __init__(self, path: str, token: str) -> None:
        self._path, self._token = path, token
        self.session: str | None = None

    async def send(
        self, keyfob: RunningEngine, message: Mapping[str, Any] | None = None, *, method: str = ""
    ) -> tuple[int, Any]:
        """Send one message; the status and the first message of the answer."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": OLD,
        }
        if self.session is not None:
            headers["Mcp-Session-Id"] = self.session
        async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as client:
            answer = await client.request(
                method or "POST", f"{keyfob.url}{self._path}", json=message, headers=headers
            )
        self.session = answer.headers.get("mcp-session-id", self.session)
        text = answer.text
        if text.startswith(("event:", "data:", "id:", ":")):
            lines = [line[5:] for line in text.splitlines() if line.startswith("data:")]
            text = next((line for line in lines if line.strip()), "")
        return answer.status_code, json.loads(text) if text.strip() else None
