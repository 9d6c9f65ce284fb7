"""Reads what the core says to people out of its sources: one template for each sentence or label.

A template is in the form of `str.format`: what an f-string puts in is `{0}`, `{1}`, in order. Where
it puts in one of several texts that stand in the code, there is a template for each of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import cast

from sentences import is_said

_LABEL = re.compile(r"[A-Z][A-Za-z]+…?")
_CALLS_NOT_SAID = frozenset(
    {
        *("cast", "compile", "encode", "getLogger", "removeprefix", "replace", "startswith"),
        *("execute", "executemany", "rows"),
        *("AssertionError", "FileNotFoundError", "KeyError", "KeyringLocked", "LookupError"),
        *("RuntimeError", "TypeError", "ValueError"),
        *("BadFraming", "BridgeError", "GrantRefused", "NotServed", "Refused"),
        *("Unanswerable", "_emit", "_joined", "error_message", "mistaken", "note", "plain"),
        *("refusal", "refused"),
    }
)
"""What is given to these is for programs: databases, logs, MCP's and OAuth's clients."""
_ELSEWHERE = (
    "answers/elicitation.py",
    "audit/events.py",
    "bridge.py",
    "cli/",
    "control/wait_page.py",
    "control/wire.py",
    "demo/",
    "launch.py",
    "oauth/pages.py",
    "pairing/authorization.py",
    "pairing/metadata.py",
    "pairing/pages.py",
    "pairing/parameters.py",
    "pairing/registration.py",
    "pairing/tokens.py",
    "reaper.py",
    "state/migrations.py",
    "system/tty.py",
    "tools/pinning.py",
    "transports/aggregate/",
    "transports/eras/handshake_clients/clients.py",
    "transports/eras/modern_clients/clients.py",
    "transports/http/page.py",
)
"""These speak in a terminal, in a browser, to programs or to models, and never in the window."""
_FEW_FORMS, _MOST_FORMS = 8, 24
"""Over the first number, what may be left out of a text stays a place; over the second, all."""

Text = tuple[str | None, ...]
"""Literal parts, and None for each place."""


def templates(core: Path) -> list[str]:
    """The templates of all that this folder of sources says, sorted."""
    found: set[str] = set()
    for path in sorted(core.rglob("*.py")):
        name = path.relative_to(core).as_posix()
        if not name.startswith(_ELSEWHERE):
            found.update(_Reader(labelled=name.startswith("control/")).read(_parsed(path)))
    return sorted(found)


def errors_of(folder: Path, core: Path) -> list[str]:
    """The templates of what these sources say in the core's errors, sorted."""
    tree = _parsed(core / "errors.py")
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                found.update(_Reader(labelled=False).read(node))
    return sorted(found)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


