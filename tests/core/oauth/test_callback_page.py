"""The page at the end of a sign-in, in a real Chromium."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import OAuthFailed
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.redirect import RedirectListener

SCRIPT = Path(__file__).parents[2] / "node" / "screenshots.mjs"
DENIED = OAuthFailed(
    "access_denied", "The sign-in was declined.", "Start it again if that was not meant."
)
LONG = OAuthFailed(
    "invalid_scope",
    "https://as.example refused the sign-in (invalid_scope: " + "looong" * 30 + " <b>x</b>).",
    "Start it again.",
)


@dataclass(frozen=True)
class Visit:
    name: str
    scheme: str
    ending: OAuthFailed | None = None
    width: int = 900


VISITS = (
    Visit("done-light", "light"),
    Visit("done-dark", "dark"),
    Visit("denied-light", "light", DENIED),
    Visit("long-dark", "dark", LONG, width=360),
)


async def ending(listener: RedirectListener, error: OAuthFailed | None) -> None:
    with suppress(OAuthFailed):
        async with listener:
            await listener.answer(20)
            if error:
                raise error


@pytest.fixture
async def seen(tmp_path: Path) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on the PATH")
    jobs: list[dict[str, object]] = []
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for visit in VISITS:
            listener = RedirectListener(CallbackPages.load(), "ours")
            await listener.open()
            group.create_task(ending(listener, visit.ending))
            url = f"{listener.redirect_uri}?code=c&state=ours"
            file = str(tmp_path / f"{visit.name}.png")
            jobs.append({"url": url, "scheme": visit.scheme, "file": file, "width": visit.width})
        process = await asyncio.create_subprocess_exec(
            "node", str(SCRIPT), chromium, json.dumps(jobs), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 60)
    reports = json.loads(output)
    return {
        visit.name: report | {"url": job["url"], "file": Path(str(job["file"]))}
        for visit, job, report in zip(VISITS, jobs, reports, strict=True)
    }


async def test_the_pages_are_shown_whole_in_light_and_dark_without_loading_anything(
    seen: dict[str, Any],
) -> None:
    assert seen["done-light"]["heading"] == "You are signed in"
    assert "You can close this tab." in seen["done-light"]["text"]
    assert "The sign-in was declined." in seen["denied-light"]["text"]
    assert "<b>x</b>" in seen["long-dark"]["text"]
    assert [report["status"] for report in seen.values()] == [200, 200, 400, 400]
    assert seen["done-light"]["background"] == "rgb(243, 244, 247)"
    assert seen["done-dark"]["background"] == "rgb(20, 22, 28)"
    for report in seen.values():
        assert report["requests"] == [report["url"]]
        assert not [line for line in report["complaints"] if "status of 400" not in line]
        assert not report["overflows"]
        assert report["file"].read_bytes().startswith(b"\x89PNG")
