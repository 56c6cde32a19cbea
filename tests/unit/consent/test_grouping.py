"""Which calls are one question, and how many questions a task has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcphost.consent.budget import QUESTIONS_A_TASK, PromptBudget
from mcphost.consent.grouping import differing, group_of
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.principal import USER
from tests.helpers.gate_parts import APP, MODEL, call

A, B, C = {"to": "a", "n": 1}, {"to": "b", "n": 1}, {"to": "c", "n": 1}


def test_calls_that_differ_in_one_argument_are_one_question() -> None:
    assert differing([A, B, C]) == "to"
    assert group_of([("x", A), ("x", B), ("y", C), ("x", C)], 0) == (0, 1, 3)


@pytest.mark.parametrize(
    "calls",
    [
        [A],
        [A, A],
        [A, B, A],
        [A, {"to": "b", "n": 2}],
        [A, B, {"to": "a", "n": 2}],
        [A, {**B, "cc": "x"}],
        [A, {"to": "b"}],
        [{"n": number} for number in range(20)],
    ],
)
def test_whatever_differs_otherwise_is_asked_one_by_one(calls: list[JsonObject]) -> None:
    assert differing(calls) is None


def test_a_call_that_does_not_fit_is_left_out_of_the_group() -> None:
    odd = {"to": "b", "n": 2}
    assert group_of([("x", A), ("x", odd), ("x", C), ("x", None)], 0) == (0, 2)


def test_a_model_asks_so_often_in_a_task_and_not_once_more() -> None:
    budget, action = PromptBudget(), call(principal=MODEL)
    assert all(budget.may_ask(action) for _ in range(QUESTIONS_A_TASK))
    assert not budget.is_over(action.lineage.gesture)
    assert not budget.may_ask(action)
    assert budget.is_over(action.lineage.gesture)
    next_turn = Lineage(root=Root.GESTURE, started_at=0.0, gesture="click-2")
    assert budget.may_ask(replace(action, lineage=next_turn))


@pytest.mark.parametrize("principal", [USER, APP])
def test_people_and_apps_are_not_held_to_it(principal: object) -> None:
    budget, action = PromptBudget(), call(principal=principal)  # type: ignore[arg-type]
    assert all(budget.may_ask(action) for _ in range(2 * QUESTIONS_A_TASK))
