"""Sign-ins that mcp-remote and fastmcp keep in files, taken over by a real server's leave."""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from keyfob_core.model import Token
from keyfob_core.steps import Step
from support.authorization_server import Behaviour, authorization_server
from support.engine import Home, RunningEngine, new_home, running_engine
from support.eventually import eventually
from support.marked import found
from support.oidc_provider import oidc_provider
from support.protected_server import SCOPE, ProtectedServer, protected_server
from support.secret_service import PrivateSecretService
from support.token_owner import token_owner
from support.user_agent import UserAgent

SECONDS = 3
SERVER = {"name": "notes", "version": "1"}


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MCP_REMOTE_CONFIG_DIR", "FASTMCP_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def signed_in(service: PrivateSecretService, url: str) -> Token:
    """A token of a sign-in that has nothing to do with the Keyfob under test."""
    with new_home(service) as elsewhere:
        async with running_engine(elsewhere, browser=UserAgent()) as other:
            await other.add("notes", url)
            await other.do("connect", server="notes")
        async with token_owner(elsewhere, clock=time.time) as accounts:
            token = await accounts.held("notes")
    assert isinstance(token, Token)
    return token


@dataclass(frozen=True)
class Kept:
    """What is written into another program's folder."""

    tokens: Path
    client: Path


def keep(folder: Path, key: str, tokens: object, token: Token) -> Kept:
    kept = Kept(folder / f"{key}_tokens.json", folder / f"{key}_client_info.json")
    folder.mkdir(parents=True)
    kept.tokens.write_text(json.dumps(tokens))
    registration = {"client_id": token.registration.client_id, "redirect_uris": []}
    if token.registration.client_secret:
        registration["client_secret"] = token.registration.client_secret
    kept.client.write_text(json.dumps(registration))
    return kept


def remote_keeps(person: Path, url: str, token: Token, **more: object) -> Kept:
    """As mcp-remote 0.15 writes them, which tells the time in milliseconds."""
    tokens = {
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "token_type": "Bearer",
        "scope": token.scope,
        "expires_at": int((token.expires_at or 0) * 1000),
        **more,
    }
    key = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    return keep(person / ".mcp-auth" / "mcp-remote-v1", key, tokens, token)


def cursor_has(person: Path, entry: object) -> Path:
    file = person / ".cursor" / "mcp.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"mcpServers": {"Notes": entry}}, indent=2))
    return file


async def works(engine: RunningEngine, server: ProtectedServer) -> bool:
    """Whether a client is served with a token of the sign-in."""
    await engine.do("rule.add", server="notes", access="allow")
    issued = await engine.token("client")
    before = len(server.sightings)
    async with engine.http_client("notes", issued.token) as client:
        await client.call_tool("whoami", {})
    return len(server.sightings) > before


async def test_a_sign_in_of_mcp_remote_moves_into_the_keychain_and_is_renewed_there(
    home: Home, person: Path, keychain: PrivateSecretService
) -> None:
    async with (
        oidc_provider(access_token_seconds=SECONDS, scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
    ):
        token = await signed_in(keychain, server.url)
        kept = remote_keeps(person, server.url, token)
        file = cursor_has(person, {"command": "npx", "args": ["-y", "mcp-remote", server.url]})
        async with running_engine(home) as engine:
            plan = await engine.do("client.import", name="cursor", dry_run=True)
            ((secret,),) = [one.secrets for one in plan.servers]
            assert secret.place == f"the sign-in in mcp-remote's file {kept.tokens}"
            assert token.access_token not in repr(plan)
            done = await engine.do("client.import", name="cursor", seen=plan.digest, shred=True)
            assert (done.moved, done.failed) == (("notes",), ())
            assert done.erased == (str(kept.tokens),)
            assert not kept.tokens.exists()
            assert set(json.loads(file.read_text())["mcpServers"]) == {"keyfob"}

            async def is_renewed() -> bool:
                [account] = await engine.do("account.list")
                return (account.expires_at or 0) > (token.expires_at or 0)

            await eventually(is_renewed, within=SECONDS + 5)
            assert await works(engine, server)
            assert not found(token.refresh_token or "", [home.written()])
    assert server.refused == []


async def test_a_sign_in_of_fastmcp_is_known_by_its_server(
    home: Home, person: Path, keychain: PrivateSecretService
) -> None:
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
    ):
        token = await signed_in(keychain, server.url)
        key = re.sub(r"://|[./:]", "_", server.url.removesuffix("/mcp"))
        payload = {"access_token": token.access_token, "refresh_token": token.refresh_token}
        tokens = {"token_payload": payload, "expires_at": "2126-11-26T10:00:00+00:00"}
        kept = keep(person / ".fastmcp" / "oauth-mcp-client-cache", key, tokens, token)
        cursor_has(person, {"url": server.url})
        async with running_engine(home) as engine:
            done = await engine.do("client.import", name="cursor")
            assert done.moved == ("notes",)
            assert kept.tokens.exists()
            assert await works(engine, server)


