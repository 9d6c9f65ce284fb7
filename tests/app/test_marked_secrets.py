"""Every secret of every way in, searched for in all that is written, logged, shown or told."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

from keyfob_core.accounts.credentials import decode
from keyfob_core.errors import Error
from keyfob_core.model import Credential
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server
from support.engine import Home, RunningEngine, running_engine
from support.eventually import eventually
from support.marked import found, mark, processes, secrets_in
from support.processes import keyfob
from support.prompter import RecordingPrompter
from support.service_issuers import Refused, ServiceIssuer, service_issuer
from support.signing_keys import ec_jwk, ec_pem, rsa_pem
from support.token_owner import opened_store
from support.upstreams import ScriptedUpstream, json_reply, scripted_upstream
from support.user_agent import UserAgent

PASSPHRASE = mark("passphrase")
KEYS = {
    "header": ("--header", "X-Api-Key"),
    "query": ("--query", "api_key"),
    "basic": ("--basic", "ada"),
}
METADATA = {
    "token_endpoint_auth_methods_supported": [
        "none", "client_secret_basic", "client_secret_post", "private_key_jwt",
    ],
    "dpop_signing_alg_values_supported": ["ES256"],
}  # fmt: skip
ACCOUNTS = (
    "registered", "brought", "signed", "bound", "device", "google", "robot", "workload", "company",
)  # fmt: skip


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Generator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def take(
    issuer: ServiceIssuer, request: web.Request, form: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """Give a marked token; a status of 401 has it say back all that it was sent."""
    if issuer.refuses:
        sent = " ".join([*form.values(), request.headers.get("Authorization", "")])
        raise Refused("invalid_grant", f"not with {sent}")
    answer = {"access_token": mark(f"access-service-{issuer.grants}")}
    if "requested_token_type" in form:
        answer["issued_token_type"] = form["requested_token_type"]
    return answer


@dataclass
class Desk:
    """The engine with one server for each way in, and what its commands have printed."""

    home: Home
    engine: RunningEngine
    issuer: AuthorizationServer
    services: ServiceIssuer
    upstream: ScriptedUpstream
    printed: list[bytes] = field(default_factory=list[bytes])

    async def run(self, *arguments: str, stdin: str = "", code: int = 0) -> None:
        """A command as a process of its own, which talks to the engine over its socket."""
        ended, out, complaints = await keyfob(self.home.environ, *arguments, stdin=stdin)
        assert ended == code, f"{arguments}: {out}{complaints}"
        self.printed += [out.encode(), complaints.encode()]

    async def connect(self, name: str, *arguments: str, stdin: str = "") -> None:
        """Connect the account of this name, with tokens marked by it."""
        self.issuer.behaviour = replace(
            self.issuer.behaviour,
            token={
                "access_token": mark(f"access-{name}"),
                "refresh_token": mark(f"refresh-{name}"),
                "token_type": "DPoP" if "--dpop" in arguments else "Bearer",
            },
        )
        await self.run("connect", name, "--account", name, "--yes", *arguments, stdin=stdin)

    def say_back(self, *sent: str) -> None:
        """Have the issuer refuse from now on, with these words."""
        said = {"error": "invalid_grant", "error_description": " and ".join(sent)}
        self.issuer.behaviour = replace(self.issuer.behaviour, token_error=said, token_status=400)


@asynccontextmanager
async def desk(home: Home) -> AsyncGenerator[Desk]:
    behaviour = Behaviour(
        metadata=METADATA,
        registration={
            "client_secret": mark("registered-client-secret"),
            "token_endpoint_auth_method": "client_secret_basic",
            "registration_access_token": mark("registration-token"),
            "registration_client_uri": "{origin}/client",
        },
        device={"device_code": mark("device-code"), "interval": 1},
    )
    prompter = RecordingPrompter(answers_commands=False)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        issuer = await enter(authorization_server(behaviour))
        services = await enter(service_issuer(take))
        upstream = await enter(scripted_upstream(json_reply({"id": 1, "result": {}})))
        engine = await enter(running_engine(home, prompter, browser=UserAgent()))
        made = Desk(home, engine, issuer, services, upstream)
        for name in ACCOUNTS[:5]:
            await engine.add(name, issuer.url)
        for name in ACCOUNTS[5:]:
            await engine.add(name, f"{services.origin}/mcp")
        for name in KEYS:
            await engine.add(name, upstream.url)
        yield made


async def connect_in_every_way(at: Desk, files: Path) -> None:
    """Files with keys lie outside of the home, where a person has them."""
    await at.connect("registered")
    await at.connect(
        "brought", "--client-id", "mine", "--secret-stdin", stdin=mark("brought-client-secret")
    )
    (files / "client.pem").write_text(ec_pem())
    signed = ("--client-id", "mine", "--token-auth", "private_key_jwt")
    await at.connect("signed", *signed, "--key-file", str(files / "client.pem"))
    await at.connect("bound", "--dpop")
    await at.connect("device", "--method", "device-code")
    service = ("--method", "service-account", "--scope", "tools:call", "--kind")
    (files / "google.json").write_text(google_file(at.services))
    await at.connect("google", *service, "google", "--key-file", str(files / "google.json"))
    (files / "robot.jwk").write_text(ec_jwk(kid="robot"))
    endpoint = ("--set", f"token_endpoint={at.services.token_endpoint}")
    robot = ("client-credentials", "--client-id", "robot", *endpoint)
    await at.connect("robot", *service, *robot, "--key-file", str(files / "robot.jwk"))
    (files / "token").write_text(mark("workload-token"))
    workload = ("workload-identity", "--client-id", "w", *endpoint)
    await at.connect("workload", *service, *workload, "--set", f"token_file={files / 'token'}")
    company = ("enterprise-managed", "--client-id", "c", "--set", "idp_client_id=i")
    at_idp = ("--set", f"idp_token_endpoint={at.services.token_endpoint}")
    brings = ("--set", "subject=id_token", "--secret-stdin")
    lines = [id_token(), mark("idp-client-secret"), mark("issuer-client-secret")]
    await at.connect("company", *service, *company, *at_idp, *brings, stdin="\n".join(lines))
    for name, place in KEYS.items():
        key = mark(f"api-key-{name}")
        await at.connect(name, "--method", "api-key", *place, "--secret-stdin", stdin=key)


@cache
def id_token() -> str:
    """One that nobody checks: the issuer here takes everything."""
    now = int(time.time())
    claims = {"iss": "idp", "sub": "ada", "aud": "i", "iat": now, "exp": now + 3600}
    return jwt.encode({"alg": "ES256"}, claims, ECKey.import_key(ec_pem()))


def google_file(issuer: ServiceIssuer) -> str:
    return json.dumps(
        {
            "type": "service_account",
            "private_key_id": "key-7",
            "private_key": rsa_pem(),
            "client_email": "robot@project.iam.gserviceaccount.com",
            "token_uri": issuer.token_endpoint,
        }
    )


async def use_and_renew(at: Desk, token: str) -> None:
    """Each account once through the relay, and each that can be renewed once at its issuer."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        for name in KEYS:
            url, headers = f"{at.engine.url}/s/{name}/mcp", {"Authorization": f"Bearer {token}"}
            answer = await http.post(url, json=message, headers=headers)
            assert "result" in answer.json()
    for name in ACCOUNTS:
        token_type = "DPoP" if name == "bound" else "Bearer"
        marked = {"access_token": mark(f"second-access-{name}"), "token_type": token_type}
        rotated = {"refresh_token": mark(f"second-refresh-{name}")}
        at.issuer.behaviour = replace(at.issuer.behaviour, token=marked | rotated)
        await at.engine.do("account.refresh", name=name)


