"""Apps that take the computer together wait; those that hold the window up run in turns or end."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import pytest

from ui.sandbox.crowd import (
    BUSY_MAIN,
    CALM_LOOKS,
    CROWDED,
    CROWDED_LOOKS,
    HEAVY,
    LATE_LOOKS,
    LATE_SECONDS,
    LOUD,
    PROCESSORS,
    TURNS,
    Crowd,
    Ruling,
    Use,
)

QUIET = Use(cores=0.0, refused=0)
BUSY_APP = Use(cores=HEAVY, refused=0)
LOUD_APP = Use(cores=0.02, refused=LOUD)


def rulings(
    uses: Mapping[Hashable, Use], *, looks: int, late: float = 0.0, main: float = 0.0
) -> list[Ruling]:
    crowd = Crowd()
    return [crowd.look(uses, late=late, main=main) for _ in range(looks)]


def test_calm_apps_are_let_be() -> None:
    calm = Ruling()
    assert rulings({"a": QUIET, "b": BUSY_APP}, looks=20) == [calm] * 20


def test_apps_that_keep_the_computer_busy_together_wait_behind_everything_once() -> None:
    uses = {n: Use(cores=CROWDED / 10 + 0.01, refused=0) for n in range(10)} | {"calm": QUIET}
    seen = rulings(uses, looks=CROWDED_LOOKS + 3)
    behind = [set(ruling.behind) for ruling in seen]
    assert behind == [*[set[Hashable]()] * (CROWDED_LOOKS - 1), set(range(10)), *[set()] * 3]
    assert "all Apps together" in seen[CROWDED_LOOKS - 1].behind[0]


def test_who_comes_late_to_a_crowd_waits_as_well() -> None:
    crowd = Crowd()
    first = {"a": Use(cores=CROWDED + 0.1, refused=0), "b": QUIET}
    for _ in range(CROWDED_LOOKS):
        crowd.look(first, late=0, main=0)
    after = crowd.look({"a": QUIET, "b": Use(cores=0.1, refused=0)}, late=0, main=0)
    assert set(after.behind) == {"b"}


def test_one_crowded_moment_is_nobodys_fault() -> None:
    crowd = Crowd()
    for cores in (CROWDED + 1, 0.0, CROWDED + 1, 0.0):
        assert crowd.look({"a": Use(cores=cores, refused=0)}, late=0, main=0).behind == {}


def test_the_loud_is_ended_when_the_window_is_late_for_a_second() -> None:
    seen = rulings({"a": LOUD_APP, "b": QUIET}, looks=LATE_LOOKS, late=LATE_SECONDS, main=BUSY_MAIN)
    assert [set(ruling.ended) for ruling in seen[:-1]] == [set()] * (LATE_LOOKS - 1)
    assert set(seen[-1].ended) == {"a"}


def test_the_loud_is_let_be_while_the_window_is_on_time() -> None:
    seen = rulings({"a": LOUD_APP}, looks=20, main=BUSY_MAIN)
    assert not any(ruling.ended for ruling in seen)


def test_a_late_window_that_no_app_is_the_reason_of_blames_no_app() -> None:
    uses = {"a": Use(cores=PROCESSORS / 2 - 0.1, refused=LOUD)}
    seen = rulings(uses, looks=20, late=1.0, main=BUSY_MAIN - 0.1)
    assert not any(ruling.ended or ruling.paced or ruling.held for ruling in seen)


def test_who_holds_the_window_up_runs_in_turns() -> None:
    seen = rulings({"a": BUSY_APP, "b": QUIET}, looks=LATE_LOOKS + TURNS, late=0.1, main=0.9)
    assert [set(ruling.paced) for ruling in seen if ruling.paced] == [{"a"}]
    turns = ["a" in ruling.held for ruling in seen[LATE_LOOKS:]]
    assert turns.count(False) == 1
    assert not any("b" in ruling.held for ruling in seen)


def test_a_light_app_is_not_held_for_what_keeps_the_main_thread_busy() -> None:
    uses = {"a": Use(cores=HEAVY - 0.01, refused=0)}
    assert not any(r.paced or r.held for r in rulings(uses, looks=20, late=0.5, main=1.0))


def test_never_do_all_that_are_held_run_at_the_same_time() -> None:
    uses = dict.fromkeys(range(TURNS * 2), BUSY_APP)
    seen = rulings(uses, looks=LATE_LOOKS + TURNS, late=0.1, main=0.9)
    assert [len(ruling.held) for ruling in seen[LATE_LOOKS:]] == [2 * (TURNS - 1)] * TURNS


@pytest.mark.parametrize(("cores", "free"), [(0.0, True), (HEAVY, False)])
def test_who_is_calm_when_it_runs_is_let_go_again(cores: float, free: bool) -> None:
    crowd = Crowd()
    for _ in range(LATE_LOOKS):
        crowd.look({"a": BUSY_APP}, late=0.1, main=0.9)
    after = [
        crowd.look({"a": Use(cores=cores, refused=0)}, late=0, main=0.1)
        for _ in range(CALM_LOOKS + LATE_LOOKS + TURNS)
    ]
    assert (not any(ruling.held for ruling in after[-TURNS:])) is free


def test_who_is_gone_is_forgotten() -> None:
    crowd = Crowd()
    for _ in range(LATE_LOOKS):
        crowd.look({"a": BUSY_APP}, late=0.1, main=0.9)
    assert crowd.look({"b": QUIET}, late=0.1, main=0.9).held == frozenset()
