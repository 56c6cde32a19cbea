"""The default policy answers every case of the truth table as people wrote it down."""

from __future__ import annotations

import pytest

from tests.helpers.gate_parts import default_policy
from tests.unit.policy.truth import Case, cases, said

CASES = cases()
POLICY = default_policy()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"line-{case.line}")
def test_the_policy_answers_as_the_table_says(case: Case) -> None:
    assert said(POLICY.decide(case.facts)) == case.answer


def test_the_table_is_large_and_no_case_is_in_it_twice() -> None:
    assert len(CASES) >= 200
    assert len({case.facts for case in CASES}) == len(CASES)


def test_every_rule_of_the_policy_decides_some_case() -> None:
    decided = {rule for case in CASES for rule in case.answer.split()[1].split(",")}
    assert {rule.id for rule in POLICY.rules} <= decided
