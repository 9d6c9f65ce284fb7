"""Finding tools by words: Okapi BM25 over what a tool says of itself."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyfob_core.transports.eras.revisions import mapping, text

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_SATURATION = 1.2
_LENGTH = 0.75
_SHORTEST_BEGINNING = 3
_BEGINNING = 0.5
"""How much a word counts that only begins with the word that was asked for."""
_NAME, _PARAMETER, _PROSE = 4, 2, 1


def ranked(query: str, tools: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tools that have to do with the words, the best first; all of them for no words."""
    asked = dict.fromkeys(words(query))
    if not asked:
        return list(tools)
    documents = [_document(tool) for tool in tools]
    rarity = _rarity(documents)
    average = sum(one.length for one in documents) / max(1, len(documents)) or 1.0
    weights = {word: _meant(word, rarity) for word in asked}
    scores = [_score(one, weights, rarity, average) for one in documents]
    order = sorted(range(len(tools)), key=lambda index: -scores[index])
    return [tools[index] for index in order if scores[index] > 0]


def words(prose: str) -> list[str]:
    """The words of a text or a name, however it joins them, without case and plural."""
    return [_singular(word.lower()) for word in _WORD.findall(prose)]


@dataclass(frozen=True, slots=True)
class _Document:
    counts: Mapping[str, int]
    length: int


def _document(tool: Mapping[str, Any]) -> _Document:
    counts: Counter[str] = Counter()
    annotations = mapping(tool.get("annotations"))
    properties = mapping(mapping(tool.get("inputSchema")).get("properties"))
    for weight, parts in (
        (_NAME, (tool.get("name"), tool.get("title"), annotations.get("title"))),
        (_PARAMETER, tuple(properties)),
        (_PROSE, (tool.get("description"), *map(_described, properties.values()))),
    ):
        for part in parts:
            for word in words(text(part) or ""):
                counts[word] += weight
    return _Document(counts, counts.total())


def _described(schema: object) -> object:
    return mapping(schema).get("description")


def _rarity(documents: Sequence[_Document]) -> dict[str, float]:
    """Each word's inverse document frequency, which is never negative."""
    found = Counter(word for one in documents for word in one.counts)
    total = len(documents)
    return {
        word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in found.items()
    }


def _meant(word: str, known: Mapping[str, float]) -> dict[str, float]:
    """The known words that a word stands for, and how much each counts."""
    meant = {word: 1.0} if word in known else {}
    if len(word) >= _SHORTEST_BEGINNING:
        longer = (one for one in known if one != word and one.startswith(word))
        meant |= dict.fromkeys(longer, _BEGINNING)
    return meant


def _score(
    document: _Document,
    weights: Mapping[str, Mapping[str, float]],
    rarity: Mapping[str, float],
    average: float,
) -> float:
    norm = _SATURATION * (1 - _LENGTH + _LENGTH * document.length / average)
    # Of several words that one asked-for word may mean, the best counts alone.
    return sum(
        max(
            (
                weight * rarity[word] * count * (_SATURATION + 1) / (count + norm)
                for word, weight in meant.items()
                if (count := document.counts.get(word))
            ),
            default=0.0,
        )
        for meant in weights.values()
    )


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
