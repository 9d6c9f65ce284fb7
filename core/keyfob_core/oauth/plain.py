"""Words of others, made safe to show in a sentence of ours."""

from __future__ import annotations

from keyfob_core.words import plain

_LONGEST = 300


def visible(text: str, *, secrets: tuple[str | None, ...] = ()) -> str:
    """The text on one line, control and bidirectional characters written out, secrets cut out.

    Longer texts are cut at 300 characters.
    """
    for secret in secrets:
        text = text.replace(secret, "[secret]") if secret else text
    return plain.visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
