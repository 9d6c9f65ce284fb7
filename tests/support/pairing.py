"""Clients that pair by MCP's own OAuth, and a browser that goes where they send it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

REDIRECT = "http://127.0.0.1:4711/callback"
NAVIGATION = {
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
_AGAIN = re.compile(r'http-equiv="refresh" content="(\d+)(?:; url=([^"]*))?"')
_PACE = 0.05


async def browse(url: str) -> str:
    """Go where a browser goes, pages that load themselves anew included, up to the client."""
    origin = _origin(url)
    async with (
        httpx2.AsyncClient(verify=False, trust_env=False, headers=NAVIGATION) as http,
        asyncio.timeout(15),
    ):
        while True:
            page = await http.get(url)
            if page.is_redirect:
                url = urljoin(url, page.headers["location"])
                if _origin(url) != origin:
                    return url
                continue
            again = _AGAIN.search(page.text)
            assert again, f"{page.status_code} {page.text}"
            url = again[2] or url
            if _origin(url) != origin:
                return url
            await asyncio.sleep(_PACE)


def answer_in(url: str) -> dict[str, str]:
    """The parameters of an authorization answer."""
    return dict(parse_qsl(urlsplit(url).query))


@dataclass
class PythonClient:
    """The official Python client with its own OAuth code, and a storage that a test can look at."""

    url: str
    name: str = "Python tests"
    redirect: str = REDIRECT
    visited: list[str] = field(default_factory=list[str])
    tokens: OAuthToken | None = None
    registered: OAuthClientInformationFull | None = None
    _answer: str = ""

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.registered

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.registered = client_info

    async def _redirect(self, url: str) -> None:
        self.visited.append(url)
        self._answer = await browse(url)

    async def _callback(self) -> AuthorizationCodeResult:
        told = answer_in(self._answer)
        return AuthorizationCodeResult(
            code=told.get("code", ""), state=told.get("state"), iss=told.get("iss")
        )

    @asynccontextmanager
    async def connected(self, mode: str = "auto") -> AsyncGenerator[Client]:
        """A connection that pairs first, where it has no token yet."""
        metadata = OAuthClientMetadata(
            client_name=self.name, redirect_uris=[AnyUrl(self.redirect)], scope=None
        )
        auth = OAuthClientProvider(self.url, metadata, self, self._redirect, self._callback)
        async with (
            httpx2.AsyncClient(auth=auth, trust_env=False, timeout=20) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode) as client,
        ):
            yield client


def registration(**more: Any) -> dict[str, Any]:
    """What a client says of itself when it registers."""
    return {"client_name": "Tests", "redirect_uris": [REDIRECT]} | more


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
