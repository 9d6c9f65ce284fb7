"""The question for the passphrase of the encrypted file."""

from __future__ import annotations

from keyfob_core.prompts import Decision, PassphrasePrompt
from keyfob_desktop.core_words import said
from keyfob_desktop.prompts.prompt_dialog import GUARD_MS, PromptDialog
from keyfob_desktop.settings.passphrase_fields import PassphraseFields
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel


class PassphraseDialog(PromptDialog):
    """Takes a passphrase, twice for a new one."""

    def __init__(self, prompt: PassphrasePrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Choose a passphrase") if prompt.new else self.tr("Open your secrets?"),
            self.tr("Use it") if prompt.new else self.tr("Unlock"),
            self.tr("Not now"),
            guard_ms=guard_ms,
        )
        self.fields = PassphraseFields(new=prompt.new)
        self.fields.changed.connect(self.review)
        self.fields.entered.connect(self._enter)
        self.body.addWidget(PlainLabel(said(prompt.text)))
        self.body.addWidget(self.fields)
        if prompt.new:
            self.body.addWidget(
                DimLabel(self.tr("Nobody can bring it back: without it the secrets are lost."))
            )
        self.body.addStretch(1)
        self.finished.connect(self.fields.forget)

    def may_allow(self) -> bool:
        """Whether a passphrase is there."""
        return self.fields.complete

    def decision(self, allow: bool) -> Decision:
        """The answer with the passphrase."""
        return Decision(allow=allow, text=self.fields.text if allow else None)

    def _enter(self) -> None:
        # Only from its own field, and only where the button is open: the guard holds here too.
        if self.allow_button.isEnabled():
            self.allow_button.click()
