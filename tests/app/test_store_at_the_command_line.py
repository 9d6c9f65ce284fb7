"""`keyfob store` typed as a person types it, between a real keychain and a real file."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from support.authorization_server import AuthorizationServer, authorization_server
from support.engine import Home, running_engine
from support.marked import mark
from support.processes import asked, keyfob, keyfob_serve
from support.token_owner import opened_store
from support.user_agent import UserAgent

KEY = mark("api-key")
PASSPHRASE = mark("passphrase")
TO_FILE = ("store", "move", "encrypted-file", "--yes", "--passphrase-stdin")
TO_KEYCHAIN = ("store", "move", "keychain", "--yes", "--passphrase-stdin")


@asynccontextmanager
async def perhaps_serving(home: Home, running: bool) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        if running:
            await stack.enter_async_context(keyfob_serve(home))
        yield


async def connected(home: Home, issuer: AuthorizationServer, *, to: str = "keychain") -> None:
    """A key and a person's tokens, both in one store; not by commands, which take their time."""
    async with running_engine(home, browser=UserAgent()) as engine:
        for name in ("keyed", "signed"):
            await engine.add(name, issuer.url)
        key = {"method": "api-key", "secret": KEY, "check_key": False}
        await engine.do("connect", server="keyed", **key)
        await engine.do("connect", server="signed")
        if to != "keychain":
            await engine.do("store.move", to=to, passphrase=PASSPHRASE)


async def kept(home: Home, kind: str) -> dict[str, bool]:
    """Which secrets lie in a store, looked at without Keyfob's commands."""
    names = ("account/keyed", "account/signed", "audit/key")
    async with opened_store(home, kind, passphrase=PASSPHRASE) as store:
        return {name: await store.get(name) is not None for name in names}


async def moved(home: Home, *words: str) -> Any:
    return await asked(home.environ, *words, stdin=PASSPHRASE)


ALL = {"account/keyed": True, "account/signed": True, "audit/key": True}
NONE = dict.fromkeys(ALL, False)


@pytest.mark.parametrize("running", [True, False], ids=["engine running", "no engine"])
async def test_everything_moves_to_the_file_and_back_by_commands(home: Home, running: bool) -> None:
    async with authorization_server() as issuer:
        await connected(home, issuer)
        async with perhaps_serving(home, running):
            there = await moved(home, *TO_FILE)
            assert (there["kind"], there["moved"] >= 3) == ("encrypted-file", True)
            show = await asked(home.environ, "store", "show")
            assert show["kind"] == "encrypted-file"
            assert show["condition"] == ("ready" if running else "locked")
            if running:
                await asked(home.environ, "account", "refresh", "signed")
        assert await kept(home, "keychain") == NONE
        assert await kept(home, "encrypted-file") == ALL
        assert KEY.encode() not in home.written()
        async with perhaps_serving(home, running):
            if running:
                await asked(home.environ, "store", "unlock", "--passphrase-stdin", stdin=PASSPHRASE)
                await asked(home.environ, "account", "refresh", "signed")
            back = await moved(home, *TO_KEYCHAIN)
            assert back == {"kind": "keychain", "moved": there["moved"]}
            assert (await asked(home.environ, "store", "show"))["condition"] == "ready"
            await asked(home.environ, "account", "refresh", "signed")
            assert (await asked(home.environ, "audit", "verify"))["ok"]
        assert await kept(home, "keychain") == ALL
        assert await kept(home, "encrypted-file") == NONE
    moves = [event for event in home.events() if event["event"] == "store_moved"]
    assert [event["details"]["to"] for event in moves] == ["encrypted-file", "keychain"]


async def test_a_wrong_passphrase_moves_nothing(home: Home) -> None:
    async with authorization_server() as issuer:
        await connected(home, issuer, to="encrypted-file")
    code, out, complaints = await keyfob(home.environ, *TO_KEYCHAIN, stdin="not this one")
    assert code == 1
    assert "The passphrase does not open" in complaints
    assert "Traceback" not in out + complaints
    assert (await asked(home.environ, "store", "show"))["kind"] == "encrypted-file"
    assert await kept(home, "keychain") == NONE
    assert await kept(home, "encrypted-file") == ALL


async def test_a_file_put_back_to_an_older_one_is_named_by_every_command_until_it_is_accepted(
    home: Home,
) -> None:
    older = home.folder.parent / "older"
    unlock = ("store", "unlock", "--passphrase-stdin")
    async with authorization_server() as issuer:
        await connected(home, issuer, to="encrypted-file")
        shutil.copy(home.paths.secrets_file, older)
        async with keyfob_serve(home):
            await asked(home.environ, *unlock, stdin=PASSPHRASE)
            await asked(home.environ, "account", "refresh", "signed")
            renewed = len(issuer.asked("/token"))
            shutil.copy(older, home.paths.secrets_file)
            code, _, complaints = await keyfob(home.environ, "account", "refresh", "signed")
            assert (code, "is older" in complaints) == (1, True)
            assert len(issuer.asked("/token")) == renewed
            status = await asked(home.environ, "status")
            assert status["store"]["condition"] == "outdated"
        async with keyfob_serve(home):
            shown = await asked(home.environ, "store", "show")
            assert shown["condition"] == "outdated"
            assert "--accept-older" in shown["hint"]
            code, _, complaints = await keyfob(home.environ, *unlock, stdin=PASSPHRASE)
            assert (code, "is older" in complaints) == (1, True)
            code, _, complaints = await keyfob(
                home.environ, *unlock, "--accept-older", stdin=PASSPHRASE
            )
            assert (code, "--yes" in complaints) == (1, True)
            accept = (*unlock, "--accept-older", "--yes")
            assert (await asked(home.environ, *accept, stdin=PASSPHRASE))["condition"] == "ready"
            await asked(home.environ, "account", "refresh", "signed")
            assert (await asked(home.environ, "audit", "verify"))["ok"]
    decisions = [event for event in home.events() if event["event"] == "decision"]
    assert "older file" in str(decisions[-1]["details"])


async def test_a_file_that_is_gone_is_named_and_a_new_one_begun_only_by_a_yes(home: Home) -> None:
    async with authorization_server() as issuer:
        await connected(home, issuer, to="encrypted-file")
        home.paths.secrets_file.unlink()
        async with keyfob_serve(home):
            assert (await asked(home.environ, "store", "show"))["condition"] == "gone"
            words = (
                *("connect", "keyed", "--method", "api-key"),
                *("--secret-stdin", "--no-check", "--yes"),
            )
            code, _, _ = await keyfob(home.environ, *words, stdin=KEY)
            assert code == 1
            assert not home.paths.secrets_file.exists()
            accept = ("store", "unlock", "--accept-older", "--yes", "--passphrase-stdin")
            await asked(home.environ, *accept, stdin=PASSPHRASE)
            # The key to what was accepted of config.toml is gone with the file.
            await asked(home.environ, "config", "accept", "--yes")
            await asked(home.environ, *words, stdin=KEY)
    async with opened_store(home, "encrypted-file", passphrase=PASSPHRASE) as store:
        assert KEY in (await store.get("account/keyed") or "")
