"""A client that pairs step by step, so that a test can send each step as it wants."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2

from support.engine import RunningEngine
from support.pairing import REDIRECT, answer_in, browse, registration


class RawClient:
    """A client that sends what a test wants it to send."""

    def __init__(self, keyfob: RunningEngine, http: httpx2.AsyncClient) -> None:
        self.keyfob = keyfob
        self.http = http
        self.resource = f"{keyfob.url}/pair/mcp"
        self.verifier = secrets.token_urlsafe(48)
        self.client_id = ""

    async def register(self, **more: Any) -> httpx2.Response:
        answer = await self.http.post(f"{self.keyfob.url}/pair/register", json=registration(**more))
        self.client_id = answer.json().get("client_id", "")
        return answer

    def authorization(self, **more: str) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "state": "the state",
            "resource": self.resource,
        } | more
        return f"{self.keyfob.url}/pair/authorize?{urlencode(asked)}"

    async def token(self, **fields: str) -> httpx2.Response:
        sent = {"client_id": self.client_id, "resource": self.resource} | fields
        return await self.http.post(f"{self.keyfob.url}/pair/token", data=sent)

    async def code(self, **more: str) -> str:
        return answer_in(await browse(self.authorization(**more)))["code"]

    async def redeem(self, code: str, **more: str) -> httpx2.Response:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return await self.token(**(fields | {"code_verifier": self.verifier} | more))

    async def refresh(self, token: str, **more: str) -> httpx2.Response:
        return await self.token(**({"grant_type": "refresh_token", "refresh_token": token} | more))

    async def pair(self) -> dict[str, Any]:
        await self.register()
        return (await self.redeem(await self.code())).json()

    async def call(self, token: str, path: str = "/pair/s/one/mcp") -> httpx2.Response:
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return await self.http.post(
            f"{self.keyfob.url}{path}", json=listing, headers={"Authorization": f"Bearer {token}"}
        )


@asynccontextmanager
async def raw(keyfob: RunningEngine) -> AsyncGenerator[RawClient]:
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=20) as http:
        yield RawClient(keyfob, http)
