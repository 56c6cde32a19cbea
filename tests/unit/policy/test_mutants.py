"""Each clause of the default policy matters: whatever is left out or turned round, some case of the
truth table is answered otherwise.
"""

from __future__ import annotations

from mcphost.domain.decision import Verdict
from tests.helpers.figures import say
from tests.helpers.gate_parts import default_policy
from tests.unit.policy.mutants import Mutant, mutants
from tests.unit.policy.truth import Case, cases, said


def dies(mutant: Mutant, ordered: list[Case]) -> bool:
    engine = mutant.engine(default_policy_once)
    near = [case for case in ordered if mutant.rule in case.answer]
    far = [case for case in ordered if mutant.rule not in case.answer]
    return any(said(engine.decide(case.facts)) != case.answer for case in (*near, *far))


default_policy_once = default_policy()


def test_every_clause_of_the_default_policy_has_a_case_that_dies_with_it() -> None:
    ordered, alive, count = cases(), list[str](), 0
    for mutant in mutants(default_policy_once):
        count += 1
        if not dies(mutant, ordered):
            alive.append(f"{mutant.rule}: {mutant.what}")
    say(f"policy mutants killed: {count - len(alive)} of {count}, by {len(ordered)} cases")
    assert count >= 200
    assert not alive, "\n".join(alive)


FLOW = ("ask-mixed-context", "ask-carried-data", "ask-foreign-value", "ask-credential")


def test_without_the_one_forbid_each_flow_rule_would_let_data_pass_unasked() -> None:
    """None of the four asks for consent itself: it is `flow-is-never-silent` that makes it a
    question, so the loss of that one rule is seen for each of them.
    """
    gone = next(
        mutant
        for mutant in mutants(default_policy_once)
        if (mutant.rule, mutant.what) == ("flow-is-never-silent", "the rule is gone")
    ).engine(default_policy_once)
    for rule in FLOW:
        ours = [case for case in cases() if rule in case.answer]
        assert ours, rule
        assert all(case.answer.startswith("ask3") for case in ours), rule
        silent = [case for case in ours if gone.decide(case.facts).verdict is Verdict.ALLOW]
        assert silent, f"{rule} asks without the forbid: say so here"
