"""Facts are bounded, cut and sanitised; too many are dropped, said, and in the end fatal."""

from __future__ import annotations

import pytest

from mcphost.domain.view import IncidentKind, ViewIncident
from ui.sandbox.budgets import ALLOWANCES, Allowance, Noise, ViewBudget
from ui.sandbox.incidents import PER_KIND, IncidentBook

FEW = ViewBudget(noise={noise: Allowance(burst=3, per_second=1, patience=5) for noise in Noise})


def _book(budget: ViewBudget | None = None) -> tuple[IncidentBook, list[ViewIncident], list[float]]:
    told: list[ViewIncident] = []
    now = [0.0]
    return IncidentBook(told.append, budget, clock=lambda: now[0]), told, now


def test_details_are_cut_and_made_visible() -> None:
    book, told, _ = _book()
    book.record(IncidentKind.REQUEST_BLOCKED, "https://x/\u202e" + "a" * 5_000)
    assert "⟨U+202E⟩" in told[0].detail
    assert len(told[0].detail) < 400


def test_a_kind_is_reported_a_bounded_number_of_times_and_counted_on() -> None:
    book, told, now = _book()
    for _ in range(500):
        now[0] += 1.0
        book.record(IncidentKind.REQUEST_BLOCKED, "x")
    assert len(told) == PER_KIND
    assert book.reported(IncidentKind.REQUEST_BLOCKED) == 500


def test_a_fatal_fact_is_always_reported() -> None:
    book, told, now = _book()
    for _ in range(PER_KIND):
        now[0] += 1.0
        book.record(IncidentKind.CONSOLE_ERROR, "x")
    book.record(IncidentKind.HUNG, "y")
    assert told[-1].kind is IncidentKind.HUNG


@pytest.mark.parametrize("noise", Noise)
def test_noise_is_slowed_down_once_and_then_fatal_once(noise: Noise) -> None:
    book, told, _ = _book(FEW)
    within = [book.count(noise) for _ in range(50)]
    assert within == [True] * 3 + [False] * 47
    assert [incident.kind for incident in told] == [IncidentKind.THROTTLED, IncidentKind.FLOODED]
    assert all(noise.value in incident.detail for incident in told)


def test_a_long_line_counts_as_several_and_few_of_them_are_fatal() -> None:
    book, told, now = _book()
    for _ in range(5):
        now[0] += 0.1
        book.console_error("x" * 20_000_000)
    kinds = [incident.kind for incident in told]
    assert kinds == [IncidentKind.CONSOLE_ERROR, IncidentKind.THROTTLED, IncidentKind.FLOODED]


def test_one_long_line_is_paid_off_and_no_harm_done() -> None:
    book, told, now = _book()
    for _ in range(5):
        now[0] += 60.0
        book.console_error("x" * 20_000_000)
    assert {incident.kind for incident in told} == {IncidentKind.CONSOLE_ERROR}


def test_what_is_over_the_allowance_is_not_reported() -> None:
    book, told, _ = _book(FEW)
    for number in range(7):
        book.record(IncidentKind.PERMISSION_REFUSED, f"ask {number}")
    kinds = [incident.kind for incident in told]
    assert kinds == [IncidentKind.PERMISSION_REFUSED] * 3 + [IncidentKind.THROTTLED]


@pytest.mark.parametrize("noise", Noise)
def test_what_comes_at_the_allowed_rate_is_never_too_much(noise: Noise) -> None:
    book, told, now = _book()
    for _ in range(ALLOWANCES[noise].patience * 3):
        now[0] += 1.0 / ALLOWANCES[noise].per_second
        assert book.count(noise)
    assert told == []


def test_console_errors_are_a_bounded_list_of_the_last() -> None:
    book, _, now = _book()
    for number in range(300):
        now[0] += 0.1
        book.console_error(f"error {number}")
    assert len(book.console_errors) == 100
    assert book.console_errors[-1] == "error 299"
