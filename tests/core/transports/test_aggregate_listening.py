"""One subscription over all servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
)

from keyfob_core.config import Config, Server
from keyfob_core.messages.event_stream import EventStream
from keyfob_core.model import Inbound, Listener, Outbound
from keyfob_core.states import AccountCondition, AccountState
from keyfob_core.transports.aggregate.listening import Listeners
from keyfob_core.transports.aggregate.lister import Lister
from keyfob_core.transports.aggregate.listing import Listings
from keyfob_core.transports.aggregate.requests import Asked, Inner
from keyfob_core.transports.aggregate.results import Results
from keyfob_core.transports.aggregate.roster import Roster
from keyfob_core.transports.aggregate.state import Seal
from support.aggregate import at_all, body_of, heads_of, names_at, two_servers
from support.eventually import eventually
from support.full_server import full_server
from support.raw_http import RawClient
from support.relay import ALLOW_ALL, config_for, running_relay
from support.upstreams import Drop, Reply, Seen, scripted_upstream, sse_reply

UPDATED = "notifications/resources/updated"
CHANGED = "notifications/tools/list_changed"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"


async def news_of(iterator: Any) -> Any:
    async with asyncio.timeout(5):
        return await anext(iterator)


async def messages(client: RawClient, **filter_: Any) -> AsyncIterator[dict[str, Any]]:
    """Open a subscription over a raw connection; its messages as they come."""
    body = body_of("subscriptions/listen", "s-1", notifications=filter_)
    data = json.dumps(body).encode()
    await client.send(client.head("POST", "/mcp", *heads_of(body), length=len(data)) + data)
    head = await client.read_head()
    assert head.one("content-type") == "text/event-stream"
    stream = EventStream()
    while chunk := await client.chunk():
        for event in stream.feed(chunk):
            if event.data:
                yield json.loads(event.data)


async def test_a_change_at_any_server_is_told_and_then_seen(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), at_all(relay) as client:
        one.ttl_ms = two.ttl_ms = 600_000
        await names_at(client)
        async with client.listen(tools_list_changed=True) as news:
            await eventually(lambda: (one.listeners, two.listeners) == (1, 1))
            for at in (one, two):
                await at.add_tool("new")
                assert await news_of(aiter(news)) == ToolsListChanged()
                assert f"{at.name}__new" in await names_at(client), "its fresh list is old now"
        await eventually(lambda: (one.listeners, two.listeners) == (0, 0))


async def test_what_was_not_asked_for_is_not_told(tmp_path: Path) -> None:
    async with (
        two_servers(tmp_path) as (relay, one, _),
        at_all(relay) as client,
        client.listen(prompts_list_changed=True) as news,
    ):
        assert news.honored.prompts_list_changed
        assert news.honored.tools_list_changed is None
        await eventually(lambda: one.listeners == 1)
        await one.publish(ToolsListChanged())
        await one.publish(PromptsListChanged())
        assert await news_of(aiter(news)) == PromptsListChanged()


async def test_a_resource_is_watched_at_its_own_server_alone(tmp_path: Path) -> None:
    uri = "keyfob:two/note://two/1"
    async with (
        two_servers(tmp_path) as (relay, one, two),
        at_all(relay) as client,
        client.listen(resource_subscriptions=[uri, "keyfob:gone/x", "x:y"]) as news,
    ):
        assert news.honored.resource_subscriptions == [uri]
        await eventually(lambda: two.listeners == 1)
        assert one.listeners == 0
        await two.touch()
        assert await news_of(aiter(news)) == ResourceUpdated(uri=uri)


async def test_every_message_bears_the_id_of_the_clients_own_subscription(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, _), relay.client() as client:
        told = messages(client, toolsListChanged=True, taskIds=["one/t1", "t2"])
        first = await news_of(told)
        assert first["method"] == ACKNOWLEDGED
        assert first["params"]["notifications"] == {
            "toolsListChanged": True,
            "taskIds": ["one/t1"],
        }
        await eventually(lambda: one.listeners == 1)
        await one.publish(ToolsListChanged())
        second = await news_of(told)
        assert second["method"] == CHANGED
        for message in (first, second):
            assert message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "s-1"


async def test_a_silent_server_keeps_nobody_from_listening(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with (
        full_server("one") as one,
        scripted_upstream(sse_reply(never)) as silent,
        running_relay(tmp_path, one.url, silent.url, "http://127.0.0.1:9/mcp") as relay,
        at_all(relay) as client,
    ):
        async with client.listen(tools_list_changed=True) as news:
            await silent.received()
            await eventually(lambda: one.listeners == 1)
            await one.publish(ToolsListChanged())
            assert await news_of(aiter(news)) == ToolsListChanged()
        await asyncio.wait_for(silent.hung_up.wait(), 5)


async def test_a_change_of_the_rules_or_the_servers_is_told(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(full_server("one"))
        two = await stack.enter_async_context(full_server("two"))
        relay = await stack.enter_async_context(running_relay(tmp_path, one.url))
        client = await stack.enter_async_context(at_all(relay))
        news = await stack.enter_async_context(
            client.listen(tools_list_changed=True, resources_list_changed=True)
        )
        assert "two__echo" not in await names_at(client)
        relay.configure(config_for(one.url, two.url) + ALLOW_ALL)
        told = {await news_of(aiter(news)), await news_of(aiter(news))}
        assert told == {ToolsListChanged(), ResourcesListChanged()}
        assert "two__echo" in await names_at(client)
        await eventually(lambda: two.listeners == 1)
        closed = '[clients.client.servers.two]\naccess = "deny"\n'
        relay.configure(config_for(one.url, two.url) + ALLOW_ALL + closed)
        assert isinstance(await news_of(aiter(news)), ToolsListChanged | ResourcesListChanged)
        await eventually(lambda: two.listeners == 0)
        assert one.listeners == 1, "the others go on as they were"


async def test_what_changes_for_others_alone_is_not_told(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, two), relay.client() as client:
        told = messages(client, toolsListChanged=True)
        await news_of(told)
        await eventually(lambda: (one.listeners, two.listeners) == (1, 1))
        # Only accounts differ, and none that the client uses.
        relay.configure(
            f'[accounts.other]\nmethod = "api-key"\n{config_for(one.url, two.url)}{ALLOW_ALL}'
        )
        relay.accounts.not_read(["other"], "no reason")
        await one.publish(ToolsListChanged())
        assert (await news_of(told))["method"] == CHANGED
        coming = asyncio.ensure_future(anext(told))
        done, _ = await asyncio.wait({coming}, timeout=0.2)
        assert not done
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def test_a_stream_that_breaks_is_taken_up_again_and_what_was_missed_is_told(
    tmp_path: Path,
) -> None:
    listened = 0
    hold = asyncio.Event()

    def respond(seen: Seen) -> Reply:
        nonlocal listened
        listened += 1
        note = {
            "jsonrpc": "2.0",
            "method": ACKNOWLEDGED,
            "params": {"notifications": {"toolsListChanged": True}},
        }
        event = f"data: {json.dumps(note)}\n\n".encode()
        return sse_reply(event, Drop() if listened == 1 else hold)

    async with (
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
        at_all(relay) as client,
        client.listen(tools_list_changed=True) as news,
    ):
        assert await news_of(aiter(news)) == ToolsListChanged()
        assert listened == 2


async def test_a_server_that_knows_no_subscriptions_is_not_asked_again(tmp_path: Path) -> None:
    def respond(seen: Seen) -> Reply:
        asked = json.loads(seen.body)
        error = {"code": -32601, "message": "Method not found"}
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()
        kind = ("Content-Type", "application/json")
        return Reply(404, (kind, ("Content-Length", str(len(body)))), (body,))

    async with (
        full_server("one") as one,
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, one.url, upstream.url) as relay,
        at_all(relay) as client,
        client.listen(tools_list_changed=True) as news,
    ):
        await upstream.received()
        await eventually(lambda: one.listeners == 1)
        await eventually(lambda: len(relay.events("outcome")) >= 1)
        await one.publish(ToolsListChanged())
        assert await news_of(aiter(news)) == ToolsListChanged()
        assert len(upstream.requests) == 1


async def test_a_client_does_not_open_subscriptions_without_end(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (relay, one, _), AsyncExitStack() as stack:
        for _ in range(32):
            client = await stack.enter_async_context(relay.client())
            assert (await news_of(messages(client, toolsListChanged=True)))["method"]
        client = await stack.enter_async_context(relay.client())
        body = body_of("subscriptions/listen", notifications={"toolsListChanged": True})
        answer = await client.request(
            "POST", "/mcp", *heads_of(body), body=json.dumps(body).encode()
        )
        assert answer.error["code"] == -32603
        other = await stack.enter_async_context(relay.client(relay.new_client("other")))
        assert (await news_of(messages(other, toolsListChanged=True)))["method"] == ACKNOWLEDGED
        assert one.listeners <= 33


async def test_a_server_that_comes_back_is_told_of(tmp_path: Path) -> None:
    answers = False

    def respond(seen: Seen) -> Reply:
        if not answers:
            return Reply(503, (("Content-Length", "0"),))
        params = {"notifications": {"toolsListChanged": True}}
        note = {"jsonrpc": "2.0", "method": ACKNOWLEDGED, "params": params}
        return sse_reply(f"data: {json.dumps(note)}\n\n".encode(), asyncio.Event())

    async with (
        scripted_upstream(respond) as upstream,
        running_relay(tmp_path, upstream.url) as relay,
        at_all(relay) as client,
        client.listen(tools_list_changed=True) as news,
    ):
        await upstream.received()
        answers = True
        assert await news_of(aiter(news)) == ToolsListChanged()


async def test_a_client_that_does_not_keep_up_has_to_begin_anew() -> None:
    told = asyncio.Event()

    @asynccontextmanager
    async def handle(inbound: Inbound) -> AsyncGenerator[Outbound]:
        async def body() -> AsyncIterator[bytes]:
            for number in range(1100):
                update = {"jsonrpc": "2.0", "method": UPDATED, "params": {"uri": f"n:{number}"}}
                yield f"data: {json.dumps(update)}\n\n".encode()
            told.set()
            await asyncio.Event().wait()

        kind = (("Content-Type", "text/event-stream"),)
        yield Outbound(status=200, headers=kind, body=body())

    config = Config(servers={"one": Server("one", "http://127.0.0.1/mcp")})
    roster = Roster(lambda: config, lambda *_: None, unasked_state, lambda: 0.0, lambda *_: None)
    inner = Inner(handle)
    listings = Listings(Lister(inner), roster, lambda *_: None)
    listeners = Listeners(inner, roster, lambda: listings, Results(Seal()))
    wanted = {"notifications": {"resourceSubscriptions": ["keyfob:one/n:0"]}}
    inbound = Inbound(listener=Listener.HTTP, http_method="POST", server="", headers=())
    asked = Asked(
        inbound=inbound,
        client="client",
        id=1,
        method="subscriptions/listen",
        params=wanted,
        headers=(),
    )
    async with listeners.listen(asked) as answer:
        first = await anext(answer.body)
        assert ACKNOWLEDGED.encode() in first
        await asyncio.wait_for(told.wait(), 5)
        async with asyncio.timeout(5):
            rest = [chunk async for chunk in answer.body]
    assert rest == [], "the stream has ended, and nothing is kept for it without end"


def unasked_state(name: str, method: str) -> AccountState:
    return AccountState(name=name, method=method, condition=AccountCondition.HEALTHY)
