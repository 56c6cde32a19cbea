"""The guards of the program, each with what it comes to when it is away and the test that notices.

    @ ui/sandbox/cell.py               the file, for the entries below as well
    === a download is cancelled        the guard in words
    - request.cancel()                 its text, which stands in the file once
    + pass                             what stands there without it; nothing when this is left out
    by tests/…::test_…                 who must notice

Several lines of one text follow each other. An entry with several texts takes all of them away
together: a belt and its braces, where each holds alone; `note` says so. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

_MARKS = {"@": "file", "===": "name", "-": "guard", "+": "without", "by": "test", "note": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One text of one file, and what takes its place. *file* is relative to the tree."""

    file: str
    guard: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One entry. *test* is a node id of pytest, *room* the file of the book it stands in."""

    room: str
    name: str
    changes: tuple[Change, ...]
    test: str
    note: str


@cache
def guards() -> tuple[Guard, ...]:
    """All of them, room by room. Raises `ValueError` for a line that means nothing."""
    found: list[Guard] = []
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        found.extend(read_guards(path.stem, path.read_text(encoding="utf-8")))
    return tuple(found)


def read_guards(room: str, text: str) -> tuple[Guard, ...]:
    """The entries of one file of the book. Raises `ValueError`."""
    found: list[Guard] = []
    file = ""
    for entry in _entries(text):
        named, changes, file = _read(entry, file)
        if not (named["name"] and named["test"] and changes):
            raise ValueError(f"{room}: an entry without name, text or test: {named}")
        found.append(Guard(room=room, changes=tuple(changes), **named))
    return tuple(found)


def _entries(text: str) -> Iterator[list[tuple[str, str]]]:
    """The lines of each entry as (what, text); what follows a test begins the next."""
    entry: list[tuple[str, str]] = []
    complete = False
    for line in filter(str.strip, text.splitlines()):
        mark, _, rest = line.partition(" ")
        if mark not in _MARKS:
            raise ValueError(f"a line that means nothing: {line}")
        what = _MARKS[mark]
        if complete and what in {"file", "name"}:
            yield entry
            entry, complete = [], False
        complete = complete or what == "test"
        entry.append((what, rest))
    if entry:
        yield entry


def _read(entry: list[tuple[str, str]], file: str) -> tuple[dict[str, str], list[Change], str]:
    named = {"name": "", "test": "", "note": ""}
    changes: list[Change] = []
    for what, lines in groupby(entry, key=lambda line: line[0]):
        text = "\n".join(rest for _, rest in lines)
        match what:
            case "file":
                file = text
            case "guard":
                changes.append(Change(file=file, guard=text, without=""))
            case "without" if changes:
                last = changes.pop()
                changes.append(Change(file=file, guard=last.guard, without=text))
            case _:
                named[what] = text
    return named, changes, file
