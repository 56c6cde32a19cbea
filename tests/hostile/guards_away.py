"""Takes the guards of the book away, one at a time, and says which test notices.

`python -m tests.hostile.guards_away [NAME…]`, where a NAME is a guard's or a room's. It prints one
row for each guard as it goes, and a sum; exit 1 when one was not noticed. Not part of the tests (it
takes an hour); its result stands in the help, and `test_guards_away` keeps the book true.

Law: the work is done on a private copy of the tree; a guard counts as noticed only when its test
passes on the untouched copy and *fails* without it, by an assertion or its time limit. A test that
could not be run, or that met a program which the change had broken, has noticed nothing; one that
could not be run is tried once more, since a busy machine may have kept it from starting.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

import pytest

from tests.docs.tree import ROOT
from tests.hostile.guards.book import Change, Guard, guards

LEAST_SECONDS, TIMES = 20.0, 8.0
"""A test may take so long, or so many times what it took on the untouched tree."""
_FIRST_LIMIT = 90.0
_PATIENCE = 30.0
"""More seconds, after which a process that should have ended by itself is ended."""
_OUT_OF_TIME = "+ Timeout +"
_BROKEN = ("SyntaxError", "IndentationError", "NameError", "ImportError", "ModuleNotFoundError")
_LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", "*.pyc")
_OURS = frozenset({"mcphost", "ui", "tests"})
_LOADED_BEFORE = "Module already imported"
_LOADED = ("hypothesis", "mcphost.host.compose", "ui.sandbox.sandbox_view")
_CHANGES = count(1)
HEAD = "| guard | noticed by | seconds |\n|---|---|---|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one test. *failed*: by itself; *why*: what it said, or why it does not count."""

    passed: bool
    failed: bool
    seconds: float
    why: str


class Bench:
    """A private copy of the tree, in which one guard at a time is away."""

    def __init__(self, tree: Path, wanted: Sequence[Guard]) -> None:
        self._tree = tree
        self._tests: dict[str, list[str]] = {}
        for test in dict.fromkeys(guard.test for guard in wanted):
            self._tests.setdefault(test.partition("::")[0], []).append(test)
        self._untouched: dict[str, Run] = {}

    def try_without(self, guard: Guard) -> Run:
        """Run the guard's test without it. *passed* and *failed* are both false when it says
        nothing about the guard.
        """
        before = self._before(guard.test)
        if not before.passed:
            why = f"fails on the untouched tree, too: {before.why}"
            return Run(passed=False, failed=False, seconds=before.seconds, why=why)
        with taken_away(self._tree, guard.changes):
            limit = max(LEAST_SECONDS, TIMES * before.seconds)
            run = run_tests(self._tree, [guard.test], limit)[guard.test]
            if not run.passed and not run.failed:
                run = run_tests(self._tree, [guard.test], limit)[guard.test]
            return run

    def _before(self, test: str) -> Run:
        """*test* on the untouched tree; those of one file together, once."""
        if test not in self._untouched:
            together = self._tests[test.partition("::")[0]]
            self._untouched |= run_tests(self._tree, together, _FIRST_LIMIT)
            if not self._untouched[test].passed:
                self._untouched |= run_tests(self._tree, [test], _FIRST_LIMIT)
        return self._untouched[test]


@contextmanager
def taken_away(tree: Path, changes: Sequence[Change]) -> Iterator[None]:
    """*changes* made in *tree*, and taken back. Raises `ValueError` for a text that does not stand
    there exactly once.
    """
    paths = {tree / change.file for change in changes}
    held = {path: (path.read_bytes(), path.stat().st_mtime) for path in paths}
    try:
        for change in changes:
            path = tree / change.file
            text = path.read_text(encoding="utf-8")
            if text.count(change.guard) != 1:
                raise ValueError(f"{change.file} does not hold exactly once: {change.guard}")
            path.write_text(text.replace(change.guard, change.without), encoding="utf-8")
            _set_time(path, time.time() + 10 * next(_CHANGES))
        yield
    finally:
        for path, (content, at) in held.items():
            path.write_bytes(content)
            _set_time(path, at)


def _set_time(path: Path, at: float) -> None:
    """Python takes a file whose time and size are the old ones for the old one."""
    os.utime(path, (at, at))


