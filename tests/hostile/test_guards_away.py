"""The book of guards cannot rot, and its command counts nothing that noticed nothing."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.collected import collected
from tests.docs.tree import HELP, ROOT
from tests.hostile import guards_away
from tests.hostile.guards.book import Guard, guards, read_guards
from tests.hostile.guards_away import Run, read_report, taken_away

LEAST = 150
PAGE = HELP / "guards.md"
BOOK = """@ guarded.py
=== the number is small
- if number > 9:
+ if False:
by test_it.py::test_a_large_number_is_refused
=== the comment is there
- # a comment
by test_it.py::test_a_large_number_is_refused
=== the program is broken
- raise ValueError
+ raise Nonsense
by test_it.py::test_a_large_number_is_refused
=== the test is gone
- if number > 9:
by test_other.py::test_gone
=== the file of the test is gone
- if number > 9:
by test_gone.py::test_gone
"""
ALONE = """import sys
from pathlib import Path
from tests.hostile.guards.book import read_guards
from tests.hostile.guards_away import Bench, print_table
book = read_guards("room", Path(sys.argv[2]).read_text())
print_table(book, Bench(Path(sys.argv[1]), book).try_without)
"""
GUARDED = """def take(number: int) -> int:
    if number > 9:
        raise ValueError  # a comment
    return number
"""
TEST = """from guarded import take
def test_a_large_number_is_refused():
    try:
        take(10)
    except ValueError:
        return
    raise AssertionError("it was taken")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """A tree of one guarded file and its test."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "guarded.py").write_text(GUARDED)
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "test_other.py").write_text("")
    yield tmp_path
    assert (tmp_path / "guarded.py").read_text() == GUARDED, "what was taken away is put back"


def test_every_guard_of_the_book_stands_in_its_file_exactly_once() -> None:
    texts = {
        change.file: (ROOT / change.file).read_text() for g in guards() for change in g.changes
    }
    wrong = [
        f"{guard.name}: {change.guard}"
        for guard in guards()
        for change in guard.changes
        if texts[change.file].count(change.guard) != 1 or change.guard == change.without
    ]
    assert wrong == []


def test_every_guard_has_a_name_of_its_own_and_a_test_that_exists() -> None:
    assert len(guards()) >= LEAST
    assert [name for name, times in Counter(g.name for g in guards()).items() if times > 1] == []
    missing = {guard.test for guard in guards() if guard.test.partition("[")[0] not in collected()}
    assert missing == set()


def test_the_page_shows_the_book() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    noticed = Run(passed=False, failed=True, seconds=0, why="")
    wanted = [guards_away.row_of(guard, noticed) for guard in guards()]
    assert [_without_seconds(row) for row in rows] == [_without_seconds(row) for row in wanted]
    assert f"{len(guards())} of {len(guards())} guards are noticed" in PAGE.read_text()


def _without_seconds(row: str) -> str:
    return row.rpartition(" | ")[0]


def test_only_a_test_that_fails_by_itself_has_noticed_something(tree: Path) -> None:
    """In a process of its own: the bench makes copies of its process, which has no threads."""
    (tree / "book.txt").write_text(BOOK)
    command = [sys.executable, "-c", ALONE, str(tree), str(tree / "book.txt")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    rows = [line.split(" | ")[1] for line in done.stdout.splitlines() if line.startswith("| the")]
    noticed = "`test_it.py::test_a_large_number_is_refused`"
    assert rows == [noticed, *["**nothing**"] * 4], done.stderr
    assert "\n1 of 5 guards are noticed" in done.stdout


def test_an_error_before_the_test_is_no_failure_of_it() -> None:
    case = "<testcase name='test_x'><error message='ImportError: no'/></testcase>"
    run = read_report(f"<testsuite>{case}</testsuite>", "test_y.py::test_x", 0.0)
    assert (run.passed, run.failed) == (False, False)


def test_a_text_that_is_not_there_is_refused(tree: Path) -> None:
    (guard,) = read_guards(
        "room", BOOK.replace("number > 9", "number > 8")[: BOOK.index("===", 20)]
    )
    with pytest.raises(ValueError, match="exactly once"), taken_away(tree, guard.changes):
        pass


@pytest.mark.parametrize("text", ["what is this", "=== a name\nby test_it.py::test_x", "- text"])
def test_a_book_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|entry"):
        read_guards("room", text)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(SystemExit, match="no such guard or room: nonsense"):
        guards_away.chosen(["nonsense"])


def test_a_room_or_a_guard_can_be_chosen() -> None:
    first: Guard = guards()[0]
    assert guards_away.chosen([first.name]) == (first,)
    assert {guard.room for guard in guards_away.chosen([first.room])} == {first.room}
