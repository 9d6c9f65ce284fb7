"""A server that does little and much: answers calls, floods, and holds streams open.

Bare protocols, so that it is never what a soak waits for. Prints its port; reads no token.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any, cast

from httptools import HttpRequestParser

from keyfob_core.system.open_files import allow_many

PIECE = b"0123456789abcdef" * 4096
"""64 KiB; a flood is made of these."""
EVENT = b"data: {}\n\n"
"""What a stream begins with, and all that it ever says."""


class Served(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = HttpRequestParser(self)
        self._body: list[bytes] = []
        self._owed = 0

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        body, self._body = b"".join(self._body), []
        if self._parser.get_method() == b"GET":
            self._head(200, "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
            self._transport.write(b"%x\r\n%b\r\n" % (len(EVENT), EVENT))
        elif self._parser.get_method() == b"DELETE":
            self._head(200, "Content-Length: 0")
        else:
            self._answer(json.loads(body))

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._flood()

    def _answer(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params") or {}
        if "id" not in message:
            self._head(202, "Content-Length: 0")
        elif method == "initialize":
            result = {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "soak", "version": "1"},
            }
            self._result(message["id"], result, f"Mcp-Session-Id: {secrets.token_hex(16)}")
        elif params.get("name") == "flood":
            # No JSON, but the relay does not look into what it passes on.
            self._owed = int(params["arguments"]["bytes"]) // len(PIECE)
            self._full = False
            length = f"Content-Length: {self._owed * len(PIECE)}"
            self._head(200, "Content-Type: application/json", length)
            self._flood()
        elif method == "tools/call":
            text = str(len(params["arguments"]["text"]))
            content = [{"type": "text", "text": text}]
            self._result(message["id"], {"content": content, "isError": False})
        else:
            self._result(message["id"], {"tools": []})

    def _flood(self) -> None:
        while self._owed and not self._full:
            self._owed -= 1
            self._transport.write(PIECE)

    def _result(self, number: object, result: object, *lines: str) -> None:
        reply = {"jsonrpc": "2.0", "id": number, "result": result}
        body = json.dumps(reply, separators=(",", ":")).encode()
        length = f"Content-Length: {len(body)}"
        self._head(200, "Content-Type: application/json", length, *lines, body=body)

    def _head(self, status: int, *lines: str, body: bytes = b"") -> None:
        head = "\r\n".join([f"HTTP/1.1 {status} OK", *lines]) + "\r\n\r\n"
        self._transport.write(head.encode() + body)


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Served, "127.0.0.1", 0, backlog=2000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # A thousand streams and more.
    allow_many()
    asyncio.run(main())
