"""What the core says in English, in the language of the window."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import translations
from keyfob_core.errors import ConfigInvalid, StoreLocked, UnknownName
from keyfob_core.prompts import WideningPrompt
from keyfob_desktop.connect.connect_steps import ConnectSteps
from keyfob_desktop.connect.provider_answers import provider_in
from keyfob_desktop.core_words import CoreWords, said, value_said
from keyfob_desktop.languages import LANGUAGES, install
from keyfob_desktop.prompts.kinds import dialog_for
from keyfob_desktop.settings.settings_fields import LineField
from keyfob_desktop.widgets.labels import PlainLabel
from keyfob_desktop.widgets.parts import Banner, sentence
from keyfob_desktop.window import Window
from support.desktop import until
from support.fake_engine import STEPS
from support.real_desktop import RealEngine

TEMPLATES: list[str] = json.loads((translations.FOLDER / translations.CORE).read_text("utf-8"))
WORDS = CoreWords(TEMPLATES)
TRANSLATED = [name for name in LANGUAGES if name != "en"]
FOREIGN = st.text("ABC XYZ 019 äÖ漢 -/_'@{}", max_size=30)
STRANGE = st.text("BCXYZ 019 äÖ漢.:-/_@{}", max_size=40)
FAINT = 7


def spoken(language: str) -> Iterator[None]:
    app = QCoreApplication.instance()
    assert app is not None
    before, installed = QLocale(), install(language, app)
    yield
    for each in installed:
        app.removeTranslator(each)
    QLocale.setDefault(before)


@pytest.fixture
def german(qtbot: QtBot) -> Iterator[None]:
    del qtbot
    yield from spoken("de")


@pytest.fixture
def chinese(qtbot: QtBot) -> Iterator[None]:
    del qtbot
    yield from spoken("zh_CN")


def translated(language: str) -> dict[str, str]:
    """The translations of the core's templates."""
    root = ElementTree.parse(translations.FOLDER / f"keyfob_{language}.ts").getroot()  # noqa: S314
    contexts = [each for each in root.iter("context") if each.findtext("name") == "Core"]
    return {
        message.findtext("source") or "": message.findtext("translation") or ""
        for context in contexts
        for message in context.iter("message")
    }


TOLD = {language: translated(language) for language in TRANSLATED}


def places(template: str) -> int:
    return sum(name is not None for _, name, _, _ in Formatter().parse(template))


def letters(template: str) -> int:
    return sum(each.isalnum() for text, _, _, _ in Formatter().parse(template) for each in text)


def test_the_templates_are_those_of_the_core_s_sources() -> None:
    anew = translations.core_texts()
    assert anew == TEMPLATES, "run `make translations`, and translate what is new"
    assert len(TEMPLATES) > 1000


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_template_has_a_translation(language: str) -> None:
    told = translated(language)
    assert sorted(told) == TEMPLATES
    assert [template for template, text in told.items() if not text.strip()] == []
    same = {template for template, text in told.items() if text == template and " " in template}
    assert same <= {"`keyfob store unlock --accept-older`.", "{0} in {1}", "uri {0}", "{0}: {1}?"}


@pytest.mark.parametrize("language", TRANSLATED)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_filled_template_is_said_with_all_that_was_put_in(
    language: str, data: st.DataObject
) -> None:
    told = TOLD[language]
    template = data.draw(st.sampled_from(TEMPLATES))
    arguments = data.draw(st.lists(FOREIGN, min_size=places(template), max_size=places(template)))
    shown = WORDS.said(template.format(*arguments), told.__getitem__)
    if letters(template) < FAINT and arguments:
        return
    filled = template.format(*arguments)
    wanted = _bare(told[template].format(*arguments))
    assert _bare(shown) == wanted or _bare(shown) in set(_others(filled, told))


