"""The demo's people, and its scopes in plain words."""

from __future__ import annotations

from types import MappingProxyType

PEOPLE = ("Ada", "Grace")

IDENTITY = "identity"
NOTES = "notes"

SCOPES = MappingProxyType(
    {
        IDENTITY: "See which demo person you are",
        NOTES: "Read your demo notes and add new ones",
    }
)
