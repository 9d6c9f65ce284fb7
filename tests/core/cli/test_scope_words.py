from __future__ import annotations

import pytest

from keyfob_core.cli.scope_words import EngineScopeWords
from keyfob_core.errors import UnknownName
from keyfob_core.model import (
    AccountCondition,
    AccountState,
    Client,
    KnownBy,
    ServerState,
    SignInPrompt,
)
from keyfob_core.ports import Progress
from support.commands import MadeUpEngine

PROMPT = SignInPrompt(
    client=Client("cursor", KnownBy.TOKEN),
    server="gh",
    account="work",
    reason="It needs more.",
    more_scopes=("repo",),
)
ENTRIES = {
    "github": {"scopes": ({"name": "repo", "text": "Change repositories", "risk": "write"},)},
    "other": {"scopes": ()},
}
WORDS = {"repo": "Change repositories [write]"}


def engine(account_provider: str | None, server_url: str) -> MadeUpEngine:
    account = AccountState(
        name="work",
        method="oauth",
        condition=AccountCondition.HEALTHY,
        provider=account_provider,
    )
    server = ServerState(name="gh", url=server_url, account="work", account_condition=None)
    providers = (
        {"id": "none", "url": None},
        {"id": "other", "url": "https://other.example/mcp"},
        {"id": "github", "url": "https://gh.example/mcp/"},
    )

    def show(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if args["id"] not in ENTRIES:
            raise UnknownName("There is no such provider.")
        return ENTRIES[str(args["id"])]

    return MadeUpEngine(
        {
            "account.list": lambda args, confirmed, progress: (account,),
            "server.list": lambda args, confirmed, progress: (server,),
            "provider.list": lambda args, confirmed, progress: providers,
            "provider.show": show,
        }
    )


@pytest.mark.parametrize(
    ("provider", "url", "words"),
    [
        ("github", "https://other.example/mcp", WORDS),
        (None, "https://gh.example/x", WORDS),
        (None, "https://other.example/mcp", {}),
        (None, "https://unknown.example/mcp", {}),
        ("gone", "https://gh.example/mcp", {}),
    ],
)
async def test_the_accounts_provider_counts_and_else_the_servers(
    provider: str | None, url: str, words: dict[str, str]
) -> None:
    scope_words = EngineScopeWords()
    scope_words.attach(engine(provider, url))
    assert await scope_words(PROMPT) == words


async def test_before_the_engine_stands_nothing_is_known() -> None:
    assert await EngineScopeWords()(PROMPT) == {}


async def test_a_server_that_was_removed_has_no_words() -> None:
    made = engine(None, "https://gh.example/mcp")
    made.verbs["server.list"] = lambda args, confirmed, progress: ()
    made.verbs["account.list"] = lambda args, confirmed, progress: ()
    scope_words = EngineScopeWords()
    scope_words.attach(made)
    assert await scope_words(PROMPT) == {}
