"""config.toml edited by hand, as its person and its clients see it."""

from __future__ import annotations

import sqlite3

import pytest

from keyfob_core.errors import AccessDenied
from keyfob_core.prompts import WideningPrompt
from support.engine import Home, running_engine
from support.eventually import eventually
from support.prompter import ALLOW, DENY, RecordingPrompter
from support.upstreams import sdk_upstream


def point_elsewhere(home: Home, before: str, after: str) -> None:
    text = home.paths.config_file.read_text()
    assert before in text
    home.paths.config_file.write_text(text.replace(before, after))


@pytest.mark.parametrize("live", [True, False], ids=["running", "between two starts"])
async def test_a_credential_goes_nowhere_else_by_an_edit_before_the_yes(
    home: Home, live: bool
) -> None:
    async with sdk_upstream("one") as good, sdk_upstream("two") as evil:
        async with running_engine(home) as keyfob:
            await keyfob.add("one", good.url)
            token = (await keyfob.token("cursor")).token
            if live:
                point_elsewhere(home, good.url, evil.url)

                async def noticed() -> bool:
                    return bool((await keyfob.engine.status()).unaccepted)

                await eventually(noticed)
                [server] = (await keyfob.engine.status()).servers
                assert server.url == good.url
        if not live:
            point_elsewhere(home, good.url, evil.url)
        prompter = RecordingPrompter(DENY, ALLOW)
        async with running_engine(home, prompter) as keyfob:
            [change] = await keyfob.do("config.check")
            assert change.part == "servers.one"
            assert evil.url in change.words
            with pytest.raises(AccessDenied):
                await keyfob.engine.dispatch("config.accept", {}, False, lambda _: None)
            [server] = (await keyfob.engine.status()).servers
            assert server.url == good.url
            await keyfob.engine.dispatch("config.accept", {}, False, lambda _: None)
            [server] = (await keyfob.engine.status()).servers
            assert server.url == evil.url
            assert await keyfob.do("config.check") == ()
        prompt = prompter.asked[0]
        assert isinstance(prompt, WideningPrompt)
        assert evil.url in str(prompt.details)
        assert token
        assert evil.requests == []
    events = [event["event"] for event in home.events()]
    assert events.count("config_accepted") == 1


async def test_a_removed_record_does_not_make_an_edit_a_first_start(home: Home) -> None:
    async with running_engine(home) as keyfob:
        await keyfob.do("server.add", name="one", url="https://one.example/mcp")
    database = sqlite3.connect(home.paths.database)
    database.execute("DELETE FROM accepted_config")
    database.commit()
    database.close()
    point_elsewhere(home, "one.example", "evil.example")
    async with running_engine(home) as keyfob:
        assert (await keyfob.engine.status()).servers == ()
        waiting = [change.part for change in await keyfob.do("config.check")]
        assert waiting == ["servers.one", "defaults.pinning"]
