"""What may not be in our sources, whatever the linters think of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from mcphost.domain.text import hides
from tests.docs.tree import PACKAGES, own_text_files, python_files, shown

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
ONE_MACHINE = re.compile(r"(?<![\w.])/(work|opt|farm|home/(?!ada)\w+|root)/(?!clone)[\w.]")
WORKAROUND = re.compile(r"# WORKAROUND\(.+ \d.*\): .*[Tt]est.*[Rr]e-check")


def _lines() -> list[tuple[str, str]]:
    return [
        (f"{shown(path)}:{number}", line)
        for path in own_text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


def test_no_invisible_character_is_in_a_source() -> None:
    assert not [where for where, line in _lines() if any(map(hides, line))]


def test_nothing_is_left_for_later() -> None:
    here = "tests/docs/test_sources.py"
    found = [where for where, line in _lines() if UNFINISHED.search(line)]
    assert not [where for where in found if not where.startswith(here)]


def test_no_path_of_one_machine_is_named() -> None:
    found = [f"{where} {line.strip()}" for where, line in _lines() if ONE_MACHINE.search(line)]
    assert not found


def test_every_workaround_says_symptom_test_and_when_to_look_again() -> None:
    assert not [where for where, note in _workarounds() if not WORKAROUND.search(note)]


def _workarounds() -> Iterator[tuple[str, str]]:
    """Each marked comment whole, with the lines that go on with it."""
    for path in python_files(*PACKAGES):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        for number, line in enumerate(lines):
            if line.startswith("# WORKAROUND"):
                block = takewhile(lambda text: text.startswith("#"), lines[number:])
                yield f"{shown(path)}:{number + 1}", " ".join(block)


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [shown(path) for path in python_files(*PACKAGES) if path.stem in VAGUE]


def test_every_module_opens_with_what_it_is_for() -> None:
    files = python_files(*PACKAGES, "packaging")
    assert not [shown(p) for p in files if not p.read_text(encoding="utf-8").startswith('"""')]
