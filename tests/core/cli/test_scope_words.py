from __future__ import annotations

import pytest

from keyfob_core.cli.scope_words import EngineScopeWords
from keyfob_core.errors import UnknownName
from keyfob_core.model import Client, KnownBy
from keyfob_core.ports import Progress
from keyfob_core.prompts import SignInPrompt
from keyfob_core.states import AccountCondition, AccountState, ServerState
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


def engine(account_provider: str | None, server_provider: str | None) -> MadeUpEngine:
    account = AccountState(
        name="work",
        method="oauth",
        condition=AccountCondition.HEALTHY,
        provider=account_provider,
    )
    server = ServerState(
        name="gh",
        url="https://gh.example/mcp",
        account="work",
        account_condition=None,
        provider=server_provider,
    )

    def show(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if args["id"] not in ENTRIES:
            raise UnknownName("There is no such provider.")
        return ENTRIES[str(args["id"])]

    return MadeUpEngine(
        {
            "account.list": lambda args, confirmed, progress: (account,),
            "server.list": lambda args, confirmed, progress: (server,),
            "provider.show": show,
        }
    )


@pytest.mark.parametrize(
    ("account", "server", "words"),
    [
        ("github", "other", WORDS),
        (None, "github", WORDS),
        (None, "other", {}),
        (None, None, {}),
        ("gone", "github", {}),
    ],
)
async def test_the_accounts_provider_counts_and_else_the_servers(
    account: str | None, server: str | None, words: dict[str, str]
) -> None:
    scope_words = EngineScopeWords()
    scope_words.attach(engine(account, server))
    assert await scope_words(PROMPT) == words


async def test_before_the_engine_stands_nothing_is_known() -> None:
    assert await EngineScopeWords()(PROMPT) == {}


async def test_a_server_that_was_removed_has_no_words() -> None:
    made = engine(None, "github")
    made.verbs["server.list"] = lambda args, confirmed, progress: ()
    made.verbs["account.list"] = lambda args, confirmed, progress: ()
    scope_words = EngineScopeWords()
    scope_words.attach(made)
    assert await scope_words(PROMPT) == {}
