"""A company's identity provider, and the issuer of an MCP server that trusts its ID-JAGs."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from support.service_issuers import (
    JWT_BEARER,
    TOKEN_EXCHANGE,
    TOKEN_TYPE,
    Refused,
    ServiceIssuer,
    service_issuer,
)
from support.signing_keys import ec_pem, public

IDP_CLIENT, IDP_SECRET = "keyfob-at-idp", "s3cret-at-the-identity-provider"
MCP_CLIENT, MCP_SECRET = "keyfob-at-mcp", "s3cret-at-the-mcp-server"


@dataclass
class Company:
    """Its identity provider rotates refresh tokens, signs ID tokens and checks what it is sent."""

    idp: ServiceIssuer = field(init=False)
    mcp: ServiceIssuer = field(init=False)
    refresh_token: str = "idp-refresh-1"
    issued_type: str = f"{TOKEN_TYPE}id-jag"

    def id_token(self, seconds: float = 300, audience: str = IDP_CLIENT) -> str:
        """One that the identity provider signs for the person."""
        now = int(time.time())
        claims = {
            "iss": self.idp.origin,
            "sub": "ada",
            "aud": audience,
            "iat": now,
            "exp": now + int(seconds),
        }
        return jwt.encode({"alg": "ES256"}, claims, _key())

    def ask_idp(
        self, issuer: ServiceIssuer, request: web.Request, form: Mapping[str, str]
    ) -> Mapping[str, Any]:
        sent = BasicAuth.decode(request.headers["Authorization"])
        assert (sent.login, sent.password) == (IDP_CLIENT, IDP_SECRET)
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.refresh_token:
                raise Refused("invalid_grant", "used before")
            number = int(self.refresh_token.rpartition("-")[2]) + 1
            self.refresh_token = f"idp-refresh-{number}"
            return {"id_token": self.id_token(), "refresh_token": self.refresh_token}
        assert form["grant_type"] == TOKEN_EXCHANGE
        assert form["requested_token_type"] == f"{TOKEN_TYPE}id-jag"
        self._check_subject(form["subject_token_type"], form["subject_token"])
        claims = {
            "iss": issuer.origin,
            "sub": "ada",
            "aud": form["audience"],
            "resource": form["resource"],
            "client_id": MCP_CLIENT,
            "scope": form["scope"],
            "jti": f"jag-{issuer.grants}",
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
        }
        header = {"alg": "ES256", "typ": "oauth-id-jag+jwt"}
        return {
            "access_token": jwt.encode(header, claims, _key()),
            "issued_token_type": self.issued_type,
            "token_type": "N_A",
        }

    def ask_mcp(
        self, issuer: ServiceIssuer, _: web.Request, form: Mapping[str, str]
    ) -> Mapping[str, Any]:
        assert form["grant_type"] == JWT_BEARER
        assert (form["client_id"], form["client_secret"]) == (MCP_CLIENT, MCP_SECRET)
        claims = issuer.read(form["assertion"], public(ec_pem()), "ES256", issuer.origin)
        assert claims["resource"] == f"{issuer.origin}/mcp"
        assert claims["iss"] == self.idp.origin
        return {"scope": claims["scope"]}

    def _check_subject(self, kind: str, subject: str) -> None:
        if kind == f"{TOKEN_TYPE}refresh_token":
            if subject != self.refresh_token:
                raise Refused("invalid_grant", f"no {subject}")
            return
        assert kind == f"{TOKEN_TYPE}id_token"
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.idp.origin},
            aud={"essential": True, "value": IDP_CLIENT},
            exp={"essential": True},
        )
        try:
            rules.validate(jwt.decode(subject, public(ec_pem()), algorithms=["ES256"]).claims)
        except (JoseError, ValueError):
            raise Refused("invalid_grant", f"no {subject}") from None


@asynccontextmanager
async def company() -> AsyncGenerator[Company, None]:
    both = Company()
    async with service_issuer(both.ask_idp) as idp, service_issuer(both.ask_mcp) as mcp:
        both.idp, both.mcp = idp, mcp
        yield both


def _key() -> ECKey:
    return ECKey.import_key(ec_pem())
