"""The checkout's own Python sources as syntax trees, for the tests of its rules."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "desktop", "resources", "packaging")
MADE = frozenset({"node_modules", "__pycache__", "build", "dist"})


def is_ours(path: Path) -> bool:
    """Whether a path inside the checkout is a source: neither made by a tool nor hidden."""
    return path.parts[:2] != ("reports", "local") and not any(
        part in MADE or (part.startswith(".") and part not in {".ci", ".gitignore"})
        for part in path.parts
    )


def sources(*folders: str) -> list[Path]:
    """Every Python file under `folders`, relative to the checkout."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(inside for path in found if is_ours(inside := path.relative_to(ROOT)))


def tree(path: Path) -> ast.Module:
    """The syntax tree of one of `sources`."""
    return ast.parse((ROOT / path).read_text("utf-8"))


@functools.cache
def calls(path: Path) -> tuple[tuple[str, str], ...]:
    """Each call in a file: where it stands and its dotted name as written, aliases resolved."""
    return tuple(_calls(path))


def _calls(path: Path) -> Iterator[tuple[str, str]]:
    module = tree(path)
    names = _imported(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            name = names.get(first, first)
            yield f"{path}:{node.lineno}", f"{name}.{rest}" if rest else name


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each import in a file: where it stands and the full name of what it brings."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield f"{path}:{node.lineno}", alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{path}:{node.lineno}", f"{node.module}.{alias.name}"


def _imported(module: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    return names