def _others(filled: str, told: Mapping[str, str]) -> Iterator[str]:
    """What other templates, or other arguments, make of a sentence that they fit as well."""
    field, colon, rest = filled.partition(": ")
    yield _bare(field + colon + WORDS.said(rest, told.__getitem__))
    for template in TEMPLATES:
        first, *rest = [re.escape(each.format()) for each in re.split(r"\{\d\}", template)]
        # Where places stand together the first has all the text.
        together = [number > 0 and not text for number, text in enumerate([first, *rest])]
        places = zip(together, rest, strict=False)
        pattern = first + "".join(f"({'' if is_next else '.*?'}){text}" for is_next, text in places)
        found = re.fullmatch(pattern, filled)
        if found is not None:
            given = [WORDS.said(each, told.__getitem__, is_value=True) for each in found.groups()]
            yield _bare(told[template].format(*given))
            yield _bare(told[template].format(*found.groups()))


def _bare(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=100, deadline=None)
@given(STRANGE, st.sampled_from(TEMPLATES), STRANGE)
def test_whatever_stands_around_a_template_it_is_said_or_stays(
    before: str, template: str, after: str
) -> None:
    sentence = f"{before}{template}{after}"
    shown = WORDS.said(sentence, TOLD["de"].__getitem__)
    assert shown == sentence or before.strip() in shown


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("english", "shown"),
    [
        ("Keyfob is locked.", "Keyfob ist gesperrt."),
        ("Account", "Konto"),
        ("servers.a.url: is missing", "servers.a.url: fehlt"),
        (
            "The account work is not connected. Connect it in Keyfob.",
            "Das Konto work ist nicht verbunden. Verbinden Sie es in Keyfob.",
        ),
        (
            "cursor may not call x (your answer, kept as rule 'r7').",
            "cursor darf x nicht aufrufen (Ihre Antwort, aufbewahrt als Regel 'r7').",
        ),
        (
            "Bring back the rule that every client may never call every tool of github?",
            "Regel „Jeder Client darf alle Werkzeuge von github nie aufrufen“ zurückholen?",
        ),
        (
            "cursor may call get in the group admin of github with the account work",
            "cursor darf get in der Gruppe admin von github mit dem Konto work aufrufen",
        ),
        (
            "Add a rule: cursor may call every tool of github?",
            "Regel hinzufügen: cursor darf alle Werkzeuge von github aufrufen?",
        ),
        ("Use a, b.", "Verwenden Sie a, b."),
        ("Use the way of somebody else.", "Use the way of somebody else."),
        ("The account Account is not connected.", "Das Konto Account ist nicht verbunden."),
        ("A text of somebody else, of any kind.", "A text of somebody else, of any kind."),
        ("", ""),
    ],
)
def test_a_sentence_is_said_in_german(english: str, shown: str) -> None:
    assert said(english) == shown


@pytest.mark.usefixtures("chinese")
def test_chinese_has_no_space_between_its_sentences() -> None:
    words = said("Keyfob is locked. Unlock it in Keyfob, or with `keyfob unlock`.")
    assert words == "Keyfob 已锁定。请在 Keyfob 中或用 `keyfob unlock` 解锁。"
    error = ConfigInvalid("url", "is missing", "Give one of them.")
    assert sentence(error) == "url: 缺失。请提供其中一个。"


def test_in_english_a_sentence_stays_the_same() -> None:
    assert QLocale().language() in (QLocale.Language.English, QLocale.Language.C)
    for each in ("Keyfob is locked.", "No sentence of ours"):
        assert said(each) is each


@pytest.mark.usefixtures("german")
def test_a_value_that_is_a_name_is_no_label() -> None:
    assert value_said("Account") == "Account"
    assert value_said("every tool") == "alle Werkzeuge"


def test_a_text_made_to_look_like_many_templates_takes_no_time() -> None:
    told = TOLD["de"]
    between = [
        each.removeprefix("{0}").removesuffix("{1}")
        for each in TEMPLATES
        if each.startswith("{0}") and each.endswith("{1}") and places(each) == 2
    ]
    assert len(between) > 10
    hostile: Sequence[str] = (
        "x".join(["", *between, *between, *between, ""]),
        "Keyfob is locked. a. " * 70,
        "every client may call " + "in the group x of " * 80,
    )
    begun = time.process_time()
    for each in hostile:
        WORDS.said(each, told.__getitem__)
    assert time.process_time() - begun < 2


