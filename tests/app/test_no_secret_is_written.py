"""Marked secrets, searched for in everything that is written and in every command line."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import sys
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client

from keyfob_core.prompts import Decision
from keyfob_core.state.database import open_database
from keyfob_core.state.store_items import StoreItems
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.keychain import KeychainStore
from support.engine import Home, bridge_command, running_engine
from support.eventually import eventually
from support.oidc_provider import oidc_provider
from support.prompter import RecordingPrompter
from support.protected_server import SCOPE, protected_server
from support.upstreams import sdk_upstream
from support.user_agent import UserAgent

API_KEY = "marked-api-key-Zm9vYmFyYmF6cXV4"


class CommandLines:
    """Keeps every command line that /proc shows while it is entered."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> CommandLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    self.seen.add((process / "cmdline").read_bytes())


def found(secret: str, written: Iterable[bytes]) -> list[bytes]:
    """Where the secret stands, plainly, as Base64 or as hexadecimal digits."""
    plain = secret.encode()
    shapes = (plain, base64.b64encode(plain).rstrip(b"="), plain.hex().encode())
    return [text for text in written if any(shape in text for shape in shapes)]


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Generator[pytest.LogCaptureFixture]:
    """Our own loggers at their most talkative, and all others that the engine's process has."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def test_no_token_or_key_is_in_a_file_a_log_line_or_a_command_line(
    home: Home, everything_logged: pytest.LogCaptureFixture
) -> None:
    browser = UserAgent()
    prompter = RecordingPrompter(Decision(allow=True, text="stdio client"))
    with CommandLines() as lines:
        async with (
            oidc_provider(access_token_seconds=2, scope=SCOPE) as provider,
            protected_server(provider.issuer) as server,
            sdk_upstream(API_KEY) as keyed,
            running_engine(home, prompter, browser=browser) as keyfob,
        ):
            await keyfob.add("notes", server.url)
            await keyfob.add("keyed", keyed.url)
            await keyfob.do("connect", server="notes")
            await keyfob.do("connect", server="keyed", method="api-key", secret=API_KEY)
            issued = await keyfob.token("client")
            in_url = await keyfob.token("urlclient", "notes")
            for mode in ("auto", "legacy"):
                async with keyfob.http_client("notes", issued.token, mode) as client:
                    await client.call_tool("whoami", {})
                    await client.call_tool("add_note", {"text": "a note"})
            async with keyfob.http_client("keyed", issued.token) as client:
                await client.call_tool("echo", {"a": 1})
            async with httpx2.AsyncClient(trust_env=False) as http:
                await http.post(in_url.url, content=b"{}")
                await http.get(keyfob.url + f"/k/{in_url.token}x/mcp")
            async with Client(bridge_command(home, "notes")) as client:
                await client.call_tool("whoami", {})
            accounts = {account.name: account for account in await keyfob.do("account.list")}
            await eventually(lambda: time.time() >= accounts["notes"].expires_at)
            async with keyfob.http_client("notes", issued.token) as client:
                await client.call_tool("whoami", {})
            assert len(server.tokens) >= 2
        stored = await stored_secrets(home, "account/notes", "account/keyed")
    secrets = {API_KEY, issued.token, in_url.token, *server.tokens, *stored}
    assert len(secrets) >= 6
    assert all(found(secret, [f"Bearer {secret}".encode()]) for secret in secrets)
    assert any(b"stdio" in line for line in lines.seen)
    assert b"account_connected" in home.written()
    logged = [record.getMessage().encode() for record in ours(everything_logged)]
    for secret in secrets:
        assert found(secret, [home.written()]) == []
        assert found(secret, logged) == []
        assert found(secret, lines.seen) == []


def ours(log: pytest.LogCaptureFixture) -> Iterator[logging.LogRecord]:
    """What Keyfob and its server log; this process's test clients log their own requests."""
    for record in log.records:
        if record.name.split(".")[0] in ("keyfob_core", "aiohttp", "asyncio", "keyring"):
            yield record


async def stored_secrets(home: Home, *keys: str) -> set[str]:
    """Every secret text that the keychain holds for these keys."""
    database = open_database(home.paths.database)
    backend = native_backend(sys.platform, home.bus)
    store = KeychainStore(backend, StoreItems(database), database.installation_id)
    try:
        texts = [await store.get(key) or "{}" for key in keys]
    finally:
        store.close()
        database.close()
    names = ("access_token", "refresh_token", "secret", "client_secret")
    held = [json.loads(text) for text in texts]
    held += [fields["registration"] for fields in held if "registration" in fields]
    return {fields[name] for fields in held for name in names if fields.get(name)}
