"""npm's oidc-provider as a process of its own: an authorization server that we did not write."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "node" / "oidc-provider.mjs"
SERVICES_SCRIPT = SCRIPT.with_name("oidc-services.mjs")
READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class OidcProvider:
    issuer: str
    brought_client_id: str = "brought-by-the-person"


@asynccontextmanager
async def oidc_provider(
    *,
    access_token_seconds: int = 3600,
    scope: str = "tools:call tools:list",
    resources: tuple[str, ...] = (),
    clients: tuple[Mapping[str, object], ...] = (),
    client_documents: Mapping[str, object] | None = None,
) -> AsyncGenerator[OidcProvider, None]:
    """Run it on a free port with dynamic registration, PKCE, resource indicators and rotation.

    Its login and consent forms take any name and password. Without `resources` every resource is
    known to it, otherwise others are an `invalid_target`. `client_documents` are what it finds
    under the addresses of client ID metadata documents.
    """
    environment = {
        "ACCESS_TOKEN_SECONDS": str(access_token_seconds),
        "SCOPE": scope,
        "RESOURCES": " ".join(resources),
        "CLIENTS": json.dumps(clients),
        "CLIENT_DOCUMENTS": json.dumps(client_documents or {}),
    }
    async with _running(SCRIPT, environment) as issuer:
        yield OidcProvider(issuer=issuer)


@asynccontextmanager
async def oidc_services(*clients: Mapping[str, object]) -> AsyncGenerator[OidcProvider, None]:
    """Run it for services: client credentials for these clients, and DPoP with nonces."""
    async with _running(SERVICES_SCRIPT, {"CLIENTS": json.dumps(clients)}) as issuer:
        yield OidcProvider(issuer=issuer)


@asynccontextmanager
async def _running(script: Path, variables: Mapping[str, str]) -> AsyncGenerator[str, None]:
    node = shutil.which("node")
    assert node, "the tests need node on the PATH"
    environment = {**os.environ, "NODE_NO_WARNINGS": "1", **variables}
    process = await asyncio.create_subprocess_exec(
        node,
        str(script),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline()
        assert line, "oidc-provider did not start; is `npm ci` done in tests/node?"
        yield str(json.loads(line)["issuer"])
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
