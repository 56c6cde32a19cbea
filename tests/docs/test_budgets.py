"""Files and functions stay small. A failure names the offender."""

from __future__ import annotations

from statistics import median, quantiles

from tests.docs.tree import PACKAGES, functions, python_files, shown

HARD_FILE = 500
HARD_FUNCTION = 60
TEST_FUNCTION = 25


def _lengths() -> dict[str, int]:
    files = python_files(*PACKAGES, "packaging")
    return {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}


def test_no_file_is_longer_than_500_lines() -> None:
    offenders = {name: lines for name, lines in _lengths().items() if lines > HARD_FILE}
    assert not offenders


def test_19_of_20_files_have_at_most_400_lines() -> None:
    assert quantiles(_lengths().values(), n=20)[-1] <= 400


def test_half_of_the_files_have_at_most_150_lines() -> None:
    assert median(_lengths().values()) <= 150


def test_no_function_is_longer_than_60_lines() -> None:
    files = python_files(*PACKAGES, "packaging", "tests")
    everything = (function for path in files for function in functions(path))
    assert not [f for f in everything if f.lines > HARD_FUNCTION]


def test_no_test_is_longer_than_25_lines() -> None:
    everything = (function for path in python_files("tests") for function in functions(path))
    tests = (function for function in everything if function.name.startswith("test_"))
    assert not [f for f in tests if f.lines > TEST_FUNCTION]
