"""What a person is asked, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from keyfob_core.model import Claims, Client, Peer
from keyfob_core.traits import Trait
from keyfob_core.words.tool_warnings import Finding


class Lasts(StrEnum):
    """How long a person's decision holds."""

    ONCE = "once"
    SESSION = "session"
    UNTIL_LOCK = "until_lock"
    """Until Keyfob is locked or ends."""
    HOURS = "hours"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person answered to a prompt."""

    allow: bool
    lasts: Lasts = Lasts.ONCE
    hours: int | None = None
    """Set exactly when `lasts` is HOURS."""
    text: str | None = field(default=None, repr=False)
    """What a person typed: a name for a `ClientPrompt` or `PairingPrompt`, else a passphrase."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Nobody answered: neither allowed nor denied, and not remembered."""


Answer = Decision | Dismissed


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPrompt:
    """May this client call this tool with this account?"""

    request_id: str
    client: Client
    peer: Peer | None
    claimed: Claims
    server: str
    tool: str
    account: str | None
    arguments: str
    """The full arguments as indented JSON, what looks like a secret hidden."""
    lasts: tuple[Lasts, ...]
    """The durations a person may choose from."""
    says: SeenTool | None = None
    """The tool as its server describes it and it was approved; None where nobody has seen that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WideningPrompt:
    """A command asks for something that allows more than before."""

    title: str
    text: str
    details: tuple[tuple[str, str], ...] = ()
    """Labelled facts, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPrompt:
    """A program that nobody has named yet wants to use Keyfob; answered by `Decision.text`."""

    peer: Peer
    claimed: Claims
    suggested_name: str
    former: str | None = None
    """The name it has, where it is signed by another than when it was named."""
    former_signer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingPrompt:
    """A client wants to pair by OAuth; answered by `Decision.text`, the name it gets."""

    claimed: Claims
    peer: Peer | None
    """The process that registered, where the system told and it was in this run."""
    executable: str | None
    """The program that registered, also where that was in an earlier run."""
    redirect: str
    """Where the answer goes."""
    server: str | None
    """The only server that it will reach; None for all."""
    suggested_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPrompt:
    """A call needs an account that is not connected, or whose sign-in has ended."""

    client: Client
    server: str
    account: str
    reason: str
    scopes: tuple[str, ...] = ()
    """What the account has now, where more is asked for."""
    more_scopes: tuple[str, ...] = ()
    """What the call needs on top (a step-up)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphrasePrompt:
    """The encrypted file needs its passphrase; answered by `Decision.text`."""

    text: str
    new: bool = False
    """Whether a new passphrase is chosen, which is asked for twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockPrompt:
    """Keyfob is locked and somebody wants it open; answered by a yes or a no."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTool:
    """A tool as its server describes it."""

    id: str
    name: str
    title: str
    description: str
    traits: tuple[Trait, ...]
    """What it says of itself, with the protocol's defaults."""
    fields: tuple[tuple[str, str], ...]
    """Its schemas and annotations as indented JSON, by name."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What was approved of one field, and what stands there now; empty for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChange:
    """A tool that is another than the one that was approved, or that was not there then."""

    id: str
    tool: str
    added: bool
    fields: tuple[FieldChange, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolListPrompt:
    """A server's tools are seen for the first time: may clients know and call them?"""

    server: str
    address: str
    tools: tuple[SeenTool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChangePrompt:
    """Tools of a server have changed since they were approved, or were added."""

    server: str
    address: str
    changes: tuple[ToolChange, ...]


Prompt = (
    AccessPrompt
    | WideningPrompt
    | ClientPrompt
    | PairingPrompt
    | SignInPrompt
    | PassphrasePrompt
    | ToolListPrompt
    | ToolChangePrompt
    | UnlockPrompt
)


@dataclass(frozen=True, slots=True)
class PendingPrompt:
    """A prompt that waits for a person, as `/wait/ID` and the window show it."""

    id: str
    prompt: Prompt
    asked_at: float
    ends_at: float | None = None
    """When it is dismissed if nobody answers, in seconds since the epoch."""
