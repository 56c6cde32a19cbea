"""Where the values of a request come from: which of them also stand in what has been read.

Law: (1) a finding raises a tier and tells a person where a value came from; that nothing was found
means nothing, since a paraphrase is not found. (2) What is too much to compare is said (`whole`
False), and whoever asks takes it as found. (3) Cost is bounded by the `MAX_…` below; pieces are
prepared once. Pure; called by `gate.flow` on the loop thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mcphost.domain.flow import Piece
from mcphost.domain.json import Json
from mcphost.policy.decodings import normal, readings

MIN_WHOLE: Final = 6
"""Letters and digits of a value that is looked for as a whole."""
MIN_PART: Final = 16
"""Letters and digits in a row that a longer value must share with what was read."""
_GRAM: Final = 8
MAX_CONTEXT: Final = 1_000_000
"""Characters of context; the newest are compared."""
MAX_VALUES: Final = 50_000
"""Characters of the request's values."""
MAX_STEPS: Final = 50_000_000
"""Characters that are looked through for short values."""
MAX_MATCHES: Final = 32
MAX_CODES: Final = 64
"""Words of one value that are looked for by themselves."""
_DELIMITERS: Final = re.compile(r"[\s/?&=#,;:\"'<>()\[\]{}|]+")
_DIGIT: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Match:
    """*value* at *pointer* also stands in *piece*. *fragment* is what they share, normalised."""

    pointer: str
    piece: Piece
    how: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Found:
    """All matches; *whole* False when not everything could be compared."""

    matches: tuple[Match, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    texts: tuple[str, ...]
    grams: frozenset[str]
    length: int


@dataclass(frozen=True, slots=True)
class _Needle:
    how: str
    text: str
    grams: frozenset[str]
    """Of a long one; empty for what is only looked for as a whole."""


def trace(values: Json, pieces: Sequence[Piece]) -> Found:
    """Which values in *values* stand in which of *pieces* (newest last)."""
    wanted, whole = _values(values)
    recent, all_of_them = _recent(pieces)
    whole = whole and all_of_them
    if not recent:
        return Found((), whole)
    matches: list[Match] = []
    steps = 0
    for pointer, text in wanted:
        looked_for = _needles(text)
        short = sum(len(needle.text) < MIN_PART for needle in looked_for)
        for piece, prepared in recent:
            steps += prepared.length * short
            if steps > MAX_STEPS or len(matches) == MAX_MATCHES:
                return Found(tuple(matches), whole and steps <= MAX_STEPS)
            match = _match(pointer, looked_for, piece, prepared)
            if match is not None:
                matches.append(match)
    return Found(tuple(matches), whole)


def stands_in(fragment: str, texts: Sequence[str]) -> bool:
    """Whether a match's *fragment* also stands in any of *texts*."""
    return any(fragment in text for each in texts for text in _prepare(each).texts)


def leaves(value: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every value in *value* as text, with its JSON pointer; names only when they are long."""
    rest: list[tuple[str, Json]] = [(pointer, value)]
    while rest:
        at, item = rest.pop()
        match item:
            case str():
                yield at, item
            case bool() | None:
                continue
            case int() | float():
                yield at, str(item)
            case Mapping():
                for key, child in item.items():
                    below = f"{at}/{key.replace('~', '~0').replace('/', '~1')}"
                    if len(key) >= MIN_PART:
                        yield below, key
                    rest.append((below, child))
            case Sequence():
                rest.extend((f"{at}/{n}", child) for n, child in enumerate(item))


def _values(values: Json) -> tuple[list[tuple[str, str]], bool]:
    taken: list[tuple[str, str]] = []
    left = MAX_VALUES
    for pointer, text in leaves(values):
        if len(text) > left:
            return [*taken, (pointer, text[:left])], False
        left -= len(text)
        taken.append((pointer, text))
    return taken, True


def _recent(pieces: Sequence[Piece]) -> tuple[list[tuple[Piece, _Prepared]], bool]:
    taken: list[tuple[Piece, _Prepared]] = []
    left = MAX_CONTEXT
    for piece in reversed(pieces):
        left -= len(piece.text)
        if left < 0:
            return taken, False
        taken.append((piece, _prepare(piece.text)))
    return taken, True


@lru_cache(maxsize=512)
def _prepare(text: str) -> _Prepared:
    """A text is prepared once: it stays in the conversation, and every call is compared to it."""
    texts = tuple(dict.fromkeys(normal(reading) for _, reading in readings(text)))
    grams = frozenset(
        text[at : at + _GRAM] for text in texts for at in range(0, len(text) - _GRAM + 1, _GRAM)
    )
    return _Prepared(texts, grams, sum(map(len, texts)))


def _needles(text: str) -> list[_Needle]:
    """What is looked for on behalf of one value; short ones only as a whole."""
    needles: list[_Needle] = []
    for how, reading in readings(text):
        needle = normal(reading)
        if len(needle) >= MIN_PART:
            grams = frozenset(needle[at : at + _GRAM] for at in range(len(needle) - _GRAM + 1))
            needles.append(_Needle(how, needle, grams))
            needles += [_Needle(how, code, frozenset()) for code in _codes(reading)]
        elif len(needle) >= MIN_WHOLE:
            needles.append(_Needle(how, needle, frozenset()))
    return needles


def _codes(text: str) -> list[str]:
    """Words with a digit, such as numbers and handles: they mean much although they are short."""
    words = (normal(word) for word in _DELIMITERS.split(text))
    return [w for w in dict.fromkeys(words) if len(w) >= MIN_WHOLE and _DIGIT.search(w)][:MAX_CODES]


def _match(
    pointer: str, looked_for: list[_Needle], piece: Piece, prepared: _Prepared
) -> Match | None:
    for needle in looked_for:
        if not needle.grams:
            known = len(needle.text) >= piece.least
            if known and any(needle.text in text for text in prepared.texts):
                return Match(pointer, piece, needle.how or "exact", needle.text)
        elif not needle.grams.isdisjoint(prepared.grams):
            fragment = _shared(needle, prepared)
            if fragment:
                how = "exact" if fragment == needle.text else "part"
                return Match(pointer, piece, needle.how or how, fragment)
    return None


def _shared(needle: _Needle, prepared: _Prepared) -> str:
    """All of *needle*, or the first stretch of at least `MIN_PART` characters, that the texts have.
    Any fifteen characters of a text hold one of its grams.
    """
    if any(needle.text in text for text in prepared.texts):
        return needle.text
    for gram in needle.grams & prepared.grams:
        at = needle.text.index(gram)
        for start in range(max(0, at - _GRAM + 1), at + 1):
            fragment = needle.text[start : start + MIN_PART]
            if len(fragment) == MIN_PART and any(fragment in text for text in prepared.texts):
                return fragment
    return ""
