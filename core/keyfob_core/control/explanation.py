"""Why a client may or may not call a tool, and with which account."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob_core.access import Ruling, deciding, rulings
from keyfob_core.config import Config
from keyfob_core.resolver import choices
from keyfob_core.tools.pins import Facts


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that the configuration says of a tool."""

    by: str
    """A path in config.toml, or a rule's id."""
    value: str
    """An access, or an account's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What decides a call, and what lost against it."""

    client: str
    server: str
    tool: str | None
    access: Said
    access_lost: tuple[Said, ...]
    account: Said | None
    account_lost: tuple[Said, ...]


def explain(
    config: Config,
    *,
    client: str,
    server: str,
    tool: str | None,
    now: float,
    facts: Facts | None = None,
) -> Explanation:
    """Say which word of the configuration decides, in the order in which they count.

    `facts` are what is known of the tool as it was approved.
    """
    named = [
        Said(choice.named_by, choice.account)
        for choice in choices(config, client=client, server=server, tool=tool)
    ]
    account = named[0].value if named else None
    ruled = rulings(
        config, client=client, server=server, tool=tool, account=account, now=now, facts=facts
    )
    decided = deciding(ruled)
    return Explanation(
        client=client,
        server=server,
        tool=tool,
        access=_said(decided),
        access_lost=tuple(_said(ruling) for ruling in ruled if ruling is not decided),
        account=named[0] if named else None,
        account_lost=tuple(named[1:]),
    )


def _said(ruling: Ruling) -> Said:
    return Said(ruling.decided_by, ruling.verdict.value)