async def test_a_kept_token_that_is_dead_or_of_another_issuer_stays_and_nobody_is_told(
    home: Home, person: Path, keychain: PrivateSecretService
) -> None:
    async with (
        oidc_provider(scope=SCOPE) as provider,
        protected_server(provider.issuer) as server,
    ):
        token = await signed_in(keychain, server.url)
        kept = remote_keeps(person, server.url, token, issuer="https://elsewhere.example")
        entry = {"command": "npx", "args": ["mcp-remote", server.url]}
        file = cursor_has(person, entry)
        before = file.read_text()
        async with running_engine(home) as engine:
            for words, access in (("elsewhere.example", token.access_token), ("", "dead")):
                if not words:
                    kept.tokens.write_text(json.dumps({"access_token": access}))
                done = await engine.do("client.import", name="cursor")
                ((name, reason),) = done.failed
                assert name == "Notes"
                assert words in reason
                assert json.loads(file.read_text())["mcpServers"]["Notes"] == entry
            assert (await engine.do("server.list")) == ()
            assert (await engine.do("account.list")) == ()
            await engine.do("client.undo", name="cursor")
            assert file.read_text() == before
            # The good one was not revoked with the trial.
            remote_tokens = {"access_token": token.access_token}
            kept.tokens.write_text(json.dumps(remote_tokens))
            assert (await engine.do("client.import", name="cursor")).moved == ("notes",)


async def test_a_kept_token_whose_server_fails_the_trial_is_neither_revoked_nor_erased(
    home: Home, person: Path
) -> None:
    stored: list[Step] = []

    def mcp(request: web.Request) -> web.Response | None:
        """Good to the token until Keyfob has stored it."""
        if request.headers.get("Authorization") != "Bearer a":
            return None
        result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": SERVER}
        answer = {"jsonrpc": "2.0", "id": 1, "result": result}
        return web.json_response(answer, status=503 if stored else 200)

    def note(step: Step) -> None:
        stored.extend([step] if step.name == "stored" else [])

    async with authorization_server(Behaviour(mcp=mcp)) as server:
        key = hashlib.md5(server.url.encode(), usedforsecurity=False).hexdigest()
        folder = person / ".mcp-auth" / "mcp-remote-v1"
        folder.mkdir(parents=True)
        (folder / f"{key}_tokens.json").write_text('{"access_token": "a", "refresh_token": "r"}')
        (folder / f"{key}_client_info.json").write_text('{"client_id": "c", "client_secret": "s"}')
        other = folder / "other_tokens.json"
        other.write_text('{"access_token": "b"}')
        entry = {"command": "npx", "args": ["mcp-remote", server.url]}
        file = cursor_has(person, entry)
        async with running_engine(home) as engine:
            done: Any = await engine.engine.dispatch(
                "client.import", {"name": "cursor", "shred": True}, True, note
            )
            assert [name for name, _ in done.failed] == ["Notes"]
            assert done.erased == (str(other),)
            assert {path.name.removeprefix(key) for path in folder.iterdir()} == {
                "_tokens.json",
                "_client_info.json",
            }
            assert stored
            assert (await engine.do("account.list")) == ()
        assert server.asked("/revoke") == []
        assert json.loads(file.read_text())["mcpServers"]["Notes"] == entry
