"""Sessions with servers: kept over a restart, listed, limited and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keyfob_core.errors import StoreLocked, UnknownName
from keyfob_core.sessions.session_life import Phase
from keyfob_core.states import LatchCondition
from support.engine import Home, running_engine
from support.era_servers import MODERN, era_server
from support.eventually import eventually
from support.old_visitor import INITIALIZE, Visitor
from support.secret_service import PrivateSecretService
from support.upstreams import sdk_upstream

LIST: Mapping[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.mark.parametrize("path", ["/mcp", "/s/one/mcp"])
async def test_a_session_outlives_a_restart_of_keyfob(home: Home, path: str) -> None:
    async with sdk_upstream() as upstream:
        async with running_engine(home) as keyfob:
            await keyfob.add("one", upstream.url)
            visitor = Visitor(path, (await keyfob.token("cursor")).token)
            assert (await visitor.send(keyfob, INITIALIZE))[0] == 200
            status, before = await visitor.send(keyfob, LIST)
            assert status == 200
            assert Phase.ACTIVE in {one.phase for one in await keyfob.do("session.list")}
        session = visitor.session
        assert session is not None
        assert session.encode() not in home.written()
        async with running_engine(home) as keyfob:
            [kept] = [one for one in await keyfob.do("session.list") if one.client == "cursor"]
            assert kept.phase is Phase.SUSPENDED
            status, after = await visitor.send(keyfob, LIST)
            assert (status, after) == (200, before)
            assert visitor.session == session
            [kept] = [one for one in await keyfob.do("session.list") if one.id == kept.id]
            assert kept.phase is Phase.RECOVERED
            stranger = Visitor(path, (await keyfob.token("zed")).token)
            stranger.session = session
            assert (await stranger.send(keyfob, LIST))[0] == 404


async def test_an_ended_session_is_over_here_and_at_its_server(home: Home) -> None:
    async with sdk_upstream() as upstream:
        async with running_engine(home) as keyfob:
            await keyfob.add("one", upstream.url)
            visitor = Visitor("/s/one/mcp", (await keyfob.token("cursor")).token)
            await visitor.send(keyfob, INITIALIZE)
        # The id lies sealed in state.db: the server is told after a restart as well.
        async with running_engine(home) as keyfob:
            [state] = await keyfob.do("session.list")
            assert (await keyfob.engine.status()).sessions == 1
            with pytest.raises(UnknownName):
                await keyfob.do("session.end", id="no-such")
            await keyfob.do("session.end", id=state.id)
            assert await keyfob.do("session.list") == ()
            assert (await visitor.send(keyfob, LIST))[0] == 404
            await eventually(lambda: any(seen.method == "DELETE" for seen in upstream.requests))
    [ended] = [event for event in home.events() if event["event"] == "session_ended"]
    assert ended["details"] == {"session": state.id, "by": "person"}


async def test_an_unlock_that_the_keychain_held_up_is_made_good_when_that_opens(
    home: Home, keychain: PrivateSecretService
) -> None:
    async with sdk_upstream() as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        token = (await keyfob.token("cursor")).token
        await keyfob.do("lock")
        # Its keys are dropped behind the command's back.
        assert (await keyfob.engine.status()).latch.condition is LatchCondition.LOCKED
        keychain.lock()
        try:
            with pytest.raises(StoreLocked):
                await keyfob.do("unlock")
        finally:
            keychain.unlock()

        async def is_its_server_told() -> bool:
            await Visitor("/s/one/mcp", token).send(keyfob, INITIALIZE)
            for state in await keyfob.do("session.list"):
                await keyfob.do("session.end", id=state.id)
            return any(seen.method == "DELETE" for seen in upstream.requests)

        await eventually(is_its_server_told, within=1)


async def test_an_ended_session_of_all_servers_is_not_found_again(home: Home) -> None:
    async with sdk_upstream() as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        visitor = Visitor("/mcp", (await keyfob.token("cursor")).token)
        await visitor.send(keyfob, INITIALIZE)
        [state] = [one for one in await keyfob.do("session.list") if not one.server]
        await keyfob.do("session.end", id=state.id)
        assert (await visitor.send(keyfob, LIST))[0] == 404


async def test_a_client_has_no_more_sessions_than_it_may(home: Home) -> None:
    async with sdk_upstream() as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        text = home.paths.config_file.read_text()
        home.paths.config_file.write_text(text + "\n[sessions]\nper_client = 1\n")
        # A command reads the file again.
        await keyfob.do("server.add", name="two", url=upstream.url)
        token = (await keyfob.token("cursor")).token
        first, second = (Visitor("/s/one/mcp", token) for _ in range(2))
        await first.send(keyfob, INITIALIZE)
        await second.send(keyfob, INITIALIZE)
        assert (await second.send(keyfob, LIST))[0] == 200
        assert (await first.send(keyfob, LIST))[0] == 404


async def test_a_session_that_its_client_ended_is_not_ended_a_second_time(home: Home) -> None:
    async with sdk_upstream() as upstream, running_engine(home) as keyfob:
        await keyfob.add("one", upstream.url)
        visitor = Visitor("/s/one/mcp", (await keyfob.token("cursor")).token)
        await visitor.send(keyfob, INITIALIZE)
        assert (await visitor.send(keyfob, method="DELETE"))[0] < 300
        assert (await visitor.send(keyfob, method="DELETE"))[0] == 404
        assert await keyfob.do("session.list") == ()
        assert (await visitor.send(keyfob, LIST))[0] == 404
        await keyfob.do("client.revoke", name="cursor")
    assert [seen.method for seen in upstream.requests].count("DELETE") == 1


async def test_a_bridged_session_outlives_a_restart_of_keyfob(home: Home) -> None:
    async with era_server(MODERN) as upstream:
        async with running_engine(home) as keyfob:
            await keyfob.add("one", upstream.url)
            visitor = Visitor("/s/one/mcp", (await keyfob.token("cursor")).token)
            assert (await visitor.send(keyfob, INITIALIZE))[0] == 200
            status, before = await visitor.send(keyfob, LIST)
            assert status == 200
            assert before["result"]["tools"]
        session = visitor.session
        assert session is not None
        async with running_engine(home) as keyfob:
            assert await visitor.send(keyfob, LIST) == (200, before)
            assert visitor.session == session
            stranger = Visitor("/s/one/mcp", (await keyfob.token("zed")).token)
            stranger.session = session
            assert (await stranger.send(keyfob, LIST))[0] == 404
