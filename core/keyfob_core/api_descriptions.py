"""What the description of an HTTP API says, as far as a person is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keyfob_core.model import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDescription:
    """An OpenAPI document in a person's terms; its words are others'."""

    title: str
    source: str
    """The file or the address it was read from."""
    url: str
    """The API's base: where every call goes, and the credential with it."""
    digest: str
    """SHA-256 of the document, as hexadecimal digits."""
    tools: int
    left_out: tuple[str, ...] = ()
    """Operations that became no tool, each with its reason."""
    sign_ins: tuple[str, ...] = ()
    """The ways to sign in that it names, in words."""
    places: tuple[Placement, ...] = ()
    """Where the keys stand that it asks for first."""


class ApiDocuments(Protocol):
    """The OpenAPI documents whose operations become tools."""

    async def look(self, source: str, url: str | None, *, shown: bool) -> ApiDescription:
        """Read a document anew, from a file or an address.

        `url` is where the person says that the API is, else the document says it. `shown` takes
        what the last look answered, which is what the person has said yes to. Raises
        ConfigInvalid or UpstreamUnreachable.
        """
        ...

    async def keep(self, name: str, source: str, url: str | None) -> None:
        """Keep what was looked at last as a server's document; raises ConfigInvalid."""
        ...

    async def describe(self, name: str, source: str, url: str) -> ApiDescription:
        """What a server's document says; raises ConfigInvalid or UpstreamUnreachable."""
        ...

    def forget(self, name: str) -> None:
        """Forget the document of a server that was removed."""
        ...

    def problem(self, name: str) -> str | None:
        """Why a server's document as it is now is not in use."""
        ...
