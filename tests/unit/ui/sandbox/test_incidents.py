"""Facts are bounded, cut and sanitised; a flood of them is itself a fact."""

from __future__ import annotations

from mcphost.domain.view import IncidentKind, ViewIncident
from ui.sandbox.incidents import FLOOD, PER_KIND, IncidentBook


def _book() -> tuple[IncidentBook, list[ViewIncident], list[float]]:
    told: list[ViewIncident] = []
    now = [0.0]
    return IncidentBook(told.append, clock=lambda: now[0]), told, now


def test_details_are_cut_and_made_visible() -> None:
    book, told, _ = _book()
    book.record(IncidentKind.REQUEST_BLOCKED, "https://x/\u202e" + "a" * 5_000)
    assert "⟨U+202E⟩" in told[0].detail
    assert len(told[0].detail) < 400


def test_a_kind_is_reported_a_bounded_number_of_times_and_counted_on() -> None:
    book, told, now = _book()
    for _ in range(500):
        now[0] += 0.01
        book.record(IncidentKind.REQUEST_BLOCKED, "x")
    assert len(told) == PER_KIND
    assert book.count(IncidentKind.REQUEST_BLOCKED) == 500


def test_a_fatal_fact_is_always_reported() -> None:
    book, told, now = _book()
    for _ in range(PER_KIND):
        now[0] += 1.0
        book.record(IncidentKind.CONSOLE_ERROR, "x")
    book.record(IncidentKind.HUNG, "y")
    assert told[-1].kind is IncidentKind.HUNG


def test_a_flood_is_reported_once() -> None:
    book, told, _ = _book()
    for _ in range(FLOOD * 3):
        book.count_noise()
    assert [incident.kind for incident in told] == [IncidentKind.FLOODED]


def test_the_same_number_over_a_long_time_is_no_flood() -> None:
    book, told, now = _book()
    for _ in range(FLOOD * 3):
        now[0] += 0.001
        book.count_noise()
    assert told == []


def test_console_errors_are_a_bounded_list_of_the_last() -> None:
    book, _, now = _book()
    for number in range(300):
        now[0] += 0.1
        book.console_error(f"error {number}")
    assert len(book.console_errors) == 100
    assert book.console_errors[-1] == "error 299"
