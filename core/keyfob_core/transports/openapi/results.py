"""An API's answer as the result of a tool's call: bounded, and without our own secrets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from math import isfinite
from typing import Any, cast
from urllib.parse import quote

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import ConfigInvalid
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, UpstreamResponse
from keyfob_core.words.plain import visible

Result = dict[str, Any]

_MAX_TEXT = 1024 * 1024
_MAX_BINARY = 2 * 1024 * 1024
_MAX_ERROR = 16 * 1024
_MAX_HEADER = 2000
_NEXT = re.compile(r"""rel\s*=\s*["']?[^"']*\bnext\b""", re.I)
"""Pages of a list are linked (RFC 8288), and so are fonts and licences."""
_SHORTEST_SECRET, _LONGEST_SECRET = 8, 16 * 1024
"""Characters; a shorter one would be found in any text."""
_TEXTS = ("application/xml", "application/javascript", "application/x-www-form-urlencoded")
_TEXT_ENDINGS = ("+xml", "+yaml", "/yaml", "/x-yaml", "/x-ndjson", "/jsonl")


async def tool_result(response: UpstreamResponse, url: str, secrets: frozenset[str]) -> Result:
    """The result of a call whose request went to `url`; the body is read as far as it is used.

    Raises UpstreamUnreachable when the answer breaks off.
    """
    if header(response.headers, "content-encoding") not in (None, "", "identity"):
        return failure("The API encodes its answer although it was asked not to.")
    if 300 <= response.status < 400 and response.status != HTTPStatus.NOT_MODIFIED:
        return failure(_redirect(response, url))
    told = _told(response, secrets)
    kind = _kind(response.headers)
    failed = response.status >= 400
    limit = _MAX_ERROR if failed else _MAX_TEXT if _is_text(kind) else _MAX_BINARY
    # A secret that stands across the limit is found as well.
    data, whole = await _read(response, limit + _LONGEST_SECRET)
    if not failed and not data:
        said = f"{_status(response.status)}, without a body."
        return {"content": [_words("\n".join((said, *told)))]}
    if not failed and not _is_text(kind):
        return _binary(data, kind) if whole else failure(_too_long(kind))
    text = _text(data, response.headers, secrets) if _is_text(kind) else ""
    whole = whole and len(text) <= limit
    if failed:
        ending = "" if whole else "…"
        said = "\n".join((_status(response.status), *told))
        return failure(f"{said}\n{text[:limit]}{ending}".strip())
    result = _textual(text[:limit], kind, whole=whole)
    if told:
        result["content"].append(_words("\n".join(told)))
    return result


def _told(response: UpstreamResponse, secrets: frozenset[str]) -> list[str]:
    """The headers that say what a body often does not: what was made, what follows, and when."""
    found: list[str] = []
    for name in ("Location", "Link", "Retry-After"):
        value = _hidden(visible(header(response.headers, name) or ""), secrets)[:_MAX_HEADER]
        if value and (name != "Link" or _NEXT.search(value)):
            found.append(f"{name}: {value}")
    return found


def failure(text: str) -> Result:
    """A result that tells the model what went wrong."""
    return {"content": [_words(text)], "isError": True}


def _textual(text: str, kind: str, *, whole: bool) -> Result:
    result: Result = {"content": [_words(text)]}
    if not whole:
        note = f"The answer goes on; this is its first {_MAX_TEXT // 1024} KiB. Ask for less of it."
        result["content"].append(_words(note))
    elif _is_json(kind):
        try:
            value: object = json.loads(text, parse_constant=_number, parse_float=_number)
        except (ValueError, RecursionError):
            return result
        if isinstance(value, dict):
            result["structuredContent"] = cast("dict[str, Any]", value)
    return result


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("JSON cannot write it")
    return number


def _binary(data: bytes, kind: str) -> Result:
    encoded = base64.b64encode(data).decode()
    for family in ("image", "audio"):
        if kind.startswith(f"{family}/"):
            return {"content": [{"type": family, "data": encoded, "mimeType": kind}]}
    named = f"urn:sha256:{hashlib.sha256(data).hexdigest()}"
    resource = {"uri": named, "mimeType": kind, "blob": encoded}
    return {"content": [{"type": "resource", "resource": resource}]}


async def _read(response: UpstreamResponse, limit: int) -> tuple[bytes, bool]:
    data = bytearray()
    async for chunk in response.body:
        data += chunk
        if len(data) > limit:
            return bytes(data[:limit]), False
    return bytes(data), True


def _text(data: bytes, headers: Headers, secrets: frozenset[str]) -> str:
    return _hidden(_decoded(data, headers), secrets)


def _hidden(text: str, secrets: frozenset[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            for shape in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
                text = text.replace(shape, "[your credential]")
    return text


def _decoded(data: bytes, headers: Headers) -> str:
    named = re.search(r"charset\s*=\s*\"?([\w.:-]+)", header(headers, "content-type") or "", re.I)
    try:
        return data.decode(named[1] if named else "utf-8", errors="replace")
    except (LookupError, ValueError):
        return data.decode(errors="replace")


def _kind(headers: Headers) -> str:
    named = (header(headers, "content-type") or "").partition(";")[0].strip().lower()
    return named or "application/octet-stream"


def _is_json(kind: str) -> bool:
    return kind.endswith(("/json", "+json"))


def _is_text(kind: str) -> bool:
    return (
        kind.startswith("text/") or kind in _TEXTS or _is_json(kind) or kind.endswith(_TEXT_ENDINGS)
    )


def _redirect(response: UpstreamResponse, url: str) -> str:
    try:
        elsewhere = origin_of(header(response.headers, "location") or "")
        where = "within itself" if elsewhere == origin_of(url) else f"to {elsewhere}"
    except ConfigInvalid:
        where = "within itself"
    return (
        f"{_status(response.status)}: the API redirects {where}, and a credential follows no "
        "redirect."
    )


def _too_long(kind: str) -> str:
    return f"The answer is longer than {_MAX_BINARY // 1024 // 1024} MiB of {kind}."


def _status(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _words(text: str) -> Mapping[str, str]:
    return {"type": "text", "text": text}