class _Reader:
    """Finds the texts of one module, or of a part of it."""

    def __init__(self, *, labelled: bool) -> None:
        self._labelled = labelled
        self._known: list[Mapping[str, ast.expr]] = []

    def read(self, tree: ast.AST) -> Iterator[str]:
        """The templates in this tree."""
        yield from self._scope(tree)

    def _scope(self, node: ast.AST) -> Iterator[str]:
        self._known.append(_named_once(node))
        yield from self._below(node)
        self._known.pop()

    def _node(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from self._scope(node)
            case ast.ClassDef(bases=[ast.Name(id="StrEnum")]) | ast.Compare() | ast.Subscript():
                return
            case ast.Expr(value=ast.Constant()):
                return
            case ast.AnnAssign(value=value) | ast.Dict(keys=_, values=value):
                yield from self._each(value if isinstance(value, list) else [value])
            case ast.Call(func=func, args=arguments, keywords=keywords):
                if not _is_for_programs(func):
                    yield from self._each([func, *arguments])
                    for keyword in keywords:
                        yield from self._given(keyword)
            case ast.Tuple(elts=[first, second]) if self._labelled:
                yield from _labels(first)
                yield from self._each([first, second])
            case ast.Constant() | ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                yield from self._text(node)
            case _:
                yield from self._below(node)

    def _text(self, node: ast.expr) -> Iterator[str]:
        forms = self._forms(node)
        if forms is None:
            yield from self._below(node)
            return
        yield from _said(forms)
        places = [each.value for each in ast.walk(node) if isinstance(each, ast.FormattedValue)]
        yield from self._each(places)

    def _given(self, keyword: ast.keyword) -> Iterator[str]:
        if keyword.arg in ("title", "text", "words", "sentence", "hint"):
            yield from _labels(keyword.value)
        yield from self._node(keyword.value)

    def _each(self, nodes: Sequence[ast.AST | None]) -> Iterator[str]:
        for node in nodes:
            if node is not None:
                yield from self._node(node)

    def _below(self, node: ast.AST) -> Iterator[str]:
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            children = cast("list[object]", value if isinstance(value, list) else [value])
            yield from self._each([each for each in children if isinstance(each, ast.AST)])

    def _forms(self, node: ast.AST, depth: int = 0) -> list[Text] | None:
        """The forms that a text can have; None for what is no text of the code's own."""
        match node:
            case ast.Constant(value=str(text)):
                return [(text,)]
            case ast.JoinedStr(values=values):
                return self._joined([self._part(each, depth) for each in values])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [self._forms(each, depth) for each in (left, right)]
                if sides == [None, None]:
                    return None
                return self._joined([[(None,)] if side is None else side for side in sides])
            case ast.IfExp(body=body, orelse=other):
                return self._either([body, other], depth)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._either(values, depth)
            case ast.Subscript(value=ast.Name(id=name)):
                value = self._value(name)
                if isinstance(value, ast.Dict):
                    return self._either(value.values, depth)
            case ast.Name(id=name) if depth < 3:
                value = self._value(name)
                return None if value is None else self._forms(value, depth + 1)
            case _:
                pass
        return None

    def _value(self, name: str) -> ast.expr | None:
        return next((scope[name] for scope in reversed(self._known) if name in scope), None)

    def _either(self, nodes: Sequence[ast.expr], depth: int) -> list[Text] | None:
        sides = [self._forms(each, depth) for each in nodes]
        if all(side is None for side in sides):
            return None
        return [form for side in sides for form in ([(None,)] if side is None else side)]

    def _part(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, ast.FormattedValue):
            return self._forms(node, depth) or [(None,)]
        if node.conversion != -1 or node.format_spec is not None:
            return [(None,)]
        return self._forms(node.value, depth) or [(None,)]

    def _joined(self, parts: Sequence[list[Text]]) -> list[Text]:
        kept = list(parts)
        if _number(kept) > _FEW_FORMS:
            kept = [[(None,)] if ("",) in part else part for part in kept]
        if _number(kept) > _MOST_FORMS:
            kept = [[(None,)] if len(part) > 1 else part for part in kept]
        return [tuple(each for piece in pieces for each in piece) for pieces in product(*kept)]


def _number(parts: Sequence[list[Text]]) -> int:
    return prod(len(part) for part in parts)


def _said(forms: Sequence[Text]) -> Iterator[str]:
    for form in forms:
        plain = "".join("§" if part is None else part for part in form).strip(" ")
        template = _template(form).strip(" ")
        if is_said(plain, template):
            yield template


def _template(form: Text) -> str:
    number = 0
    said = ""
    for part in form:
        if part is None:
            said += f"{{{number}}}"
            number += 1
        else:
            said += _escaped(part)
    return said


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _labels(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if _LABEL.match(text):
            yield _escaped(text)
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), _]) if _LABEL.match(text):
            yield f"{_escaped(text)}{{0}}"
        case _:
            return


def _is_for_programs(func: ast.expr) -> bool:
    whole = ast.unparse(func)
    owner, _, name = whole.rpartition(".")
    return name in _CALLS_NOT_SAID or "log" in owner.rpartition(".")[2].lstrip("_")[:6]


def _named_once(scope: ast.AST) -> dict[str, ast.expr]:
    """The names that this scope gives to one value only, and those values."""
    values: dict[str, ast.expr] = {}
    several: set[str] = set()
    for node in _own(scope):
        for name in _stored(node):
            if name in values or name in several:
                several.add(name)
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.expr):
                values[name] = value
            else:
                several.add(name)
    return {name: value for name, value in values.items() if name not in several}


def _stored(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.Assign() | ast.AugAssign() | ast.For() | ast.AsyncFor() | ast.With():
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    yield each.id
        case _:
            return


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions in it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
        ):
            yield from _own(child)
