"""Criterion 3: clicks as a person makes them, on a real X server, and the same ones too early."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.helpers.screen import Program, Screen, real_screen

STAGE = "tests.helpers.click_stage"


@pytest.fixture
def stage() -> Iterator[tuple[Screen, ExitStack]]:
    with real_screen() as made:
        yield made


def shown(screen: Screen, programs: ExitStack, *arguments: str) -> Program:
    program = Program(screen, STAGE, *arguments)
    programs.callback(program.end)
    return program


def test_an_early_click_is_refused_and_a_later_one_is_a_yes(
    stage: tuple[Screen, ExitStack],
) -> None:
    screen, programs = stage
    dialog = shown(screen, programs)
    place = dialog.next("x")
    screen.xdotool("mousemove", place["x"], place["y"], "click", 1)
    assert dialog.next("armed")["armed"] is True
    assert not [said for said in dialog.seen if "answer" in said]
    screen.xdotool("click", 1)
    answer = dialog.next("answer")
    assert (answer["answer"], answer["device"]) == ("allow", "mouse")
    assert answer["at"] >= 500


def test_a_window_on_top_that_takes_no_focus_disarms_until_it_is_gone(
    stage: tuple[Screen, ExitStack],
) -> None:
    screen, programs = stage
    dialog = shown(screen, programs)
    place = dialog.next("x")
    assert dialog.next("armed")["armed"] is True
    lid = shown(screen, programs, "lid")
    lid.next("lid")
    assert dialog.next("covered")["covered"] is True
    screen.xdotool("mousemove", place["x"], place["y"], "click", 1)
    lid.end()
    assert dialog.next("covered")["covered"] is False
    assert dialog.next("armed")["armed"] is True
    assert not [said for said in dialog.seen if "answer" in said]
    screen.xdotool("click", 1)
    assert dialog.next("answer")["answer"] == "allow"


def test_keys_typed_ahead_answer_nothing_and_a_deliberate_space_does(
    stage: tuple[Screen, ExitStack],
) -> None:
    screen, programs = stage
    dialog = shown(screen, programs)
    dialog.next("x")
    screen.xdotool("key", "--delay", 1, "space", "Return", "y", "e", "s", "space", "Return")
    assert dialog.next("armed")["armed"] is True
    assert not [said for said in dialog.seen if "answer" in said]
    screen.xdotool("key", "Return")
    screen.xdotool("key", "space")
    answer = dialog.next("answer")
    assert (answer["answer"], answer["device"]) == ("deny", "keyboard"), "the focus is on Deny"
