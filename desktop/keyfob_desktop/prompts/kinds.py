"""One window for each kind of prompt: it says who asks for what."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout

from keyfob_core.prompts import (
    AccessPrompt,
    ClientPrompt,
    Decision,
    Lasts,
    PairingPrompt,
    PassphrasePrompt,
    Prompt,
    SeenTool,
    SignInPrompt,
    ToolChangePrompt,
    ToolListPrompt,
    UnlockPrompt,
    WideningPrompt,
)
from keyfob_core.words.plain import visible
from keyfob_desktop.core_words import said, value_said
from keyfob_desktop.prompts.passphrase_prompt import PassphraseDialog
from keyfob_desktop.prompts.peer_words import claimed_words, known_words, process_words
from keyfob_desktop.prompts.prompt_dialog import GUARD_MS, PromptDialog
from keyfob_desktop.prompts.sign_in_prompt import SignInDialog
from keyfob_desktop.prompts.tool_prompts import ToolChangeDialog, ToolListDialog, trait_words
from keyfob_desktop.standing import lasts_choices
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, name_label
from keyfob_desktop.widgets.parts import CodeView
from keyfob_desktop.widgets.text import clipped

_LONGEST_WORDS = 600


_COMMAND = "Command"
"""The label of what will be run, which is shown as it is."""


class AccessDialog(PromptDialog):
    """May this client call this tool with this account?"""

    def __init__(self, prompt: AccessPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Let {client} use {server}?").format(
                client=visible(prompt.client.name), server=visible(prompt.server)
            ),
            self.tr("Allow"),
            self.tr("Deny"),
            guard_ms=guard_ms,
        )
        self.fact(self.tr("Program"), prompt.client.name, known_words(prompt.client.known_by))
        self.fact(self.tr("Process"), *process_words(prompt.peer))
        claimed = claimed_words(prompt.claimed)
        if claimed:
            self.fact(self.tr("It calls itself"), claimed, self.tr("claimed, not checked"))
        self.fact(self.tr("Server"), prompt.server)
        self.fact(self.tr("Tool"), prompt.tool)
        if prompt.says is not None:
            self.fact(self.tr("It says of itself"), *_own_words(prompt.says))
        self.fact(self.tr("Account"), prompt.account or self.tr("none: sent without a credential"))
        self.arguments = CodeView(self.tr("Arguments"), prompt.arguments)
        self.arguments.setMinimumHeight(self.fontMetrics().lineSpacing() * 6)
        label = DimLabel(self.tr("With these arguments"))
        box = QVBoxLayout()
        box.setSpacing(4)
        box.addWidget(label)
        box.addWidget(self.arguments, 1)
        self.body.addLayout(box, 1)
        self._choices = lasts_choices(prompt.lasts)
        self.lasts = QComboBox(self)
        self.lasts.setAccessibleName(self.tr("How long your answer holds"))
        self.lasts.addItems([text for text, _, _ in self._choices])
        self.buttons.insertWidget(0, name_label(self.tr("My answer holds")))
        self.buttons.insertWidget(1, self.lasts)

    def decision(self, allow: bool) -> Decision:
        """The answer with the chosen duration."""
        if not self._choices:
            return Decision(allow=allow)
        _, lasts, hours = self._choices[self.lasts.currentIndex()]
        return Decision(allow=allow, lasts=lasts, hours=hours)


class WideningDialog(PromptDialog):
    """A command asks for something that allows more than before."""

    def __init__(self, prompt: WideningPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            visible(said(prompt.title)), self.tr("Allow"), self.tr("Deny"), guard_ms=guard_ms
        )
        for name, value in prompt.details:
            self.fact(said(name), value if name == _COMMAND else value_said(value))
        self.body.addWidget(PlainLabel(said(prompt.text)))
        self.body.addWidget(DimLabel(self.tr("Asked for by a command on this computer.")))
        self.body.addStretch(1)


class NamingDialog(PromptDialog):
    """A program is let in under a name."""

    def name_field(self, suggested: str) -> None:
        """Add the field for the name."""
        self.name = QLineEdit(visible(suggested), self)
        self.name.setAccessibleName(self.tr("Name for this program"))
        self.name.textChanged.connect(self.review)
        self.fact(self.tr("Call it"), self.name)

    def may_allow(self) -> bool:
        """Whether the program has a name."""
        return bool(self.name.text().strip())

    def decision(self, allow: bool) -> Decision:
        """The answer with the name."""
        lasts = Lasts.ALWAYS if allow else Lasts.ONCE
        return Decision(allow=allow, lasts=lasts, text=self.name.text().strip() if allow else None)


class ClientDialog(NamingDialog):
    """A program that nobody has named yet wants to use Keyfob."""

    def __init__(self, prompt: ClientPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("A program that was signed by another wants to use Keyfob")
            if prompt.former is not None
            else self.tr("A new program wants to use Keyfob"),
            self.tr("Let it in"),
            self.tr("Refuse"),
            guard_ms=guard_ms,
        )
        self.fact(self.tr("Process"), *process_words(prompt.peer))
        claimed = claimed_words(prompt.claimed)
        if claimed:
            self.fact(self.tr("It calls itself"), claimed, self.tr("claimed, not checked"))
        if prompt.former is not None:
            before = prompt.former_signer or self.tr("nobody")
            note = self.tr("then it was signed by {signer}").format(signer=visible(before))
            self.fact(self.tr("You named it"), prompt.former, note)
        self.name_field(prompt.suggested_name)
        self.body.addWidget(
            DimLabel(
                self.tr(
                    "You will see it under this name. What it may do with your servers is asked "
                    "separately."
                )
            )
        )
        self.body.addStretch(1)


class PairingDialog(NamingDialog):
    """A program wants to pair by OAuth."""

    def __init__(self, prompt: PairingPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("A program wants to pair with Keyfob"),
            self.tr("Let it in"),
            self.tr("Refuse"),
            guard_ms=guard_ms,
        )
        claimed = claimed_words(prompt.claimed) or self.tr("nothing")
        self.fact(self.tr("It calls itself"), claimed, self.tr("claimed, not checked"))
        process, note = process_words(prompt.peer)
        if prompt.peer is None and prompt.executable is not None:
            process, note = prompt.executable, self.tr("the program that registered")
        self.fact(self.tr("Process"), process, note)
        self.fact(self.tr("Your answer goes to"), prompt.redirect)
        self.fact(self.tr("It will reach"), prompt.server or self.tr("all of your servers"))
        self.name_field(prompt.suggested_name)
        self.body.addWidget(
            DimLabel(
                self.tr(
                    "Let it in only if you have just started this in that program. It gets a token "
                    "that you can revoke at any time; what it may do with your servers is asked "
                    "separately."
                )
            )
        )
        self.body.addStretch(1)


class UnlockPromptDialog(PromptDialog):
    """Keyfob is locked and somebody wants it open."""

    def __init__(self, prompt: UnlockPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Unlock Keyfob?"),
            self.tr("Unlock"),
            self.tr("Leave it locked"),
            guard_ms=guard_ms,
        )
        self.body.addWidget(PlainLabel(said(prompt.text)))
        self.body.addWidget(
            DimLabel(self.tr("Calls pass again then, each as your rules and answers say."))
        )
        self.body.addStretch(1)


def dialog_for(prompt: Prompt, *, guard_ms: int = GUARD_MS) -> PromptDialog:
    """The window that asks this prompt."""
    match prompt:
        case AccessPrompt():
            return AccessDialog(prompt, guard_ms=guard_ms)
        case WideningPrompt():
            return WideningDialog(prompt, guard_ms=guard_ms)
        case ClientPrompt():
            return ClientDialog(prompt, guard_ms=guard_ms)
        case PairingPrompt():
            return PairingDialog(prompt, guard_ms=guard_ms)
        case SignInPrompt():
            return SignInDialog(prompt, guard_ms=guard_ms)
        case PassphrasePrompt():
            return PassphraseDialog(prompt, guard_ms=guard_ms)
        case ToolListPrompt():
            return ToolListDialog(prompt, guard_ms=guard_ms)
        case ToolChangePrompt():
            return ToolChangeDialog(prompt, guard_ms=guard_ms)
        case UnlockPrompt():
            return UnlockPromptDialog(prompt, guard_ms=guard_ms)


def _own_words(tool: SeenTool) -> tuple[str, str]:
    """A tool's own words, and as a note what it says of what it does."""
    said = " — ".join(each for each in (tool.title, tool.description) if each)
    warned = (
        QCoreApplication.translate(
            "AccessDialog", "some of its words may be meant to steer the model"
        )
        if tool.findings
        else ""
    )
    note = " · ".join(each for each in (trait_words(tool), warned) if each)
    return clipped(said, _LONGEST_WORDS) or QCoreApplication.translate(
        "AccessDialog", "nothing"
    ), note
