from __future__ import annotations

import asyncio
import base64
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyfob_core.errors import AuditUnavailable
from keyfob_core.identity.recognition import token_digest
from keyfob_core.prompts import Decision, PairingPrompt
from support.eventually import eventually
from support.pairing_server import BASE, FORM, REGISTRAR, RunningPairing, running_pairing
from support.prompter import ALLOW, RecordingPrompter

REDIRECT = "http://127.0.0.1:4711/cb"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
ENDPOINTS = (
    "/pair/authorize",
    "/pair/token",
    "/pair/register",
    "/pair/revoke",
    "/pair/wait/abc",
    "/.well-known/oauth-authorization-server/pair",
    "/.well-known/oauth-protected-resource/pair/mcp",
    "/.well-known/oauth-protected-resource/pair/s/one/mcp",
)


def request_of(client_id: str, **more: str | None) -> str:
    asked: Mapping[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "s",
        "resource": f"{BASE}/pair/mcp",
    } | more
    fields = {name: value for name, value in asked.items() if value is not None}
    return f"/pair/authorize?{urlencode(fields)}"


async def registered(pairing: RunningPairing, **more: Any) -> str:
    answer = await pairing.register({"client_name": "Cursor", "redirect_uris": [REDIRECT]} | more)
    assert answer.status == 201, answer.body
    return str(answer.json["client_id"])


async def code_for(pairing: RunningPairing, client_id: str, **more: str) -> str:
    waiting = await pairing.ask("GET", request_of(client_id, **more))
    assert waiting.status == 303, waiting.body
    where = waiting.header("location") or ""
    asked = len(pairing.audit.events)
    await eventually(lambda: any(e.event == "decision" for e in pairing.audit.events[asked - 1 :]))
    answer = await pairing.ask("GET", where)
    return dict(parse_qsl(urlsplit(answer.header("location") or "").query))["code"]


async def test_a_registration_keeps_the_redirects_that_may_be_used_and_is_of_a_public_client(
    tmp_path: Path,
) -> None:
    uris = ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/", 7]
    async with running_pairing(tmp_path) as pairing:
        answer = await pairing.register(
            {"redirect_uris": uris, "token_endpoint_auth_method": "client_secret_post"}
        )
    assert answer.status == 201
    assert answer.json["redirect_uris"] == uris[1:3]
    assert answer.json["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in answer.json
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "http://127.0.0.1/"}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://evil.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT] * 17}, "invalid_redirect_uri"),
        ({"redirect_uris": [REDIRECT], "grant_types": ["password"]}, "invalid_client_metadata"),
        ({"redirect_uris": [REDIRECT], "response_types": ["token"]}, "invalid_client_metadata"),
        ([], "invalid_client_metadata"),
    ],
)
async def test_a_registration_that_cannot_be_used_is_refused_and_noted(
    tmp_path: Path, metadata: object, error: str
) -> None:
    async with running_pairing(tmp_path) as pairing:
        answer = await pairing.register(metadata)
        assert (answer.status, answer.json["error"]) == (400, error)
        [event] = pairing.audit.events
        assert (event.event, event.details["rule"]) == ("refused", f"pairing {error}")


async def test_a_registration_by_a_form_or_as_text_is_none(tmp_path: Path) -> None:
    async with running_pairing(tmp_path) as pairing:
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = (("Content-Type", kind),)
            body = b'{"redirect_uris": ["http://127.0.0.1/"]}'
            answer = await pairing.ask("POST", "/pair/register", headers=headers, body=body)
            assert answer.status == 415


async def test_the_prompt_names_the_process_that_registered(tmp_path: Path) -> None:
    async with running_pairing(tmp_path, RecordingPrompter(ALLOW, ALLOW)) as pairing:
        answer = await pairing.register({"redirect_uris": [REDIRECT]}, port=1)
        await code_for(pairing, str(answer.json["client_id"]))
        await code_for(pairing, await registered(pairing), state="t")
    first, second = pairing.prompter.asked
    assert isinstance(first, PairingPrompt)
    assert isinstance(second, PairingPrompt)
    assert (first.peer, first.executable) == (REGISTRAR, REGISTRAR.executable)
    assert (first.claimed.name, first.suggested_name) == (None, "cursor")
    assert (second.peer, second.executable, second.claimed.name) == (None, None, "Cursor")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "c" * 44}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "http://127.0.0.1:7332/mcp"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:7332/s/one/mcp"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:7332/pair/s/two/mcp"}, "invalid_target"),
        ({"resource": "http://127.0.0.1:7333/pair/mcp"}, "invalid_target"),
        ({"resource": "https://evil.example/pair/mcp"}, "invalid_target"),
    ],
)
async def test_a_request_with_anything_wrong_goes_back_with_state_and_issuer(
    tmp_path: Path, change: dict[str, str | None], error: str
) -> None:
    async with running_pairing(tmp_path) as pairing:
        answer = await pairing.ask("GET", request_of(await registered(pairing), **change))
    told = dict(parse_qsl(urlsplit(answer.header("location") or "").query))
    assert (told["error"], told["state"], told["iss"]) == (error, "s", f"{BASE}/pair")
    assert pairing.prompter.asked == []


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "kfc_nobody"},
        {"client_id": None},
        {"redirect_uri": "http://127.0.0.1:4711/other"},
        {"redirect_uri": "https://evil.example/cb"},
        {"redirect_uri": ""},
        {"state": "s" * 5000},
    ],
)
async def test_a_request_whose_redirect_is_not_trusted_ends_on_a_page(
    tmp_path: Path, change: dict[str, str | None]
) -> None:
    async with running_pairing(tmp_path) as pairing:
        asked = {"client_id": await registered(pairing)} | change
        answer = await pairing.ask("GET", request_of(**asked))  # pyright: ignore[reportArgumentType]
    assert answer.status == 400
    assert answer.header("location") is None
    assert answer.header("x-frame-options") == "DENY"
    assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
    assert pairing.prompter.asked == []


