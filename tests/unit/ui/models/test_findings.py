"""What a finding is called for a person: every one of them, and none by its id."""

from __future__ import annotations

from mcphost.templates.catalogue import FINDINGS
from ui.models.findings import FINDING_TITLES, finding_title


def test_every_finding_has_a_title_of_its_own_and_none_that_is_no_more() -> None:
    assert set(FINDING_TITLES) == set(FINDINGS)
    assert len(set(FINDING_TITLES.values())) == len(FINDING_TITLES)
    assert all(title.isprintable() and "-" not in title for title in FINDING_TITLES.values())


def test_a_stored_finding_that_is_no_more_is_still_said() -> None:
    assert finding_title("old-check") == "Old check"
