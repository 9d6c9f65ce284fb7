"""Enterprise-managed authorization: a company's token becomes one for an MCP server."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from keyfob_core.errors import SignInNeeded
from keyfob_core.states import AccountCondition
from support.company import IDP_CLIENT, IDP_SECRET, MCP_CLIENT, MCP_SECRET, Company, company
from support.engine import Home, RunningEngine, running_engine
from support.processes import keyfob
from support.prompter import RecordingPrompter
from support.service_issuers import TOKEN_EXCHANGE


@dataclass
class Clock:
    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


async def connect(home: Home, at: Company, subject: str, *more: str, token: str) -> None:
    """As a person types it; the secrets go through stdin."""
    code, out, complaints = await keyfob(
        home.environ,
        *("connect", "work", "--method", "service-account", "--kind", "enterprise-managed"),
        *("--client-id", MCP_CLIENT, "--set", f"idp_client_id={IDP_CLIENT}"),
        *("--set", f"idp_token_endpoint={at.idp.token_endpoint}", "--set", f"subject={subject}"),
        *("--secret-stdin", "--yes", *more),
        stdin=f"{token}\n{IDP_SECRET}\n{MCP_SECRET}\n",
    )
    assert code == 0, out + complaints


async def state(engine: RunningEngine) -> tuple[AccountCondition, str | None]:
    [account] = await engine.do("account.list")
    return account.condition, account.reason


@pytest.mark.parametrize("subject", ["refresh_token", "renewed_id_token"])
async def test_a_company_s_refresh_token_keeps_the_account_alive(home: Home, subject: str) -> None:
    clock = Clock()
    async with (
        company() as at,
        running_engine(home, RecordingPrompter(answers_commands=False), clock=clock) as engine,
    ):
        await engine.add("work", f"{at.mcp.origin}/mcp")
        await connect(home, at, subject, token=at.refresh_token)
        for _ in range(2):
            clock.ahead += 600
            await engine.do("account.refresh", name="work")
        assert await state(engine) == (AccountCondition.HEALTHY, None)
        kinds = {
            form["subject_token_type"].rpartition(":")[2]
            for form in at.idp.forms
            if form["grant_type"] == TOKEN_EXCHANGE
        }
    assert kinds == {"refresh_token" if subject == "refresh_token" else "id_token"}
    assert at.mcp.grants == 3
    for secret in (IDP_SECRET, MCP_SECRET, at.refresh_token):
        assert secret.encode() not in home.written()


async def test_an_id_token_serves_until_it_expires_and_then_a_new_one_is_asked_for(
    home: Home,
) -> None:
    clock = Clock()
    async with (
        company() as at,
        running_engine(home, RecordingPrompter(answers_commands=False), clock=clock) as engine,
    ):
        await engine.add("work", f"{at.mcp.origin}/mcp")
        brought = at.id_token(seconds=1000)
        await connect(home, at, "id_token", token=brought)
        await engine.do("account.refresh", name="work")
        assert await state(engine) == (AccountCondition.HEALTHY, None)
        clock.ahead = 1001
        for _ in range(3):
            with pytest.raises(SignInNeeded):
                await engine.do("account.refresh", name="work")
        assert await state(engine) == (AccountCondition.NEEDS_YOU, "Its sign-in has ended.")
        assert len(at.idp.forms) == 2
        clock.ahead = 0
        await connect(home, at, "id_token", token=at.id_token())
        assert await state(engine) == (AccountCondition.HEALTHY, None)
        assert brought.encode() not in home.written()


async def test_the_token_of_a_company_may_lie_in_a_file(home: Home) -> None:
    async with (
        company() as at,
        running_engine(home, RecordingPrompter(answers_commands=False)) as engine,
    ):
        await engine.add("work", f"{at.mcp.origin}/mcp")
        file = home.folder.parent / "id-token"
        file.write_text(at.id_token())
        code, out, complaints = await keyfob(
            home.environ,
            *("connect", "work", "--method", "service-account", "--kind", "enterprise-managed"),
            *("--client-id", MCP_CLIENT, "--set", f"idp_client_id={IDP_CLIENT}"),
            *("--set", f"idp_token_endpoint={at.idp.token_endpoint}", "--set", "subject=id_token"),
            *("--key-file", str(file), "--secret-stdin", "--yes"),
            stdin=f"{IDP_SECRET}\n{MCP_SECRET}\n",
        )
        assert code == 0, out + complaints
        assert await state(engine) == (AccountCondition.HEALTHY, None)
