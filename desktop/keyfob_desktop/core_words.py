"""What the core says in English, said in the person's language.

The core's sentences go to logs, to the audit, to programs and to the command line as they are. Here
each is recognised by the template that made it, and what was put in is put into the translation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, islice
from string import Formatter

from PySide6.QtCore import QCoreApplication, QLocale

_CONTEXT = "Core"
_WORD = re.compile(r"\w+")
_FIELD = re.compile(r"([\w.\[\]\"'-]+): (.+)", re.DOTALL)
_STOP = re.compile(r"(?<=[.!?…]) ")
_FAINT = 7
"""A template of fewer letters is taken where what is put in is the core's too, or a list."""
_DEEPEST = 3
_LONGEST = 1500
_MOST_STOPS = 8
_MOST_TRIES = 400
"""Of what a sentence may hold: a server's own text can be made to look like many templates."""
_Translate = Callable[[str], str]


def said(sentence: str) -> str:
    """A sentence or label of the core in the language of the window.

    What is not the core's, or not translated, stays as it is.
    """
    return _told_in(QLocale(), sentence, is_value=False)


def all_said(*sentences: str | None) -> str:
    """Several sentences one after the other, without those that are missing."""
    return one_after_other(*(said(each) for each in sentences if each))


def one_after_other(*sentences: str) -> str:
    """Sentences that are said already, as the window's language sets them behind each other."""
    return _closed_up(" ".join(each for each in sentences if each))


def value_said(value: str) -> str:
    """The same for a value beside its label, which may be a name that somebody gave."""
    return _told_in(QLocale(), value, is_value=True)


def make_ready() -> None:
    """Read the templates now, before a window is there that the first sentence would hold up."""
    _words()


class CoreWords:
    """The templates of the core, ordered so that those of a sentence are found at once."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._whole = dict[str, _Template]()
        self._by_word = dict[str, list[_Template]]()
        for text in templates:
            one = _Template(text)
            if one.places:
                self._by_word.setdefault(one.key, []).append(one)
            else:
                self._whole[one.literal] = one

    def said(self, sentence: str, translate: _Translate, *, is_value: bool = False) -> str:
        """The sentence, by the translations of its templates; a value is no label."""
        told = _Reading(self, translate).told(sentence, int(is_value))
        return sentence if told is None else told.text

    def whole(self, sentence: str) -> _Template | None:
        """The template that has exactly these words and no place."""
        return self._whole.get(sentence)

    def likely(self, sentence: str) -> Sequence[_Template]:
        """The templates with places that a sentence of these words may have."""
        words = dict.fromkeys(["", *_WORD.findall(sentence)])
        return [one for word in words for one in self._by_word.get(word, ())]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a text is in another language, and how many of its letters were the core's."""

    text: str
    letters: int


class _Reading:
    """Recognises one sentence and, in turn, what was put into it."""

    def __init__(self, words: CoreWords, translate: _Translate) -> None:
        self._words = words
        self._translate = translate
        self._tries = _MOST_TRIES

    def told(self, sentence: str, depth: int) -> _Told | None:
        """The sentence, or None where it is not the core's."""
        self._tries -= 1
        if depth > _DEEPEST or len(sentence) > _LONGEST or self._tries < 0:
            return None
        whole = self._words.whole(sentence)
        if whole is not None:
            # A name that somebody gave may be the same as a label of one word.
            is_name = depth > 0 and " " not in sentence
            return None if is_name else _Told(self._filled(whole, ()), whole.letters)
        ways = (
            self._after_field(sentence, depth),
            *(self._by_template(one, sentence, depth) for one in self._words.likely(sentence)),
            self._in_turn(sentence, depth),
        )
        known = [each for each in ways if each is not None]
        return max(known, key=lambda each: each.letters) if known else None

    def _by_template(
        self, one: _Template, sentence: str, depth: int, *, is_tail: bool = False
    ) -> _Told | None:
        given = one.found_in(sentence)
        if given is None:
            return None
        told = [
            self._argument(each, depth + 1, with_tails=is_tail or number in one.runs)
            for number, each in enumerate(given)
        ]
        if one.letters < _FAINT and all(each is None for each in told):
            is_plain = len(given) == 1 and " " not in given[0].replace(", ", ",")
            if not is_plain or (depth > 1 and one.begins_with_place):
                return None
        arguments = [
            raw if each is None else each.text for raw, each in zip(given, told, strict=True)
        ]
        letters = one.letters + sum(each.letters for each in told if each is not None)
        return _Told(self._filled(one, arguments), letters)

    def _argument(self, given: str, depth: int, *, with_tails: bool) -> _Told | None:
        words = given.strip(" ")
        told = self.told(words, depth) if words else None
        if told is None and with_tails:
            told = self._tails(words, depth)
        if told is None:
            return None
        before = len(given) - len(given.lstrip(" "))
        after = len(given) - before - len(words)
        return _Told(f"{' ' * before}{told.text}{' ' * after}", told.letters)

    def _tails(self, words: str, depth: int) -> _Told | None:
        """A name with what is said of it behind it."""
        for space in islice(re.finditer(" ", words), _MOST_STOPS):
            told = self._tail(words[space.end() :], depth)
            if told is not None:
                return _Told(words[: space.end()] + told.text, told.letters)
        return None

    def _tail(self, words: str, depth: int) -> _Told | None:
        whole = self._words.whole(words)
        if whole is not None and whole.letters >= _FAINT:
            return _Told(self._filled(whole, ()), whole.letters)
        for one in self._words.likely(words):
            if one.letters >= _FAINT and not one.begins_with_place:
                told = self._by_template(one, words, depth, is_tail=True)
                if told is not None:
                    return told
        return None

    def _after_field(self, sentence: str, depth: int) -> _Told | None:
        """`ConfigInvalid` begins with the name of a field."""
        found = _FIELD.fullmatch(sentence)
        told = None if found is None else self.told(found[2], depth + 1)
        if found is None or told is None:
            return None
        return _Told(f"{found[1]}: {told.text}", told.letters)

    def _in_turn(self, sentence: str, depth: int) -> _Told | None:
        """A sentence with its hint behind it."""
        for stop in islice(_STOP.finditer(sentence), _MOST_STOPS):
            first = self.told(sentence[: stop.start()], depth + 1)
            if first is not None:
                rest = sentence[stop.end() :]
                hint = self.told(rest, depth + 1) or _Told(rest, 0)
                text = _closed_up(f"{first.text} {hint.text}")
                return _Told(text, first.letters + hint.letters)
        return None

    def _filled(self, one: _Template, arguments: Sequence[str]) -> str:
        return _closed_up(self._translate(one.text).format(*arguments))