async def test_a_parameter_that_stands_twice_is_refused(tmp_path: Path) -> None:
    async with running_pairing(tmp_path) as pairing:
        twice = f"{request_of(await registered(pairing))}&resource=x"
        assert (await pairing.ask("GET", twice)).status == 400
        body = b"grant_type=refresh_token&grant_type=refresh_token"
        answer = await pairing.ask("POST", "/pair/token", headers=FORM, body=body)
        assert answer.json["error"] == "invalid_request"
    assert pairing.prompter.asked == []


async def test_another_user_of_the_machine_is_turned_away_everywhere(tmp_path: Path) -> None:
    async with running_pairing(tmp_path) as pairing:
        for endpoint in ENDPOINTS:
            for method in ("GET", "POST"):
                answer = await pairing.ask(method, endpoint, port=2)
                assert (answer.status, answer.json["error"]) == (403, "access_denied")


async def test_where_nobody_can_answer_the_client_is_told_so(tmp_path: Path) -> None:
    async with running_pairing(tmp_path, RecordingPrompter(attended=False)) as pairing:
        answer = await pairing.ask("GET", request_of(await registered(pairing)))
    assert "error=temporarily_unavailable" in (answer.header("location") or "")


async def test_the_same_request_waits_for_the_same_answer(tmp_path: Path) -> None:
    async with running_pairing(tmp_path) as pairing:
        asked = request_of(await registered(pairing))
        first, second = [await pairing.ask("GET", asked) for _ in range(2)]
        assert first.header("location") == second.header("location")
        page = await pairing.ask("GET", first.header("location") or "")
        assert page.status == 200
        assert b'http-equiv="refresh"' in page.body
        await pairing.prompter.prompted()
        pairing.prompter.answer(Decision(allow=True, text="Keyfob"))
        await eventually(lambda: any(e.event == "decision" for e in pairing.audit.events))
        answer = await pairing.ask("GET", first.header("location") or "")
        # A name that cannot be a client's lets nobody in.
        assert "error=access_denied" in (answer.header("location") or "")
        assert (await pairing.ask("GET", first.header("location") or "")).status == 404


async def test_pairing_anew_ends_the_former_pairing_and_is_offered_its_name(tmp_path: Path) -> None:
    named = Decision(allow=True, text="my editor")
    async with running_pairing(tmp_path, RecordingPrompter(named, ALLOW)) as pairing:
        client_id = await registered(pairing)
        fields = {"grant_type": "authorization_code", "client_id": client_id}
        tokens: list[str] = []
        for state in ("1", "2"):
            code = await code_for(pairing, client_id, state=state)
            answer = await pairing.post(
                "/pair/token", {**fields, "code": code, "code_verifier": VERIFIER}
            )
            tokens.append(answer.json["access_token"])
        assert pairing.clients.by_digest(token_digest(tokens[0])) is None
        found = pairing.clients.by_digest(token_digest(tokens[1]))
        assert found is not None
        assert found.name == "my editor"
        assert len(pairing.cut) == 1


async def test_where_the_log_cannot_be_written_nobody_is_let_in(tmp_path: Path) -> None:
    async with running_pairing(tmp_path, RecordingPrompter(ALLOW)) as pairing:
        client_id = await registered(pairing)
        pairing.audit.failure = AuditUnavailable("The disk is full.")
        waiting = await pairing.ask("GET", request_of(client_id))
        where = waiting.header("location") or ""

        async def failed() -> bool:
            answer = await pairing.ask("GET", where)
            return answer.status == 503

        async with asyncio.timeout(5):
            await eventually(failed)
        assert pairing.clients.list() == ()


TEXT = st.text(max_size=30)
NAMES = st.sampled_from(
    (
        "grant_type",
        "code",
        "client_id",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "resource",
        "token",
        "response_type",
        "state",
        "x",
    )
)
VALUES = st.one_of(
    TEXT,
    st.sampled_from(("authorization_code", "refresh_token", "code", REDIRECT, f"{BASE}/pair/mcp")),
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=12)
BODIES = st.one_of(
    st.binary(max_size=200),
    FIELDS.map(lambda pairs: urlencode(pairs, errors="surrogatepass").encode()),
    st.recursive(
        st.none() | st.booleans() | st.floats() | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=8,
    ).map(lambda value: repr(value).encode(errors="replace")),
)
KINDS = st.sampled_from(("application/json", "application/x-www-form-urlencoded", "text/plain", ""))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(
    requests=st.lists(
        st.tuples(
            st.sampled_from(("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "\u0130")),
            st.sampled_from(ENDPOINTS),
            FIELDS,
            KINDS,
            BODIES,
        ),
        max_size=12,
    )
)
def test_no_request_breaks_the_server_or_is_let_in_without_a_yes(
    requests: list[tuple[str, str, list[tuple[str, str]], str, bytes]],
) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with running_pairing(Path(folder)) as pairing:
                client_id = await registered(pairing)
                for method, path, fields, kind, body in requests:
                    known = [(n, client_id if n == "client_id" else v) for n, v in fields]
                    query = urlencode(known, errors="surrogatepass")
                    answer = await pairing.ask(
                        method, f"{path}?{query}", headers=(("Content-Type", kind),), body=body
                    )
                    assert answer.status < 500
                    assert b"access_token" not in answer.body
                    location = answer.header("location") or ""
                    assert location.startswith((REDIRECT, "/pair/wait/")) or not location
                    assert "code=" not in location
                assert pairing.clients.list() == ()

    asyncio.run(run())
