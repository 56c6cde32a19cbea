"""The height of a View: exact, calm, and no loop between a page and its frame."""

from __future__ import annotations

import pytest

from mcphost.views.sizing import AT_ONCE, GAP, HOLD, LEAST, PER_SECOND, SLACK, START, Sizing

MOST = 1_000


class Page:
    """A page and its frame in time: each report is applied when the sizing says so."""

    def __init__(self) -> None:
        self.sizing = Sizing()
        self.now = 0.0
        self.waits: list[float] = []

    def report(self, height: int, *, after: float = 0.02) -> int:
        self.now += after
        wait = self.sizing.heard(height, MOST, self.now)
        if wait is not None:
            self.waits.append(wait)
            self.now += wait
            self.sizing.apply(self.now)
        return self.sizing.height


@pytest.mark.requirement("APPS-24")
def test_a_height_is_applied_exactly_within_its_bounds() -> None:
    page = Page()
    heights = [page.report(height) for height in (333, 5_000, 1, 555)]
    assert heights == [333, MOST, LEAST, 555]


def test_the_first_report_is_applied_at_once_even_when_nothing_changes() -> None:
    assert Sizing().heard(START, MOST, 0.0) == 0.0


def test_a_shrink_of_a_few_pixels_is_noise_and_a_growth_is_not() -> None:
    page = Page()
    assert page.report(300) == 300
    assert page.report(300 - SLACK) == 300
    assert page.report(301) == 301
    assert page.report(300 - SLACK) == 300 - SLACK


def test_a_page_of_the_whole_frame_stays_as_it_is() -> None:
    page = Page()
    for _ in range(50):
        page.report(page.sizing.height)
    assert page.sizing.height == START


@pytest.mark.requirement("APPS-T12")
def test_a_page_that_is_always_higher_than_its_frame_gets_the_height_it_began_with() -> None:
    page = Page()
    for _ in range(40):
        page.report(page.sizing.height + 16)
    assert page.sizing.height == START
    assert page.report(400) == 400  # what it says of its own content counts again


def test_rows_that_come_one_by_one_are_followed_to_the_last() -> None:
    page = Page()
    height = START
    for _ in range(30):
        height += 20
        page.report(height, after=0.2)
    assert page.sizing.height == START + 600


def test_rows_that_come_fast_are_waited_for_once_and_followed_to_the_last() -> None:
    page, height = Page(), START
    for _ in range(30):
        height += 20
        waits = page.sizing.heard(height, MOST, page.now)
        if waits != HOLD:  # while it waits, the next row comes
            page.sizing.apply(page.now)
        page.now += GAP
    assert page.sizing.height == START + 600


def test_two_changes_are_apart_and_many_become_few() -> None:
    page = Page()
    for number in range(2 * AT_ONCE):
        page.report(300 + 50 * (number % 2), after=0.001)
    assert page.waits[0] == 0.0
    assert all(wait > 0 for wait in page.waits[1:])
    assert 1 / PER_SECOND in page.waits
    assert page.sizing.restless
