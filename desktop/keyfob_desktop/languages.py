"""The language of the window: the system's, or the one that the person chose."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import cast

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from keyfob_desktop.core_words import make_ready

SYSTEM = "system"
"""The choice to follow the system."""
ENGLISH = "en"
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {ENGLISH: "English", "de": "Deutsch", "zh_CN": "简体中文"}
)
"""Each by its name in itself, as people look for it."""


def language_of(choice: str, system: QLocale | None = None) -> str:
    """The language to show: the chosen one, else the first of the system's that there is."""
    if choice in LANGUAGES:
        return choice
    for wanted in (system or QLocale.system()).uiLanguages():
        found = _known(QLocale(wanted))
        if found is not None:
            return found
    return ENGLISH


def chosen_in(config_file: Path) -> str:
    """The language that config.toml asks for, also where something else in it is wrong."""
    try:
        table: object = tomllib.loads(config_file.read_text("utf-8")).get("window")
    except (OSError, ValueError):
        return SYSTEM
    language = cast("dict[str, object]", table).get("language") if isinstance(table, dict) else None
    return language if isinstance(language, str) else SYSTEM


def install(
    language: str, app: QCoreApplication, system: QLocale | None = None
) -> tuple[QTranslator, ...]:
    """Have the application speak a language from now on; answers what it was given for that.

    What is shown already stays as it is. Dates and numbers are written as the system has them
    where it speaks the same language: 1/2/27 is another day in Britain than in America.
    """
    here = system or QLocale.system()
    QLocale.setDefault(here if _known(here) == language else QLocale(language))
    own = _Translation(language, app)
    qt = QTranslator(app)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    # Qt's own first: what is installed last is asked first.
    ways = (qt, own) if qt.load(QLocale(language), "qtbase", "_", place) else (own,)
    for way in ways:
        app.installTranslator(way)
    if language != ENGLISH:
        make_ready()
    return ways


class _Translation(QTranslator):
    """Our own strings; read as bytes, for in a zip there is no file to load."""

    def __init__(self, language: str, parent: QObject) -> None:
        super().__init__(parent)
        folder = files("keyfob_resources") / "translations"
        # Qt does not copy them.
        self._strings = (folder / f"keyfob_{language}.qm").read_bytes()
        self.load(self._strings)


def _known(locale: QLocale) -> str | None:
    if locale.language() is QLocale.Language.Chinese:
        simplified = locale.script() is QLocale.Script.SimplifiedHanScript
        return "zh_CN" if simplified else None
    return next((name for name in LANGUAGES if QLocale(name).language() is locale.language()), None)
