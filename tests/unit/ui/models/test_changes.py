"""What changed between two versions of a template."""

from __future__ import annotations

from dataclasses import replace

from tests.helpers import fake_data as data
from ui.models.changes import previous_version, what_changed


def test_new_capabilities_come_before_the_text() -> None:
    said = what_changed(data.old_budget_review(), data.budget_review())
    assert said[0] == "Now asks to: connect to wss://live.budget.example.org"
    assert said[-1].startswith("The source changed")
    assert "Now asks to: use of geolocation" in said


def test_a_capability_that_went_is_said() -> None:
    said = what_changed(data.budget_review(), data.old_budget_review())
    assert "No longer asks to: use of geolocation" in said


def test_a_change_of_metadata_alone_is_said() -> None:
    old = data.planner_review()
    assert what_changed(old, old) == ("Only the declared metadata changed; the source is the same",)


def test_the_version_replaced_is_found_by_its_digest() -> None:
    known = (data.planner_review(), data.budget_review(), data.old_budget_review())
    assert previous_version(known[1], known) == known[2]
    assert previous_version(known[0], known) is None


def test_another_servers_template_is_never_the_version_before() -> None:
    review, old = data.budget_review(), data.old_budget_review()
    foreign = replace(old, pin=replace(old.pin, server_identity=data.CONFIGS[data.DEMO].identity))
    assert previous_version(review, (review, foreign)) is None
