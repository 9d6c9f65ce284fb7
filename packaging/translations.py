"""Brings the translations in step with the strings of the desktop and the core, by Qt's own tools.

`make translations` adds new strings to the .ts files as unfinished and makes the .qm files that
the program reads. Only strings that stand in the code as they are can be found. What the core says
becomes templates of the context `Core`, listed in core.json by which the window recognises them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import files
from pathlib import Path

from core_templates import errors_of, templates
from provider_words import provider_words

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "keyfob_resources" / "translations"
ORIGINAL = "en"
CORE = "core.json"
LANGUAGES = (ORIGINAL, "de", "zh_CN")
"""English has a file for its plurals alone."""


def main() -> int:
    """Update and release all languages."""
    update(FOLDER)
    release(FOLDER)
    return 0


def update(folder: Path) -> None:
    """Read the strings anew into the files of this folder; what is translated stays."""
    said = core_texts()
    (folder / CORE).write_text(json.dumps(said, ensure_ascii=False, indent=0) + "\n", "utf-8")
    sources = sorted((ROOT / "desktop" / "keyfob_desktop").rglob("*.py"))
    with tempfile.TemporaryDirectory() as scratch:
        core = Path(scratch) / "core.py"
        core.write_text("".join(f"translate('Core', {text!r})\n" for text in said), "utf-8")
        _read([*sources, core], folder)


def core_texts() -> list[str]:
    """All that the core says to people, sorted.

    Its own sentences, the words of the providers' entries, and what the window says in its errors.
    """
    core, window = ROOT / "core" / "keyfob_core", ROOT / "desktop" / "keyfob_desktop"
    providers = ROOT / "resources" / "keyfob_resources" / "providers"
    return sorted({*templates(core), *provider_words(providers), *errors_of(window, core)})


def _read(sources: Sequence[Path], folder: Path) -> None:
    for language in LANGUAGES:
        plurals = ["-pluralonly"] if language == ORIGINAL else []
        options = ["-silent", "-no-obsolete", "-locations", "none", "-source-language", ORIGINAL]
        target = ["-target-language", language, "-ts", str(folder / f"keyfob_{language}.ts")]
        _run("lupdate", [*options, *plurals, *map(str, sources), *target])


def release(folder: Path) -> None:
    """Make the .qm files."""
    for language in LANGUAGES:
        stem = folder / f"keyfob_{language}"
        _run("lrelease", ["-silent", f"{stem}.ts", "-qm", f"{stem}.qm"])


def _run(tool: str, arguments: Sequence[str]) -> None:
    subprocess.run([str(_tool(tool)), *arguments], check=True)


def _tool(name: str) -> Path:
    """One of the tools that come with PySide6; their wrappers start slowly."""
    wanted = {f"PySide6/{name}", f"PySide6/{name}.exe"}
    found = [path for path in files("pyside6-essentials") or () if path.as_posix() in wanted]
    return Path(str(found[0].locate()))


if __name__ == "__main__":
    sys.exit(main())