async def be_refused(at: Desk) -> None:
    """Have every issuer say back what it was just sent, and see what the person is told."""
    client = mark("registered-client-secret")
    at.services.refuses = True
    at.say_back(client, mark("second-refresh-registered"))
    for name in ("registered", "google"):
        await at.run("account", "refresh", name, "--json", code=1)
    for name in ("robot", "workload"):
        with pytest.raises(Error) as refused:
            await at.engine.do("account.refresh", name=name)
        at.printed.append(str(refused.value).encode())
    at.say_back(client, mark("device-code"))
    await at.run("connect", "device", "--method", "device-code", "--yes", code=1)
    await at.run("status", "--json")
    at.services.refuses = False


async def credentials(home: Home, kind: str) -> list[Credential]:
    """What lies in a store."""
    async with opened_store(home, kind, passphrase=PASSPHRASE) as store:
        texts = [await store.get(f"account/{name}") for name in (*ACCOUNTS, *KEYS)]
    held = [decode(text) for text in texts if text is not None]
    assert len(held) == len(texts)
    return [one for one in held if one is not None]


def sent_to(at: Desk) -> set[str]:
    """What the servers were sent that only we should have: proofs of who we are, and codes."""
    forms = [*(seen.form for seen in at.issuer.asked("/token")), *at.services.forms]
    names = (
        "client_assertion", "assertion", "code_verifier", "device_code", "refresh_token",
        "subject_token",
    )  # fmt: skip
    return {form[name] for form in forms for name in names if name in form}


