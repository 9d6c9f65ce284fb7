"""A protected resource that takes tokens bound to a key alone (RFC 9449), and checks the proofs."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from support.protected_resource import ProtectedResource

RESOURCE_METADATA = "/.well-known/oauth-protected-resource/mcp"


def checked_proof(
    proof: str, method: str, url: str, *, access_token: str | None, nonce: str | None
) -> tuple[ECKey, dict[str, Any]]:
    """The key and the claims of a proof that is good for this request; fails for any other."""
    header = jws.extract_compact(proof.encode()).headers()
    assert header["typ"] == "dpop+jwt"
    assert header["alg"] == "ES256"
    assert "d" not in header["jwk"]
    key = ECKey.import_key(header["jwk"])
    claims = jwt.decode(proof, key, algorithms=["ES256"]).claims
    assert (claims["htm"], claims["htu"]) == (method, url)
    assert claims.get("nonce") == nonce
    if access_token is None:
        assert "ath" not in claims
    else:
        digest = hashlib.sha256(access_token.encode()).digest()
        assert claims["ath"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return key, claims


@dataclass
class DpopResource(ProtectedResource):
    """Wants its own latest nonce in each proof; says 401 with a new one otherwise."""

    nonce: str = "nonce-0"
    jtis: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        proof = request.headers.get("DPoP", "")
        if scheme != "DPoP" or not proof:
            return self._refusal(f'DPoP resource_metadata="{self.metadata_url}"')
        try:
            claims = await self.claims(token)
            key, proven = checked_proof(
                proof, request.method, self.url, access_token=token, nonce=self.nonce
            )
        except JoseError:
            return self._refusal('DPoP error="invalid_token"')
        except AssertionError:
            return self._refusal('DPoP error="use_dpop_nonce"')
        assert claims["cnf"] == {"jkt": key.thumbprint()}
        assert proven["jti"] not in self.jtis
        self.jtis.add(proven["jti"])
        return web.json_response(claims)

    async def metadata(self, request: web.Request) -> web.Response:
        document = {
            "resource": self.url,
            "authorization_servers": [self.issuer],
            "scopes_supported": list(self.scopes),
            "dpop_bound_access_tokens_required": True,
        }
        return web.json_response(document)

    def _refusal(self, challenge: str) -> web.Response:
        self.nonce = secrets.token_hex(8)
        headers = {"WWW-Authenticate": challenge, "DPoP-Nonce": self.nonce}
        return web.Response(status=401, headers=headers)


@asynccontextmanager
async def dpop_resource(issuer: str) -> AsyncGenerator[DpopResource, None]:
    resource = DpopResource(issuer=issuer)
    application = web.Application()
    application.router.add_route("*", "/mcp", resource.answer)
    application.router.add_get(RESOURCE_METADATA, resource.metadata)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        resource.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield resource
    finally:
        await runner.cleanup()
