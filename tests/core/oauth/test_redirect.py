from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import httpx2
import pytest

from keyfob_core.errors import OAuthFailed
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.redirect import RedirectListener

PAGES = CallbackPages.load()
SECONDS = 5.0


@pytest.fixture
async def browser() -> AsyncGenerator[httpx2.AsyncClient, None]:
    async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
        yield client


def is_listening(uri: str) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", urlsplit(uri).port)) == 0


async def test_the_answer_arrives_and_the_browser_learns_how_it_ended(
    browser: httpx2.AsyncClient,
) -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        visit = asyncio.create_task(
            browser.get(listener.redirect_uri, params={"code": "c", "state": "ours", "iss": "i"})
        )
        answer = await listener.answer(SECONDS)
        assert not visit.done()

    page = await visit
    assert answer == {"code": "c", "state": "ours", "iss": "i"}
    assert page.status_code == 200
    assert "You are signed in" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert not is_listening(listener.redirect_uri)


async def test_a_failure_afterwards_is_shown_instead(browser: httpx2.AsyncClient) -> None:
    visits: list[asyncio.Task[httpx2.Response]] = []

    async def fail_after_the_answer() -> None:
        async with RedirectListener(PAGES, "ours") as listener:
            uri = f"{listener.redirect_uri}?code=c&state=ours"
            visits.append(asyncio.create_task(browser.get(uri)))
            await listener.answer(SECONDS)
            raise OAuthFailed("invalid_grant", "The <code> was stale.", "Try again.")

    with pytest.raises(OAuthFailed):
        await fail_after_the_answer()
    page = await visits[0]
    assert page.status_code == 400
    assert "The &lt;code&gt; was stale." in page.text


@pytest.mark.parametrize("name", ["redirect_uri", "next", "return_to", "url", "error_uri"])
@pytest.mark.parametrize("answer", ["code=c&state=ours&", "error=access_denied&state=ours&", ""])
async def test_nobody_is_led_on_from_the_callback_wherever_its_address_points(
    browser: httpx2.AsyncClient, answer: str, name: str
) -> None:
    elsewhere = "https://evil.example/take"
    async with RedirectListener(PAGES, "ours") as listener:
        uri = f"{listener.redirect_uri}?{answer}{name}={elsewhere}"
        visit = asyncio.create_task(browser.get(uri))
        if answer:
            await listener.answer(SECONDS)
        else:
            await visit

    page = await visit
    assert page.status_code in {200, 400, 404}
    assert page.headers.keys().isdisjoint({"location", "refresh"})
    assert "evil.example" not in page.text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("code=c&state=theirs", "state_mismatch"),
        ("code=c", "state_mismatch"),
        ("error=access_denied", "state_mismatch"),
        ("state=", "state_mismatch"),
        ("code=c&state=%FFours", "state_mismatch"),
        ("code=c&state=ours&state=ours", "bad_response"),
        ("code=c&code=d&state=ours", "bad_response"),
    ],
)
async def test_an_answer_that_is_not_ours_ends_the_wait_with_an_error(
    browser: httpx2.AsyncClient, query: str, code: str
) -> None:
    visits: list[asyncio.Task[httpx2.Response]] = []

    async def wait_for_the_answer() -> None:
        async with RedirectListener(PAGES, "ours") as listener:
            visits.append(asyncio.create_task(browser.get(f"{listener.redirect_uri}?{query}")))
            await listener.answer(SECONDS)

    with pytest.raises(OAuthFailed) as refused:
        await wait_for_the_answer()
    assert (await visits[0]).status_code == 400
    assert refused.value.oauth_code == code


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/favicon.ico", {}, 404),
        ("/", {}, 404),
        ("/callback", {}, 400),
        ("/callback?x=1", {}, 400),
        ("/callback?code=c&state=theirs", {"Host": "evil.example"}, 400),
        ("/callback?code=c&state=theirs", {"Sec-Fetch-Mode": "no-cors"}, 400),
        ("/callback?code=c&state=theirs", {"Sec-Fetch-Dest": "iframe"}, 400),
    ],
)
async def test_whatever_is_no_answer_changes_nothing(
    browser: httpx2.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        origin = listener.redirect_uri.removesuffix("/callback")
        turned_away = await browser.get(f"{origin}{path}", headers=headers)
        visit = asyncio.create_task(browser.get(f"{origin}/callback?code=c&state=ours"))
        answer = await listener.answer(SECONDS)

    assert turned_away.status_code == status
    assert answer["code"] == "c"
    assert (await visit).status_code == 200


async def test_only_get_is_an_answer(browser: httpx2.AsyncClient) -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        uri = f"{listener.redirect_uri}?code=c&state=ours"
        assert (await browser.head(uri)).status_code == 405
        assert (await browser.post(uri)).status_code == 405


async def test_an_answer_counts_once(browser: httpx2.AsyncClient) -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        uri = f"{listener.redirect_uri}?state=ours&code="
        first = asyncio.create_task(browser.get(f"{uri}first"))
        answer = await listener.answer(SECONDS)
        second = await browser.get(f"{uri}second")

        assert (await listener.answer(SECONDS)) == answer
    assert answer["code"] == "first"
    assert second.status_code == 400
    assert (await first).status_code == 200


async def test_nobody_answering_ends_in_time() -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        with pytest.raises(OAuthFailed) as refused:
            await listener.answer(0.05)

    assert refused.value.oauth_code == "timed_out"
    assert not is_listening(listener.redirect_uri)


async def test_cancelling_closes_the_listener(browser: httpx2.AsyncClient) -> None:
    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        async with RedirectListener(PAGES, "ours") as listener:
            opened.set_result(listener.redirect_uri)
            await listener.answer(60)

    waiting = asyncio.create_task(wait())
    uri = await opened
    assert is_listening(uri)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not is_listening(uri)


async def test_a_taken_port_is_an_os_error_and_leaves_nothing_open() -> None:
    async with RedirectListener(PAGES, "ours") as listener:
        port = urlsplit(listener.redirect_uri).port
        assert port
        second = RedirectListener(PAGES, "ours")
        with pytest.raises(OSError) as refused:  # noqa: PT011 - the number is what counts
            await second.open(port)
    assert refused.value.errno == errno.EADDRINUSE


async def test_a_port_is_free_again_at_once(browser: httpx2.AsyncClient) -> None:
    async with RedirectListener(PAGES, "ours") as first:
        visit = asyncio.create_task(browser.get(f"{first.redirect_uri}?code=c&state=ours"))
        await first.answer(SECONDS)
    await visit
    second = RedirectListener(PAGES, "ours")
    await second.open(urlsplit(first.redirect_uri).port or 0)
    async with second:
        assert second.redirect_uri == first.redirect_uri
