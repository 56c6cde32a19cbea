"""A gesture is short, single and the host's own."""

from __future__ import annotations

from mcphost.domain.lineage import Root
from mcphost.views.gestures import WINDOW, Gestures


def test_a_request_without_a_gesture_is_an_app_timer() -> None:
    assert Gestures(view="v").lineage(10.0).root is Root.APP_TIMER


def test_a_gesture_covers_one_action() -> None:
    gestures = Gestures(view="v")
    gestures.seen(10.0)
    assert gestures.lineage(10.4).root is Root.GESTURE
    assert gestures.lineage(10.5).root is Root.APP_TIMER


def test_a_gesture_ends_after_its_window() -> None:
    gestures = Gestures(view="v")
    gestures.seen(10.0)
    assert gestures.lineage(10.0 + WINDOW + 0.01).root is Root.APP_TIMER


def test_a_gesture_does_not_cover_what_came_before_it() -> None:
    gestures = Gestures(view="v")
    gestures.seen(10.0)
    assert gestures.lineage(9.9).root is Root.APP_TIMER


def test_every_gesture_has_its_own_name() -> None:
    gestures = Gestures(view="v")
    names: list[str | None] = []
    for at in (1.0, 2.0):
        gestures.seen(at)
        names.append(gestures.lineage(at).gesture)
    assert names == ["v-1", "v-2"]


def test_a_gesture_covers_no_other_view() -> None:
    one, other = Gestures(view="one"), Gestures(view="other")
    one.seen(10.0)
    assert other.lineage(10.1).root is Root.APP_TIMER
    assert one.lineage(10.1).root is Root.GESTURE


def test_one_that_came_back_by_itself_acts_for_the_host_until_it_is_used() -> None:
    gestures = Gestures(view="v", returned=True)
    assert gestures.lineage(9.0).root is Root.BACKGROUND
    gestures.seen(10.0)
    assert gestures.lineage(10.1).root is Root.GESTURE
    assert gestures.lineage(10.2).root is Root.APP_TIMER
