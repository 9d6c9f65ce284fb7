"""What the description of an HTTP API says, as far as a person is asked about it."""

from __future__ import annotations

from dataclasses import dataclass

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
