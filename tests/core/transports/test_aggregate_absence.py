"""Servers that are slow, dead or without an account, and what the others' lists make of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from mcp import Client

from keyfob_core.prompts import SignInPrompt
from support.aggregate import at_all, names_at, two_servers
from support.full_server import full_server
from support.prompter import RecordingPrompter
from support.relay import ALLOW_ALL, config_for, running_relay
from support.upstreams import Reply, Seen, json_reply, scripted_upstream, sdk_upstream

SOON = f"{ALLOW_ALL}[relay]\nlist_wait = 1\n"
NOWHERE = "http://127.0.0.1:9/mcp"


async def status_at(client: Client) -> dict[str, Any]:
    """What keyfob_status says of each server, by its name."""
    result = await client.call_tool("keyfob_status", {})
    assert result.structured_content is not None
    return {server["name"]: server for server in result.structured_content["servers"]}


async def test_a_server_that_never_answers_delays_no_other(tmp_path: Path) -> None:
    async with two_servers(tmp_path, extra=SOON) as (relay, one, two), at_all(relay) as client:
        one.silent = True
        named = await names_at(client)
        assert "two__echo" in named
        assert not any(name.startswith("one__") for name in named)
        # It is waited for once: while it is silent, no list waits, however long it might.
        relay.configure(relay.config_file.read_text().replace("list_wait = 1", "list_wait = 60"))
        async with asyncio.timeout(10):
            for _ in range(3):
                assert "two__echo" in await names_at(client)
        assert (one.lists, two.lists) == (1, 4), "it is not asked again while it is asked"
        told = await status_at(client)
        assert told["one"]["state"] == "slow"
        assert "has not answered" in told["one"]["reason"]
        assert told["two"] == {"name": "two", "state": "ready", "tools": len(two.tools)}


async def test_what_comes_late_is_told_and_then_listed(tmp_path: Path) -> None:
    async with two_servers(tmp_path, extra=SOON) as (relay, one, _), at_all(relay) as client:
        one.silent = True
        async with client.listen(tools_list_changed=True) as news:
            assert "one__echo" not in await names_at(client)
            one.silent = False
            one.speak.set()
            async with asyncio.timeout(5):
                await anext(aiter(news))
            assert "one__echo" in await names_at(client)
            assert (await status_at(client))["one"]["state"] == "ready"


async def test_the_last_good_list_of_a_silent_server_stays(tmp_path: Path) -> None:
    async with two_servers(tmp_path, extra=SOON) as (relay, one, _), at_all(relay) as client:
        assert "one__echo" in await names_at(client)
        one.silent = True
        assert "one__echo" in await names_at(client)
        assert (await status_at(client))["one"]["state"] == "slow"


async def test_the_last_good_list_shows_no_tool_that_was_denied_since(tmp_path: Path) -> None:
    async with two_servers(tmp_path, extra=SOON) as (relay, one, _), at_all(relay) as client:
        assert "one__fail" in await names_at(client)
        one.silent = True
        config = relay.config_file.read_text()
        relay.configure(
            f'{config}[[rules]]\nid = "r1"\nserver = "one"\ntool = "fail"\naccess = "deny"\n'
        )
        named = await names_at(client)
        assert "one__echo" in named
        assert "one__fail" not in named


async def test_the_last_good_list_is_shown_to_no_other_client(tmp_path: Path) -> None:
    async with two_servers(tmp_path, extra=SOON) as (relay, one, _):
        async with at_all(relay) as client:
            assert "one__echo" in await names_at(client)
        one.silent = True
        async with at_all(relay, relay.new_client("other")) as client:
            assert "one__echo" not in await names_at(client)


async def test_a_dead_server_is_told_of_and_comes_back(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(full_server("one"))
        relay = await stack.enter_async_context(running_relay(tmp_path, one.url, NOWHERE))
        client = await stack.enter_async_context(at_all(relay))
        assert "one__echo" in await names_at(client)
        told = await status_at(client)
        assert told["two"]["state"] == "unreachable"
        assert told["two"]["reason"]
        relay.configure(config_for(one.url, one.url) + ALLOW_ALL)
        assert "two__echo" in await names_at(client)
        assert (await status_at(client))["two"]["state"] == "ready"


async def test_a_server_that_answers_nonsense_is_left_out_and_told_of(tmp_path: Path) -> None:
    def respond(seen: Seen) -> Reply:
        error = {"code": -32000, "message": "no\x1b[31m luck"}
        return json_reply({"jsonrpc": "2.0", "id": json.loads(seen.body)["id"], "error": error})

    async with (
        full_server("one") as one,
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, one.url, upstream.url) as relay,
        at_all(relay) as client,
    ):
        assert "one__echo" in await names_at(client)
        told = (await status_at(client))["two"]
        assert told["state"] == "unreachable"
        assert "no␛[31m luck" in told["reason"]


async def test_a_server_of_an_account_that_is_not_connected_is_left_out_and_nobody_is_asked(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter()
    async with (
        full_server("one") as one,
        sdk_upstream("right") as upstream,
        running_relay(tmp_path, one.url, upstream.url, prompter=prompter) as relay,
        at_all(relay) as client,
    ):
        relay.configure(
            f'[accounts.work]\nmethod = "oauth"\n[servers.one]\nurl = "{one.url}"\n'
            f'[servers.two]\nurl = "{upstream.url}"\naccount = "work"\n{ALLOW_ALL}'
        )
        named = await names_at(client)
        assert "one__echo" in named
        assert not any(name.startswith("two__") for name in named)
        told = (await status_at(client))["two"]
        assert told["state"] == "needs_person"
        assert "keyfob connect two" in told["next_step"]
        assert (upstream.requests, upstream.refused, prompter.asked) == ([], [], [])


async def test_a_server_that_wants_a_sign_in_is_left_out_and_nobody_is_asked(
    tmp_path: Path,
) -> None:
    prompter = RecordingPrompter()
    async with (
        full_server("one") as one,
        sdk_upstream("right") as upstream,
        running_relay(tmp_path, one.url, upstream.url, prompter=prompter) as relay,
        at_all(relay) as client,
    ):
        await names_at(client)
        told = (await status_at(client))["two"]
        assert told["state"] == "needs_person"
        assert "keyfob connect two" in told["next_step"]
        assert prompter.asked == []
        # A call may ask: somebody wants something of that server.
        call = asyncio.create_task(client.call_tool("two__echo", {}))
        prompt = await prompter.prompted()
        assert isinstance(prompt, SignInPrompt)
        assert prompt.server == "two"
        questions = (await client.call_tool("keyfob_status", {})).structured_content["questions"]
        [question] = questions
        assert "Sign in to two" in question["question"]
        assert question["link"].startswith(f"{relay.url}/wait/")
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)


async def test_a_server_is_listed_as_soon_as_its_account_is_connected(tmp_path: Path) -> None:
    async with (
        full_server("one") as one,
        sdk_upstream("right") as upstream,
        running_relay(tmp_path, one.url, upstream.url) as relay,
        at_all(relay) as client,
    ):
        relay.configure(
            f'[accounts.work]\nmethod = "api-key"\n[servers.one]\nurl = "{one.url}"\n'
            f'[servers.two]\nurl = "{upstream.url}"\naccount = "work"\n{ALLOW_ALL}'
        )
        async with client.listen(tools_list_changed=True) as news:
            assert "two__echo" not in await names_at(client)
            relay.connect("work", upstream.url, "right")
            await relay.accounts.load("work")
            async with asyncio.timeout(5):
                await anext(aiter(news))
            assert "two__echo" in await names_at(client)
            assert set(upstream.authorizations) == {"Bearer right"}


async def test_what_is_still_asked_ends_with_the_relay(tmp_path: Path) -> None:
    async with full_server("one") as one:
        one.silent = True
        async with running_relay(tmp_path, one.url, extra=SOON) as relay, at_all(relay) as client:
            await names_at(client)
            assert not one.cancelled.is_set()
        await asyncio.wait_for(one.cancelled.wait(), 5)
