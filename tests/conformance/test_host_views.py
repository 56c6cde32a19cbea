"""The catalogue of the ext-apps host conformance Views and our manifest know each other."""

from __future__ import annotations

import pytest

from tests.conformance.host_views import EXPLAINED, HELD
from tests.conformance.requirements import REQUIREMENTS

CATALOGUE = 45
ROWS = {row.id: row for row in REQUIREMENTS}


def test_the_whole_catalogue_is_held_up_or_explained() -> None:
    assert not HELD.keys() & EXPLAINED.keys()
    assert len(HELD) + len(EXPLAINED) == CATALOGUE


@pytest.mark.parametrize("name", HELD)
def test_what_their_views_ask_has_rows_with_tests(name: str) -> None:
    assert HELD[name]
    assert all(ROWS[row].tests for row in HELD[name])
