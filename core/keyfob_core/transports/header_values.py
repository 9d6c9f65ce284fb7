"""Texts as values of header fields (MCP 2026-07-28, transports)."""

from __future__ import annotations

import base64
import re

_PLAIN = re.compile(r"[\x20-\x7e]*")
_ENCODED = re.compile(r"=\?base64\?.*\?=")


def header_value(text: str) -> str:
    """The text as a header field, in Base64 where it would not arrive as it is."""
    if _PLAIN.fullmatch(text) and text == text.strip() and not _ENCODED.fullmatch(text):
        return text
    encoded = base64.b64encode(text.encode(errors="surrogatepass")).decode("ascii")
    return f"=?base64?{encoded}?="