class _Template:
    """A template as it is looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = list(_parts(text))
        self.places = sum(part is None for part in parts)
        self.literal = "".join(part for part in parts if part is not None)
        self.letters = sum(each.isalnum() for each in self.literal)
        self.begins_with_place = bool(parts) and parts[0] is None
        self.key = max(_sure_words(parts), key=len, default="")
        self._first, self._runs = _runs(parts)
        starts = accumulate((many for many, _ in self._runs), initial=0)
        self.runs = {at for at, (many, _) in zip(starts, self._runs, strict=False) if many > 1}
        """The places that others follow at once: they get all of the text."""

    def found_in(self, sentence: str) -> list[str] | None:
        """What was put into the places, each as short as it can be; None for another sentence.

        Takes no longer than the sentence is long, whatever stands in it.
        """
        *runs, (many, last) = self._runs
        at, end = len(self._first), len(sentence) - len(last)
        if at > end or not sentence.startswith(self._first) or not sentence.endswith(last):
            return None
        given: list[str] = []
        for places, literal in runs:
            until = sentence.find(literal, at, end)
            if until < 0:
                return None
            given += [sentence[at:until], *[""] * (places - 1)]
            at = until + len(literal)
        return [*given, sentence[at:end], *[""] * (many - 1)]


def _runs(parts: Sequence[str | None]) -> tuple[str, list[tuple[int, str]]]:
    """The text before all places; how many places stand together, and the text behind them."""
    first = parts[0] or "" if parts else ""
    runs: list[tuple[int, str]] = []
    for part in parts[1:] if first else parts:
        if runs and (part is not None or not runs[-1][1]):
            many, _ = runs.pop()
            runs.append((many + 1, "") if part is None else (many, part))
        else:
            runs.append((1, ""))
    return first, runs


def _parts(text: str) -> Iterator[str | None]:
    literal = ""
    for more, name, _, _ in Formatter().parse(text):
        literal += more
        if name is not None:
            yield from (literal, None) if literal else (None,)
            literal = ""
    if literal:
        yield literal


def _sure_words(parts: Sequence[str | None]) -> Iterator[str]:
    """The words that stand whole in every sentence of these parts."""
    last = len(parts) - 1
    for number, part in enumerate(parts):
        for found in _WORD.finditer(part or ""):
            open_left = found.start() == 0 and number > 0
            open_right = found.end() == len(part or "") and number < last
            if not open_left and not open_right:
                yield found.group()


def _closed_up(text: str) -> str:
    """Chinese has no space between its sentences."""
    return text.replace("。 ", "。")


def _told_in(locale: QLocale, sentence: str, *, is_value: bool) -> str:
    if locale.language() in (QLocale.Language.English, QLocale.Language.C):
        return sentence
    return _remembered(locale.name(), sentence, is_value)


@lru_cache(512)
def _remembered(_language: str, sentence: str, is_value: bool) -> str:
    # Pages are filled anew with each change of the state, and mostly with the same words.
    return _words().said(sentence, _translate, is_value=is_value)


def _translate(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


@cache
def _words() -> CoreWords:
    resource = files("keyfob_resources") / "translations" / "core.json"
    templates: list[str] = json.loads(resource.read_text("utf-8"))
    return CoreWords(templates)