@pytest.mark.usefixtures("german")
def test_an_error_is_shown_with_its_field_and_hint_in_german(qtbot: QtBot) -> None:
    banner = Banner("state-failed")
    qtbot.addWidget(banner)
    banner.tell_error(
        StoreLocked("The encrypted file is locked.", "Enter its passphrase in Keyfob.")
    )
    assert banner.words == (
        "Die verschlüsselte Datei ist gesperrt. Geben Sie ihre Passphrase in Keyfob ein."
    )
    error = ConfigInvalid("name", "'ä' cannot be a name", "Choose another.")
    assert sentence(error) == "name: 'ä' kann kein Name sein. Wählen Sie einen anderen."


@pytest.mark.usefixtures("german")
def test_a_command_that_will_be_run_is_shown_as_it_is(qtbot: QtBot) -> None:
    command = "sh -c cannot be read: every tool"
    dialog = dialog_for(
        WideningPrompt(
            title="Run a program as a server",
            text="Add the server git and let Keyfob run its program?",
            details=(("Command", command), ("Servers", "your servers")),
        )
    )
    qtbot.addWidget(dialog)
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert dialog.title.text() == "Programm als Server ausführen"
    assert {"Befehl", command, "Server", "Ihre Server"} <= set(shown)
    assert "Den Server git hinzufügen und sein Programm von Keyfob ausführen lassen?" in shown


@pytest.mark.usefixtures("german")
def test_the_steps_of_a_sign_in_are_told_in_german(qtbot: QtBot) -> None:
    steps = ConnectSteps()
    qtbot.addWidget(steps)
    for step in STEPS:
        steps.add(step)
    shown = [label.text() for label in steps.findChildren(PlainLabel)]
    assert "Browser geöffnet (PKCE S256): login.example" in shown
    assert "Gespeichert in Secret Service als account/notion." in shown
    assert [step.text for step in STEPS if step.text in shown] == []


@pytest.mark.usefixtures("german")
async def test_a_provider_s_scopes_and_steps_are_told_in_german(real: RealEngine) -> None:
    github = provider_in(await real.do("provider.show", id="github"))
    assert github.scopes["delete_repo"].text == "Repositorys löschen"
    assert github.app is not None
    assert "Kopieren Sie die Client-ID" in github.app.steps[-1]
    assert github.keys[0].name == "Persönliches Zugriffs-Token"


@pytest.mark.usefixtures("german")
async def test_a_german_window_tells_the_real_engine_s_words_in_german(
    real: RealEngine, qtbot: QtBot
) -> None:
    window = Window(real.door, real.failures.append)
    qtbot.addWidget(window)
    window.show()
    window.tabs.setCurrentWidget(window.diagnostics)
    await until(lambda: window.diagnostics.rows and window.diagnostics.look_button.isEnabled())
    told = {row.finding.rule: row.sentence.text() for row in window.diagnostics.rows}
    assert told["config"] == "config.toml ist in Ordnung."
    assert told["tools"] == "Kein Werkzeug wartet auf Ihre Freigabe."
    assert [text for text in told.values() if said(text) != text] == []

    window.tabs.setCurrentWidget(window.settings)
    field = window.settings.form.fields["audit.syslog"]
    assert isinstance(field, LineField)
    field.box.setText("https://logs.example")
    field.box.editingFinished.emit()
    await until(lambda: not field.error.isHidden())
    assert field.error.text() == (
        "'https://logs.example' ist kein syslog-Server. "
        "Verwenden Sie local, udp://HOST:PORT oder tcp://HOST:PORT."
    )
    with pytest.raises(UnknownName) as raised:
        await real.do("account.refresh", name="nobody")
    window.accounts.banner.tell_error(raised.value)
    assert window.accounts.banner.words.startswith("Es gibt kein Konto namens 'nobody'.")
