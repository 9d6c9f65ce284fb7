"""Prompts as the engine asks them."""

from __future__ import annotations

from keyfob_core.model import Claims, Client, KnownBy, Peer
from keyfob_core.prompts import (
    AccessPrompt,
    ClientPrompt,
    Lasts,
    PassphrasePrompt,
    SignInPrompt,
    UnlockPrompt,
    WideningPrompt,
)

CURSOR = Client(name="cursor", known_by=KnownBy.TOKEN, token_id="t1")
PEER = Peer(
    pid=4711,
    executable="/usr/share/cursor/cursor",
    started=1_790_000_000.0,
    parents=("/usr/bin/bash", "/usr/bin/gnome-terminal-server"),
)


def access_prompt(
    *,
    tool: str = "create_issue",
    arguments: str = '{\n  "owner": "example",\n  "title": "A tool asks twice"\n}',
    peer: Peer | None = PEER,
    claimed: Claims | None = None,
    account: str | None = "github-account",
    lasts: tuple[Lasts, ...] = tuple(Lasts),
) -> AccessPrompt:
    return AccessPrompt(
        request_id="r1",
        client=CURSOR,
        peer=peer,
        claimed=claimed or Claims(name="cursor-vscode", version="1.0.0", user_agent="node"),
        server="github",
        tool=tool,
        account=account,
        arguments=arguments,
        lasts=lasts,
    )


def widening_prompt() -> WideningPrompt:
    return WideningPrompt(
        title="Add a server",
        text="Add the server linear at https://mcp.linear.app/mcp?",
        details=(("Name", "linear"), ("Address", "https://mcp.linear.app/mcp")),
    )


def client_prompt() -> ClientPrompt:
    return ClientPrompt(peer=PEER, claimed=Claims(name="cursor-vscode"), suggested_name="cursor")


def sign_in_prompt() -> SignInPrompt:
    return SignInPrompt(
        client=CURSOR,
        server="github",
        account="github-account",
        reason="The sign-in has ended: the server does not accept its refresh token any more.",
    )


def step_up_prompt() -> SignInPrompt:
    return SignInPrompt(
        client=CURSOR,
        server="github",
        account="github-account",
        reason="The tool delete_repository needs more than the account github-account may do.",
        scopes=("repo", "read:org"),
        more_scopes=("delete_repo", "read:private_thing"),
    )


def passphrase_prompt(*, new: bool = False) -> PassphrasePrompt:
    text = "Give the passphrase of the file that holds your secrets."
    if new:
        text = "Choose a passphrase for the file that will hold your secrets."
    return PassphrasePrompt(text=text, new=new)


def unlock_prompt() -> UnlockPrompt:
    return UnlockPrompt(text="Keyfob is locked. cursor waits for it.")
