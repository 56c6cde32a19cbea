"""Managed rules tighten and never loosen, whatever they and the files of a run say."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.assets import asset_text
from mcphost.domain.action import ActionKind
from mcphost.domain.decision import Decision, Tier, Verdict
from mcphost.domain.lineage import Root
from mcphost.domain.tool import Effect
from mcphost.policy.engine import PolicyEngine
from mcphost.policy.facts import Facts
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL, SERVER
from tests.unit.policy.test_engine import facts

EVERYTHING = "permit(principal, action, resource);"
CONDITIONS = [
    "",
    'when { context.consent == "given" }',
    'unless { context.consent == "given" }',
    'when { context.effect == "read" }',
    "when { context.granted || principal is McpHost::View }",
    'when { context.root == "gesture" } unless { context.consent == "given" }',
]
SCOPES = [
    "principal, action, resource",
    'principal is McpHost::Model, action == McpHost::Action::"tool_call", resource',
    f'principal, action, resource in McpHost::Server::"{SERVER}"',
]
WHO = [APP, MODEL, AUTOMATION]
SAMPLE = [
    facts(kind, principal=who, effect=effect, root=root, granted=granted, scheme="https")
    for kind, who, effect, root, granted in product(
        (ActionKind.TOOL_CALL, ActionKind.OPEN_LINK, ActionKind.RESOURCE_READ),
        WHO,
        (Effect.READ, Effect.WRITE),
        (Root.GESTURE, Root.BACKGROUND),
        (False, True),
    )
]
rule = st.builds(
    lambda effect, tier, scope, condition: f'@tier("{tier}")\n{effect}({scope}) {condition};',
    st.sampled_from(["permit", "forbid"]),
    st.integers(0, 4),
    st.sampled_from(SCOPES[1:] * 2 + SCOPES),
    st.sampled_from(CONDITIONS),
)
rules = st.lists(rule, max_size=4).map("\n".join)
ORDER = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}


def engine(*, managed: str = "", added: str = "") -> PolicyEngine:
    texts = [("default.cedar", asset_text("policy/default.cedar")), ("added.cedar", added)]
    schema = asset_text("policy/schema.cedarschema")
    return PolicyEngine(texts, schema, managed=[("managed.cedar", managed)])


def strictness(decision: Decision) -> tuple[int, int]:
    return ORDER[decision.verdict], int(decision.tier)


@settings(max_examples=60, deadline=None)
@given(managed=rules, added=rules)
def test_managed_rules_only_tighten_whatever_a_run_adds(managed: str, added: str) -> None:
    bound, free = engine(managed=managed, added=added), engine(added=added)
    for fact in SAMPLE:
        assert strictness(bound.decide(fact)) >= strictness(free.decide(fact))


@settings(max_examples=60, deadline=None)
@given(managed=rules, added=rules)
def test_files_of_a_run_cannot_loosen_managed_rules(managed: str, added: str) -> None:
    whole = PolicyEngine(
        [("permit.cedar", EVERYTHING)],
        asset_text("policy/schema.cedarschema"),
        managed=[("managed.cedar", managed)],
    )
    bound = engine(managed=managed, added=f"{EVERYTHING}\n{added}")
    for fact in SAMPLE:
        floor, given_now = whole.decide(fact), bound.decide(fact)
        assert ORDER[given_now.verdict] >= ORDER[floor.verdict]


def test_a_managed_permit_has_no_effect_and_is_said_to_have_none() -> None:
    made, plain = engine(managed=EVERYTHING), engine()
    assert [rule.line for rule in made.rules if rule.idle] == [1]
    for fact in SAMPLE:
        assert made.decide(fact).rules == plain.decide(fact).rules


ASK_FIRST = (
    '@id("managed-asks")\n@tier("3")\n@reason("this company wants to be asked")\n'
    "forbid(principal, action, resource) unless {{ {} }};"
)


def test_a_managed_forbid_that_consent_lifts_asks_at_its_own_tier() -> None:
    quiet = facts(effect=Effect.READ)
    asked = engine(managed=ASK_FIRST.format('context.consent == "given"')).decide(quiet)
    assert (asked.verdict, asked.tier) == (Verdict.ASK, Tier.EVERY_TIME)
    assert asked.rules == ("managed-asks", "read-tools")
    assert "this company wants to be asked" in asked.reason


@pytest.mark.parametrize("granted", [False, True])
def test_a_managed_forbid_wins_over_grant_consent_and_the_files_of_a_run(granted: bool) -> None:
    bound = engine(managed=ASK_FIRST.format("false"), added=EVERYTHING)
    fact: Facts = replace(facts(effect=Effect.WRITE), granted=granted)
    decision = bound.decide(fact)
    assert (decision.verdict, decision.rules) == (Verdict.DENY, ("managed-asks",))


def test_the_digest_tells_a_managed_file_from_an_added_one() -> None:
    assert engine(managed=EVERYTHING).digest != engine(added=EVERYTHING).digest
