"""The window in every language that it speaks."""

from __future__ import annotations

import ast
import re
import shutil
import string
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QPoint, QRect
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QPushButton,
    QScrollArea,
    QStyleOptionViewItem,
    QWidget,
)
from pytestqt.qtbot import QtBot

import translations
from keyfob_core.states import AccountCondition, LatchCondition, LatchState, LockedBy
from keyfob_desktop.activity.activity_words import time_words
from keyfob_desktop.languages import LANGUAGES, SYSTEM, chosen_in, install, language_of
from keyfob_desktop.prompts.kinds import dialog_for
from keyfob_desktop.standing import condition_words
from keyfob_desktop.widgets.models import moment
from keyfob_desktop.widgets.two_lines import TwoLineDelegate
from keyfob_desktop.window import Window
from support.desktop import Running, until
from support.fake_engine import account, server
from support.prompts import access_prompt

TRANSLATED = [name for name in LANGUAGES if name != "en"]
CODE = translations.ROOT / "desktop" / "keyfob_desktop"
NUMERUS = {"en": 2, "de": 2, "zh_CN": 1}


@pytest.fixture(scope="module")
def strings_anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .ts files as they are once the strings of the code are read into them."""
    folder = tmp_path_factory.mktemp("strings")
    for path in translations.FOLDER.glob("*.ts"):
        shutil.copy(path, folder)
    translations.update(folder)
    return folder


def messages(path: Path) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """Context, source and message of each string."""
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            yield name, message.findtext("source") or "", message


def texts(message: ElementTree.Element) -> list[str]:
    """What a message is translated to, once or for each number."""
    translation = message.find("translation")
    assert translation is not None
    forms = [form.text or "" for form in translation.iter("numerusform")]
    return forms or [translation.text or ""]


def fields(text: str) -> list[str]:
    """The places in a text, in no order."""
    named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return sorted([*named, *re.findall("%n", text)])


def literal(node: ast.Call) -> bool:
    arguments: Sequence[ast.expr] = node.args
    named = isinstance(node.func, ast.Attribute | ast.Name)
    is_translate = named and ast.unparse(node.func).rpartition(".")[2] == "translate"
    wanted = arguments[:2] if is_translate else arguments[:1]
    return all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in wanted)


@contextmanager
def speaking(language: str, system: QLocale | None = None) -> Generator[None]:
    """The application in a language, and as it was afterwards."""
    app = QCoreApplication.instance()
    assert app is not None
    before, installed = QLocale(), install(language, app, system)
    try:
        yield
    finally:
        for each in installed:
            app.removeTranslator(each)
        QLocale.setDefault(before)


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_string_of_the_code_stands_in_the_translations(
    strings_anew: Path, language: str
) -> None:
    kept, anew = (
        folder / f"keyfob_{language}.ts" for folder in (translations.FOLDER, strings_anew)
    )
    found, wanted = ({(c, s) for c, s, _ in messages(path)} for path in (kept, anew))
    assert found == wanted, "run `make translations`, and translate what is new"


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_string_is_translated_with_all_that_is_put_into_it(language: str) -> None:
    wrong: list[str] = []
    for context, source, message in messages(translations.FOLDER / f"keyfob_{language}.ts"):
        translation = message.find("translation")
        assert translation is not None
        forms = texts(message)
        if message.get("numerus") and len(forms) != NUMERUS[language]:
            wrong.append(f"{context}: {source!r} has {len(forms)} forms")
        for text in forms:
            # A form for one alone may say it without the number.
            needs = [field for field in fields(source) if field != "%n" or len(forms) == 1]
            has = [field for field in fields(text) if field != "%n" or len(forms) == 1]
            if translation.get("type") or not text.strip() or needs != has:
                wrong.append(f"{context}: {source!r} is {text!r}")
            if source.rstrip()[-1:] == "…" and text.rstrip()[-1:] != "…":
                wrong.append(f"{context}: {source!r} loses its ellipsis")
    assert not wrong, "\n".join(wrong)


def test_every_string_stands_in_the_code_as_it_is() -> None:
    # What is put together at run time is found by no tool, and translated by nobody.
    hidden = [
        f"{path.name}:{node.lineno} {ast.unparse(node)[:80]}"
        for path in sorted(CODE.rglob("*.py"))
        # The core's sentences are found by their templates, in test_core_words.
        if path.name != "core_words.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and ast.unparse(node.func).rpartition(".")[2] in ("tr", "translate")
        and not literal(node)
    ]
    assert hidden == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_program_finds_every_translation(qtbot: QtBot, language: str) -> None:
    del qtbot
    with speaking(language):
        for context, source, message in messages(translations.FOLDER / f"keyfob_{language}.ts"):
            is_numerus = message.get("numerus") is not None
            number = 2 if is_numerus else -1
            shown = QCoreApplication.translate(context, source, None, number)
            assert shown == texts(message)[-1].replace("%n", "2"), context


@pytest.mark.parametrize(
    ("system", "shown"),
    [
        ("de_AT", "de"),
        ("zh_CN", "zh_CN"),
        ("zh_SG", "zh_CN"),
        ("en_GB", "en"),
        ("fr_FR", "en"),
        ("C", "en"),
    ],
)
def test_the_system_s_language_is_shown_where_the_window_speaks_it(system: str, shown: str) -> None:
    assert language_of(SYSTEM, QLocale(system)) == shown
    assert language_of("tlh", QLocale(system)) == shown


@pytest.mark.parametrize(
    ("language", "system", "written"),
    [
        ("en", "en_GB", "15/01/2027 08:00"),
        ("en", "en_US", "1/15/27 8:00\u202fAM"),
        ("en", "de_DE", "1/15/27 8:00\u202fAM"),
        ("de", "de_AT", "15.01.27 08:00"),
        ("zh_CN", "zh_SG", "15/01/27 上午8:00"),
        ("zh_CN", "zh_TW", "2027/1/15 08:00"),
    ],
)
def test_dates_are_written_as_in_the_person_s_country(
    qtbot: QtBot, language: str, system: str, written: str
) -> None:
    del qtbot
    with speaking(language, QLocale(system)):
        assert moment(str(datetime(2027, 1, 15, 8).astimezone().timestamp())) == written


@pytest.mark.parametrize(
    ("language", "lately", "long_ago"),
    [
        ("en", "{day} Jan", "{day} Jan 2020"),
        ("de", "{day}. Jan.", "{day}. Jan. 2020"),
        ("zh_CN", "1月{day}日", "2020年1月{day}日"),
    ],
)
def test_the_day_of_an_event_is_written_as_its_language_has_it(
    qtbot: QtBot, language: str, lately: str, long_ago: str
) -> None:
    del qtbot
    today = datetime.now().astimezone()
    day = 3 if (today.month, today.day) == (1, 2) else 2
    with speaking(language):
        for year, written in ((today.year, lately), (2020, long_ago)):
            at = datetime(year, 1, day, 16, 44, 10).astimezone()
            assert time_words(at.timestamp()) == f"{written.format(day=day)} 16:44:10"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chosen_language_goes_before_the_system_s(language: str) -> None:
    assert language_of(language, QLocale("de_DE")) == language


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('[window]\nlanguage = "de"\n', "de"),
        ('[window]\nlanguage = "de"\n[nonsense]\n', "de"),
        ("[window]\nlanguage = 7\n", SYSTEM),
        ("window = 7\n", SYSTEM),
        ("[window", SYSTEM),
        (None, SYSTEM),
    ],
)
def test_the_chosen_language_stands_in_config_toml(
    tmp_path: Path, written: str | None, found: str
) -> None:
    file = tmp_path / "config.toml"
    if written is not None:
        file.write_text(written, "utf-8")
    assert chosen_in(file) == found


async def test_the_window_speaks_the_language_that_is_installed(
    running: Running, qtbot: QtBot
) -> None:
    with speaking("de"):
        window = Window(running.door, running.failures.append)
        qtbot.addWidget(window)
        tabs = [window.tabs.tabText(number) for number in range(window.tabs.count())]
        assert tabs == ["Server", "Konten", "Clients", "Aktivität", "Einstellungen", "Diagnose"]
        await running.tell(
            latch=LatchState(condition=LatchCondition.LOCKED, since=1.0, locked_by=LockedBy.SCREEN)
        )
        await until(lambda: window.latch_banner.button.text() == "Entsperren…")
        assert dialog_for(access_prompt()).allow_button.text() == "Erlauben"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_how_a_server_is_and_what_helps_it_fit_the_window(
    running: Running, qtbot: QtBot, language: str
) -> None:
    with speaking(language):
        window = Window(running.door, running.failures.append)
        qtbot.addWidget(window)
        window.show()
        for condition in AccountCondition:
            await running.tell(
                servers=(server("github", condition),),
                accounts=(account("github-account", condition),),
            )
            words = condition_words(condition)
            await until(lambda words=words: window.servers.details.condition.text() == words)
            # What stood there for the condition before must not be taken for this one's.
            QApplication.sendPostedEvents()
            await until(lambda: stands(window))
            assert room_for_words(window.servers.list) >= window.fontMetrics().horizontalAdvance(
                words
            )


def stands(window: Window) -> bool:
    """Whether a server's page fits, with each of its buttons in sight and apart from the others."""
    details = window.servers.details
    buttons = places(details)
    return (
        fits(window.servers.findChildren(QScrollArea)[0])
        and all(map(details.rect().contains, buttons))
        and not any(one.intersects(other) for one, other in combinations(buttons, 2))
    )


def fits(area: QScrollArea) -> bool:
    content = area.widget()
    return content is not None and content.width() <= area.viewport().width()


def places(widget: QWidget) -> list[QRect]:
    """Where its buttons stand."""
    shown = [each for each in widget.findChildren(QPushButton) if each.isVisible()]
    return [QRect(each.mapTo(widget, QPoint()), each.size()) for each in shown]


def room_for_words(view: QListView) -> int:
    option = QStyleOptionViewItem()
    option.font, option.rect = view.font(), view.visualRect(view.model().index(0, 0))
    delegate = view.itemDelegate()
    assert isinstance(delegate, TwoLineDelegate)
    return delegate.words_box(option).width()
