"""Servers that are programs: what one is started with, and what the way to it needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from keyfob_core.config import Server
from keyfob_core.errors import CredentialMissing
from keyfob_core.model import Credential, Token
from keyfob_core.variables import filled, secrets_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramStart:
    """How a program is started; one that is equal needs no new process."""

    server: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What it gets on top of the few of ours that it needs; secrets filled in."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What it is given of the account, in its variables or on its descriptor."""
    on_descriptor: bool = False
    """Whether it reads the secrets from a file descriptor, one a line."""


class ByteReader(Protocol):
    """As much of an `asyncio.StreamReader` as this needs."""

    async def read(self, n: int = -1, /) -> bytes:
        """Up to so many bytes, none at the end."""
        ...


class RunningProgram(Protocol):
    """A program that was started."""

    @property
    def pid(self) -> int:
        """Its process."""
        ...

    @property
    def stdout(self) -> ByteReader:
        """Its messages."""
        ...

    @property
    def stderr(self) -> ByteReader:
        """Its complaints."""
        ...

    async def write(self, data: bytes) -> None:
        """Write to its standard input, and wait while that is full; raises OSError."""
        ...

    async def wait(self) -> int:
        """Its exit code once it has ended; negative for a signal (POSIX)."""
        ...

    async def end(self) -> None:
        """End it with all it started: first its input, then gently, then by force."""
        ...

    def close(self) -> None:
        """Let go of its pipes; what it has said and nobody read is lost."""
        ...


class StartProgram(Protocol):
    """Starts programs."""

    async def __call__(self, start: ProgramStart) -> RunningProgram:
        """Start it; raises UpstreamUnreachable or ConfigInvalid for what cannot be started."""
        ...


def start_of(server: Server, credential: Credential | None) -> ProgramStart:
    """How the server's program is started for an account.

    Raises CredentialMissing where it wants a secret that the account does not have.
    """
    secrets = secrets_of(credential)[: server.secrets_wanted]
    if len(secrets) < server.secrets_wanted:
        raise _missing(server, credential)
    if secrets and isinstance(credential, Token) and credential.dpop_key is not None:
        raise CredentialMissing(
            f"The account's token is bound to a key of ours, which {server.name} cannot use.",
            "Connect an account without DPoP for it.",
        )
    return ProgramStart(
        server=server.name,
        command=server.command,
        variables=filled(server.env, secrets),
        secrets=secrets,
        on_descriptor=server.secret_fd,
    )


def _missing(server: Server, credential: Credential | None) -> CredentialMissing:
    if credential is None:
        return CredentialMissing(
            f"The program {server.name} wants a secret.",
            f"Store it with `keyfob connect {server.name} --secret-stdin`.",
        )
    return CredentialMissing(
        f"The program {server.name} wants {server.secrets_wanted} secrets, and its account has "
        f"{len(secrets_of(credential))}.",
        f"Send them one a line: `keyfob connect {server.name} --secret-stdin`.",
    )