def run_tests(tree: Path, tests: Sequence[str], limit: float) -> dict[str, Run]:
    """Run *tests* of one file in *tree*, each for at most *limit* seconds."""
    report = tree / "guards-away.xml"
    report.unlink(missing_ok=True)
    command = [f"--junitxml={report}", f"--timeout={limit:.0f}"]
    command += ["-W", f"ignore:{_LOADED_BEFORE}:pytest.PytestAssertRewriteWarning"]
    command += [*tests, *(["-x"] if len(tests) == 1 else [])]
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_pytest(tree, command)
    code = _end_of(child, started + limit * len(tests) + _PATIENCE)
    seconds = time.monotonic() - started
    if code is None or not report.exists():
        log = (tree / "guards-away.log").read_text("utf-8", "replace").strip()
        late = code == 1 and _OUT_OF_TIME in log  # pytest-timeout ends the whole process
        why = f"no report, exit {code}: {' '.join(log.splitlines()[-1:])}"
        run = Run(passed=False, failed=late, seconds=seconds, why="out of time" if late else why)
        return dict.fromkeys(tests, run)
    text = report.read_text(encoding="utf-8")
    return {test: read_report(text, test, seconds / len(tests)) for test in tests}


def _be_pytest(tree: Path, command: list[str]) -> NoReturn:
    """Run pytest in *tree* in this process, which was made for it: nothing of ours is loaded but
    what stands there.
    """
    code = 3
    try:
        os.setsid()
        os.chdir(tree)
        with (tree / "guards-away.log").open("wb") as log:
            for stream in (1, 2):
                os.dup2(log.fileno(), stream)
        for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
            del sys.modules[name]
        sys.path[:] = [str(tree), *(path for path in sys.path if path not in {"", str(ROOT)})]
        sys.dont_write_bytecode = False  # what is compiled is private, and used hundreds of times
        sys.pycache_prefix = str(tree.parent / "compiled")
        os.environ["PYTHONPATH"] = str(tree)
        code = int(pytest.main(command))
    except BaseException:  # noqa: BLE001  # for the log: there is nobody above
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_of(child: int, deadline: float) -> int | None:
    """The exit code of *child*; None when it had to be killed at *deadline*."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        select.select([], [], [], 0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _load_what_tests_load() -> None:
    """Import once, before the first fork, what each test would import again. Makes no
    application and starts no thread.
    """
    for name in _LOADED:
        importlib.import_module(name)
    gc.freeze()  # no child looks through what it has not made


def read_report(text: str, test: str, seconds: float) -> Run:
    """What pytest's own report *text* says of *test*, all its cases together."""
    name = test.partition("::")[2]
    cases = [
        case
        for case in ElementTree.fromstring(text).iter("testcase")
        if name in {case.get("name", ""), case.get("name", "").partition("[")[0]}
    ]
    failures = [found.get("message", "") for case in cases for found in case.findall("failure")]
    errors = [found.get("message", "") for case in cases for found in case.findall("error")]
    ran = [case for case in cases if case.find("skipped") is None]
    said = " ".join([*failures, *errors, "" if ran else "nothing ran"]).split()
    broken = any(failure.startswith(_BROKEN) for failure in failures)
    return Run(
        passed=bool(ran) and not failures and not errors,
        failed=bool(failures) and not broken,
        seconds=seconds,
        why=" ".join(said)[:300],
    )


def chosen(names: Sequence[str]) -> tuple[Guard, ...]:
    """The guards that *names* name; all without any. Raises `SystemExit` for an unknown name."""
    known = {guard.name for guard in guards()} | {guard.room for guard in guards()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no such guard or room: {', '.join(unknown)}")
    wanted = {*names} or known
    return tuple(guard for guard in guards() if {guard.name, guard.room} & wanted)


def row_of(guard: Guard, run: Run) -> str:
    """One row of the table."""
    noticed = f"`{guard.test.removeprefix('tests/')}`" if run.failed else "**nothing**"
    name = f"{guard.name} ({guard.note})" if guard.note else guard.name
    return f"| {name} | {noticed} | {run.seconds:.1f} |"


def print_table(
    wanted: Sequence[Guard], try_without: Callable[[Guard], Run], say: Callable[[str], None] = print
) -> bool:
    """Say the table and its sum; whether each of *wanted* was noticed."""
    say(HEAD)
    noticed = 0
    for guard in wanted:
        run = try_without(guard)
        noticed += run.failed
        say(row_of(guard, run))
        print(f"  {guard.name}: {run.why or 'it passes'}", file=sys.stderr, flush=True)
    tests = len({guard.test for guard in wanted})
    say(f"\n{noticed} of {len(wanted)} guards are noticed when they are away, by {tests} tests.")
    return noticed == len(wanted)


def main() -> None:
    """Print the table."""
    wanted = chosen(sys.argv[1:])
    _load_what_tests_load()
    with tempfile.TemporaryDirectory(prefix="guards-away-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
        bench = Bench(tree, wanted)
        good = print_table(wanted, bench.try_without, lambda line: print(line, flush=True))
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
