from __future__ import annotations

import re

import pytest

from keyfob_core.oauth.pages import CallbackPages, Page

PAGES = CallbackPages.load()


@pytest.mark.parametrize("page", [PAGES.done(), PAGES.failed("m", "h"), PAGES.not_ours()])
def test_a_page_loads_nothing_and_runs_nothing(page: Page) -> None:
    text = page.body.decode()
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)

    assert policy.startswith("default-src 'none';")
    assert nonce
    assert f'<style nonce="{nonce[1]}">' in text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script|\ssrc=|\shref=|url\(|https?://|\son\w+=", text)
    assert "prefers-color-scheme: dark" in text


def test_words_of_others_are_text() -> None:
    page = PAGES.failed("<script>alert(1)</script>\u202e", '"><img src=x> $nonce')
    text = page.body.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩" in text
    assert "&quot;&gt;&lt;img src=x&gt; $nonce" in text


def test_each_page_has_a_nonce_of_its_own() -> None:
    assert PAGES.done().body != PAGES.done().body


def test_only_success_has_the_status_of_success() -> None:
    assert PAGES.done().status == 200
    assert PAGES.failed("", "").status == 400
    assert PAGES.not_ours().status == 400
