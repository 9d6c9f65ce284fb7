"""What was approved, and state.db edited by another hand."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError

from keyfob_core.identity.recognition import new_token, token_digest
from keyfob_core.prompts import ToolListPrompt
from support.engine import new_home, running_engine
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.secret_service import PrivateSecretService
from support.upstreams import sdk_upstream


def write(path: Path, sql: str, *values: object) -> None:
    database = sqlite3.connect(path)
    database.execute(sql, values)
    database.commit()
    database.close()


async def test_approvals_that_another_hand_wrote_into_state_db_count_for_nothing(
    keychain: PrivateSecretService,
) -> None:
    with new_home(keychain, pinning="ask") as home:
        async with sdk_upstream() as upstream:
            async with running_engine(home, RecordingPrompter(ALLOW)) as keyfob:
                await keyfob.add("one", upstream.url)
                good = (await keyfob.token("cursor")).token
                async with keyfob.http_client("one", good) as client:
                    tools = [tool.name for tool in (await client.list_tools()).tools]
                    assert tools
            forged = new_token()
            write(
                home.paths.database,
                "INSERT INTO clients (name, created_at, digest, token_id)"
                " VALUES ('cursor', 1, ?, 'forged')",
                token_digest(forged),
            )
            write(home.paths.database, "UPDATE pins SET text = replace(text, '{', '{ ')")

            asked = RecordingPrompter(DENY)
            async with running_engine(home, asked) as keyfob:
                with pytest.raises((MCPError, ExceptionGroup)):
                    async with keyfob.http_client("one", forged):
                        pass
                async with keyfob.http_client("one", good) as client:
                    assert (await client.list_tools()).tools == []
            assert [type(prompt) for prompt in asked.asked] == [ToolListPrompt]
            # What was forgotten stays so.
            async with running_engine(home, RecordingPrompter()) as keyfob:
                assert "forged" not in str(await keyfob.do("client.list"))
        refused = [event for event in home.events() if event["event"] == "approvals_refused"]
        assert [event["details"]["what"] for event in refused] == ["clients", "tools"]
        assert refused[0]["details"]["names"] == "cursor"
        assert refused[1]["details"]["count"] == len(tools)
