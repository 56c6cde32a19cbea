"""A name of somebody else's is one fit segment, whatever was tried with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.file_names import (
    MAX_NAME_BYTES,
    file_name_of,
    fit_file_name,
    numbered,
    runs_when_opened,
)
from mcphost.domain.text import hides


@pytest.mark.requirement("APPS-31", "APPS-T14")
@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///export/report.csv", "report.csv"),
        ("ui://shop/a%20b.png?v=1#top", "a b.png"),
        ("file:///..%2f..%2f.bashrc", "bashrc"),
        ("file:///x/..%5C..%5Cautorun.inf", "autorun.inf"),
        ("file:///a\\b\\evil.exe", "evil.exe"),
        ("file:///a%00.txt", "a_.txt"),
        ("file:///..", "download"),
        ("file:///", "download"),
        ("file:///CON", "_CON"),
        ("file:///nul.tar.gz", "_nul.tar.gz"),
        ("file:///COM¹.txt", "_COM¹.txt"),
        ("file:///-rf", "rf"),
        ("file:///photo\u202egnp.exe", "photo_gnp.exe"),
        ("file:///invoice.pdf" + " " * 80 + ".exe", "invoice.pdf .exe"),
        ("file:///a:stream", "a_stream"),
        ("file:///trailing. . ", "trailing"),
        ("file:///%252e%252e%252fetc", "%2e%2e%2fetc"),
        ("", "download"),
    ],
)
def test_the_name_is_the_last_segment_made_fit(uri: str, name: str) -> None:
    assert file_name_of(uri) == name


def test_a_name_of_its_own_stands_in_for_an_address_without_one() -> None:
    assert file_name_of("demo://", otherwise="../notes.txt") == "notes.txt"


@pytest.mark.requirement("APPS-31")
@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_whatever_it_was_it_is_fit_and_stays_as_it_is(untrusted: str) -> None:
    name = file_name_of(untrusted)
    assert fit_file_name(name) == name
    assert 0 < len(name.encode()) <= MAX_NAME_BYTES
    assert not any(hides(each) or each in '<>:"|?*/\\' for each in name)
    assert name[0] not in ".- "
    assert name[-1] not in ". "


def test_a_long_name_keeps_its_ending() -> None:
    name = fit_file_name("ä" * 300 + ".json")
    assert name.endswith("ä.json")
    assert len(name.encode()) <= MAX_NAME_BYTES


def test_a_number_stands_before_the_ending() -> None:
    assert [numbered("a.csv", 2), numbered("README", 1)] == ["a (2).csv", "README (1)"]


@pytest.mark.parametrize(
    ("name", "runs"), [("a.EXE", True), ("x.desktop", True), ("a.svg", True), ("a.csv", False)]
)
def test_what_runs_when_it_is_opened_is_known_by_its_ending(name: str, runs: bool) -> None:
    assert runs_when_opened(name) is runs