async def test_no_secret_of_any_way_in_is_written_logged_shown_or_told(
    home: Home, tmp_path: Path, everything_logged: pytest.LogCaptureFixture
) -> None:
    searched: list[bytes] = []
    with processes() as watched:
        async with desk(home) as at:
            await connect_in_every_way(at, tmp_path)
            issued = (await at.engine.token("client")).token
            await use_and_renew(at, issued)
            assert len(at.issuer.asked("/token")) >= 10
            await be_refused(at)
            searched.append(home.written())
            held = await credentials(home, "keychain")
            move = ("store", "move", "encrypted-file", "--yes", "--passphrase-stdin")
            await at.run(*move, stdin=PASSPHRASE)
            for name in ("google", "robot", "workload"):
                await at.engine.do("account.refresh", name=name)
            searched.append(home.written())
            states = [await at.engine.engine.status(), at.engine.steps, at.engine.prompter.asked]
            printed, proofs = at.printed, sent_to(at)
            headers = str([seen.headers for seen in at.issuer.asked("/token")])
            received = str([(*seen.fields, seen.target) for seen in at.upstream.requests])
        searched.append(home.written())
        moved = await credentials(home, "encrypted-file")
    secrets = {issued, PASSPHRASE, mark("workload-token"), mark("device-code"), *proofs}
    secrets |= set[str]().union(*map(secrets_in, [*held, *moved]))
    check_that_all_were_there(secrets, headers, received)
    logged = [record.getMessage().encode() for record in everything_logged.records]
    logged += [repr(record.args).encode() for record in everything_logged.records]
    reprs = [repr(one).encode() for one in (*held, *moved, *states)]
    places = {
        "a file": searched,
        "the log": logged,
        "what a command printed": printed,
        "a command line or environment": watched.seen,
        "a repr": reprs,
    }
    assert [
        (place, secret[:40])
        for place, written in places.items()
        for secret in secrets
        if found(secret, written)
    ] == []


def check_that_all_were_there(secrets: set[str], headers: str, received: str) -> None:
    """A search for what never was would find nothing."""
    named = {secret for secret in secrets if secret.startswith("marked-")}
    expected = {mark(f"api-key-{name}") for name in KEYS}
    expected |= {mark("brought-client-secret"), mark("registered-client-secret")}
    expected |= {mark("registration-token"), mark("refresh-device"), mark("device-code")}
    expected |= {mark("idp-client-secret"), mark("issuer-client-secret")}
    assert id_token() in secrets
    expected |= {mark(f"second-access-{name}") for name in ACCOUNTS[:5]}
    assert named >= expected
    assert sum(secret.startswith("-----BEGIN") for secret in secrets) >= 2
    assert sum(secret.startswith("{") for secret in secrets) >= 2
    assert sum(secret.startswith("ey") for secret in secrets) >= 4
    assert "DPoP" in headers
    assert mark("api-key-header") in received
    assert mark("api-key-query") in received


async def test_the_search_itself_finds_a_secret_in_each_of_its_places(home: Home) -> None:
    secret = mark("bait")
    shapes = [secret.encode(), repr({"a": secret}).encode(), secret.encode().hex().encode()]
    for text in shapes:
        assert found(secret, [b"before " + text + b" after"])
    for shift in range(3):
        assert found(secret, [base64.b64encode(b"x" * shift + secret.encode() + b"more")])
    assert found(rsa_pem(), [json.dumps({"key": rsa_pem()}).encode()])
    assert found(ec_pem(), [ec_pem().encode()])
    with processes() as watched:
        child = await asyncio.create_subprocess_exec(
            "sleep", "30", env={"BAIT": secret}, stdin=asyncio.subprocess.DEVNULL
        )
        await eventually(lambda: bool(found(secret, tuple(watched.seen))))
        child.kill()
        await child.wait()
