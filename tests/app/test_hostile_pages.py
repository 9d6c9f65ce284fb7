"""Web pages against a running relay, in a real Chromium; and the one page that pairing shows."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from keyfob_core.prompts import Decision, PairingPrompt
from support.engine import Home, running_engine
from support.eventually import eventually
from support.node import run_node
from support.pairing import answer_in
from support.pairing_raw import raw
from support.prompter import ALLOW, RecordingPrompter
from support.upstreams import json_reply, scripted_upstream

DONE = json_reply({"jsonrpc": "2.0", "id": 1, "result": {}})


async def test_a_hostile_page_in_chromium_gets_nothing_and_is_recorded(home: Home) -> None:
    async with (
        scripted_upstream(DONE) as upstream,
        running_engine(home) as keyfob,
        raw(keyfob) as client,
    ):
        await keyfob.add("one", upstream.url)
        issued = await keyfob.token("client", "one")
        await client.register()
        known = client.authorization().removeprefix(keyfob.url)
        asked = {"relay": keyfob.url, "token": issued.token, "authorize": known}
        seen: dict[str, Any] = await run_node("hostile.mjs", asked)
        clients = (await keyfob.engine.status()).clients
        registered = [e for e in home.events() if e["event"] == "client_registered"]
    read = {name: text for name, text in seen["attempts"].items() if text}
    # What a page may read at all is that it was refused.
    assert len(seen["attempts"]) == 14 * 3 + 3
    assert len(read) == 14 + 3
    assert {text[:3] for name, text in read.items() if name.startswith("rebound")} == {"403"}
    assert all("names another machine" in text or "web page" in text for text in read.values())
    assert not seen["framed"]
    assert upstream.requests == []
    assert keyfob.prompter.asked == []
    assert [client.name for client in clients] == ["client"]
    assert len(registered) == 1
    refused = [event for event in home.events() if event["event"] == "refused"]
    assert {event["details"]["rule"] for event in refused if "rule" in event["details"]} == {
        "host",
        "origin",
        "fetch-site",
    }


async def test_the_page_of_a_pairing_has_no_control_and_goes_on_by_itself(home: Home) -> None:
    prompter = RecordingPrompter()
    pictures = os.environ.get("TEST_PICTURES")
    async with (
        scripted_upstream(DONE) as upstream,
        running_engine(home, prompter) as keyfob,
        raw(keyfob) as client,
    ):
        await client.register(client_name="<b>Cursor</b>\u202e")
        # Any port of the registered address will do (RFC 8252, section 7.3).
        redirect = f"{upstream.url.removesuffix('/mcp')}/callback"
        asked = {
            "url": client.authorization(redirect_uri=redirect),
            "tell": upstream.url,
            "redirect": redirect,
            "shot": pictures and f"{pictures}/pairing.png",
        }
        looking = asyncio.create_task(run_node("pairing-page.mjs", asked))
        await eventually(lambda: bool(upstream.requests), within=40)
        [prompt] = prompter.asked
        assert isinstance(prompt, PairingPrompt)
        prompter.answer(Decision(allow=True, text="Cursor"))
        seen = await looking
        tokens = await client.redeem(answer_in(seen["ending"])["code"], redirect_uri=redirect)
    assert seen["heading"] == "Answer in Keyfob"
    assert seen["controls"] == 0
    assert seen["complaints"] == []
    assert tokens.status_code == 200


async def test_a_private_scheme_gets_its_answer_from_a_page_that_links_to_it(home: Home) -> None:
    redirect = "cursor://anysphere.cursor-mcp/oauth/callback"
    async with running_engine(home, RecordingPrompter(ALLOW)) as keyfob, raw(keyfob) as client:
        await client.register(redirect_uris=[redirect])
        page = await client.http.get(client.authorization(redirect_uri=redirect))
        waiting = page.headers["location"]
        await eventually(lambda: any(e["event"] == "decision" for e in home.events()))
        page = await client.http.get(f"{keyfob.url}{waiting}")
        once_more = await client.http.get(f"{keyfob.url}{waiting}")
    assert f'<a href="{redirect}?code=kfa_' in page.text
    assert f'content="0; url={redirect}?code=kfa_' in page.text
    assert once_more.status_code == 404
    for header in ("content-security-policy", "x-frame-options", "referrer-policy"):
        assert header in page.headers
