"""Whether a server takes an API key, asked before the key is stored."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from keyfob_core.accounts.placements import Stamp, check_key, stamp_key, with_query
from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid, UpstreamRefused, UpstreamUnreachable
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.messages.headers import header
from keyfob_core.model import ApiKey, Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.version import __version__

_SECONDS = 20.0
_FAREWELL_SECONDS = 3.0
_LONGEST_ANSWER = 4 * 1024 * 1024
_HANDSHAKE, _MODERN = "2025-11-25", "2026-07-28"
_SESSION = "Mcp-Session-Id"
_US: Mapping[str, object] = {"name": "keyfob", "version": __version__}
_META: Mapping[str, object] = {
    "io.modelcontextprotocol/protocolVersion": _MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": _US,
}


class KeyVerdict(StrEnum):
    """What a server says to a key."""

    OK = "ok"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """It said nothing about the key: it does not answer, or not as an MCP server."""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """A server's answer to a key, in words for the person."""

    verdict: KeyVerdict
    text: str
    status: int | None = None
    proven: bool = False
    """For ok: whether the same server refuses those who come without a key."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Headers
    message: Mapping[str, Any] | None
    """The JSON-RPC answer; None where the body is none."""

    @property
    def refuses(self) -> bool:
        return self.status in (401, 403)

    @property
    def answers(self) -> bool:
        return 200 <= self.status < 300 and self.message is not None and "result" in self.message


async def verify_key(upstream: Upstream, url: str, key: ApiKey) -> KeyCheck:
    """Ask the server at `url` with the key: a handshake (2025-11-25), else `server/discover`.

    A session that the server opens is closed again. Raises ConfigInvalid for a key that cannot be
    sent or belongs to another origin; whatever the server does is an answer.
    """
    check_key(key)
    if key.origin != origin_of(url):
        raise ConfigInvalid("url", f"is not at {key.origin}, where the key belongs")
    visit = _Visit(upstream, url, key)
    try:
        async with asyncio.timeout(_SECONDS):
            return await _asked(visit)
    except TimeoutError:
        return KeyCheck(KeyVerdict.UNREACHABLE, f"{origin_of(url)} does not answer in time.")
    except UpstreamUnreachable as error:
        return KeyCheck(KeyVerdict.UNREACHABLE, error.message)
    finally:
        await visit.leave()


async def require_key(upstream: Upstream, url: str, key: ApiKey) -> None:
    """Try the key before it is kept; raises UpstreamRefused or UpstreamUnreachable."""
    found = await verify_key(upstream, url, key)
    if found.verdict is KeyVerdict.REFUSED:
        raise UpstreamRefused(found.text, "Nothing was stored. Look whether it was copied whole.")
    if found.verdict is KeyVerdict.UNREACHABLE:
        raise UpstreamUnreachable(
            found.text, "Nothing was stored. Try again, or keep the key unchecked with --no-check."
        )


async def _asked(visit: _Visit) -> KeyCheck:
    first = await visit.initialize()
    reply, modern = first, False
    if not first.answers and not first.refuses:
        reply, modern = await visit.discover(), True
    if reply.answers:
        # Some servers greet everybody and look at the key only then.
        listed = await visit.list_tools(modern)
        reply = listed if listed.refuses else reply
    if reply.refuses:
        return KeyCheck(KeyVerdict.REFUSED, "The server refuses this key.", reply.status)
    if not reply.answers:
        return KeyCheck(KeyVerdict.UNREACHABLE, _not_mcp(first), first.status)
    if await visit.greets_strangers(modern):
        text = "The server takes this key, but it answers without one as well."
        return KeyCheck(KeyVerdict.OK, text, reply.status)
    return KeyCheck(KeyVerdict.OK, "The server takes this key.", reply.status, proven=True)


def _not_mcp(reply: _Reply) -> str:
    if 300 <= reply.status < 400:
        return "The server redirects elsewhere, and a key follows no redirect."
    if reply.status == 429 or reply.status >= 500:
        return f"The server cannot answer now (HTTP {reply.status})."
    return f"There is no MCP server at this address (HTTP {reply.status})."


def _modern(method: str) -> Headers:
    return (("MCP-Protocol-Version", _MODERN), ("Mcp-Method", method))


async def _message(response: UpstreamResponse) -> Mapping[str, Any] | None:
    """The JSON-RPC answer in a body of either kind, read no further than to its end."""
    kind = (header(response.headers, "content-type") or "").partition(";")[0].strip().lower()
    events, read = EventStream(_LONGEST_ANSWER), bytearray()
    async for chunk in response.body:
        if kind == "text/event-stream":
            for event in events.feed(chunk):
                if (message := _answer(event.data)) is not None:
                    return message
        else:
            read += chunk
            if len(read) > _LONGEST_ANSWER:
                raise UpstreamUnreachable("The server's answer is too long.")
    return _answer(read)


def _answer(text: str | bytes | bytearray) -> Mapping[str, Any] | None:
    try:
        message: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    fields = cast("dict[str, Any]", message)
    return fields if "result" in fields or "error" in fields else None


class _Visit:
    """The requests of one check; they share connections with no other traffic."""

    def __init__(self, upstream: Upstream, url: str, key: ApiKey) -> None:
        self._upstream = upstream
        self._url = url
        self._key = key
        self._pool = f"key check\n{secrets.token_hex(8)}"
        self._sessions: list[tuple[str, ApiKey | None]] = []

    async def initialize(self, *, stranger: bool = False) -> _Reply:
        """The handshake; a session it opens is noted."""
        key = None if stranger else self._key
        params: dict[str, object] = {
            "protocolVersion": _HANDSHAKE,
            "capabilities": {},
            "clientInfo": _US,
        }
        reply = await self._post("initialize", params, key)
        session = header(reply.headers, _SESSION)
        if session is not None:
            self._sessions.append((session, key))
        return reply

    async def discover(self, *, stranger: bool = False) -> _Reply:
        """What a server without handshake says of itself (2026-07-28)."""
        key = None if stranger else self._key
        return await self._post(
            "server/discover", {"_meta": _META}, key, _modern("server/discover")
        )

    async def list_tools(self, modern: bool) -> _Reply:
        """The tools, as a first use of what was agreed."""
        if modern:
            return await self._post(
                "tools/list", {"_meta": _META}, self._key, _modern("tools/list")
            )
        fields: Headers = (("MCP-Protocol-Version", _HANDSHAKE),)
        if self._sessions:
            fields = (*fields, (_SESSION, self._sessions[-1][0]))
        await self._post("notifications/initialized", None, self._key, fields)
        return await self._post("tools/list", {}, self._key, fields)

    async def greets_strangers(self, modern: bool) -> bool:
        """Whether the same question is answered without any key."""
        ask = self.discover if modern else self.initialize
        reply = await ask(stranger=True)
        return reply.answers

    async def leave(self) -> None:
        """Close what was opened; a server that does not care keeps nobody waiting."""
        sessions, self._sessions = self._sessions, []
        for session, key in sessions:
            fields = (("MCP-Protocol-Version", _HANDSHAKE), (_SESSION, session))
            try:
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    async with self._upstream.open(self._request("DELETE", key, fields)):
                        pass
            except (TimeoutError, UpstreamUnreachable):
                continue

    async def _post(
        self,
        method: str,
        params: Mapping[str, object] | None,
        key: ApiKey | None,
        fields: Headers = (),
    ) -> _Reply:
        asked: dict[str, object] = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            asked |= {"id": 1, "params": params}
        body = json.dumps(asked).encode()
        request = self._request("POST", key, fields, body)._replace(method=method)
        async with self._upstream.open(request) as response:
            message = await _message(response) if params is not None else None
            return _Reply(response.status, response.headers, message)

    def _request(
        self, http_method: str, key: ApiKey | None, fields: Headers, body: bytes = b""
    ) -> UpstreamRequest:
        stamp = Stamp() if key is None else stamp_key(key)
        usual: Headers = (
            ("Accept", "application/json, text/event-stream"),
            ("Accept-Encoding", "identity"),
            ("User-Agent", f"keyfob/{__version__}"),
        )
        typed: Headers = (("Content-Type", "application/json"),) if body else ()
        return UpstreamRequest(
            http_method=http_method,
            url=with_query(self._url, stamp.query),
            headers=(*usual, *typed, *fields, *stamp.headers),
            body=body,
            pool=self._pool,
            credential=key,
        )
