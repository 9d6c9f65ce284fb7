"""Finding tools by words: Okapi BM25 over what a tool says of itself, and how its name fits."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from keyfob_core.transports.eras.revisions import mapping, text

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_SATURATION = 1.2
_LENGTH = 0.75
_SHORTEST_BEGINNING = 3
_BEGINNING = 0.5
"""How much a word counts that only begins with the word that was asked for."""
_NAME, _PARAMETER = 4, 2
_LONGEST_PROSE, _LONGEST_OF_PARAMETER = 400, 80
"""Characters: what a tool is for comes first, and what comes late speaks of everything."""
_EMPTY = (
    "a an and are at be by can do for from i in into is it its me my of on or our please some "
    "that the their this to us want what which with you your"
)
"""Words that say nothing of a tool, and are rare enough in tools' words to seem to."""


def ranked(query: str, tools: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tools that have to do with the words, the best first; all of them for no words."""
    every = dict.fromkeys(words(query))
    if not every:
        return list(tools)
    empty = frozenset(words(_EMPTY))
    asked = [word for word in every if word not in empty] or list(every)
    documents = [_document(tool) for tool in tools]
    rarity = _rarity(documents)
    average = sum(one.length for one in documents) / max(1, len(documents)) or 1.0
    weights = {word: _meant(word, rarity) for word in asked}
    scores = [_score(one, weights, rarity, average) * _fit(one.name, asked) for one in documents]
    order = sorted(range(len(tools)), key=lambda index: -scores[index])
    return [tools[index] for index in order if scores[index] > 0]


def words(prose: str) -> list[str]:
    """The words of a text or a name, however it joins them, without case, plural and `-ing`."""
    return [_stem(word) for word in _WORD.findall(prose)]


@dataclass(frozen=True, slots=True)
class _Document:
    counts: Mapping[str, int]
    length: int
    name: frozenset[str]


def _document(tool: Mapping[str, Any]) -> _Document:
    properties = mapping(mapping(tool.get("inputSchema")).get("properties"))
    titles = (tool.get("title"), mapping(tool.get("annotations")).get("title"))
    name = words(text(tool.get("name")) or "")
    found = [*name, *(word for title in titles for word in words(text(title) or ""))] * _NAME
    for parameter, schema in properties.items():
        found += words(text(parameter) or "") * _PARAMETER
        found += words((text(_described(schema)) or "")[:_LONGEST_OF_PARAMETER])
    found += words((text(tool.get("description")) or "")[:_LONGEST_PROSE])
    return _Document(Counter(found), len(found), frozenset(name))


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


def _fit(name: frozenset[str], asked: Sequence[str]) -> float:
    """What a name adds, from 1 to 3, as it is what was asked for and nothing else.

    `create_issue` is meant by "create an issue", and `create_issue_label` is not.
    """
    return 1 + 4 * len(name.intersection(asked)) / (len(name) + len(asked))


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:-3] if len(word) > 5 and word.endswith("ing") else word
