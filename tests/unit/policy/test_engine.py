"""The default policy as a truth table, and how the engine fails."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from itertools import product
from typing import Any, cast

import pytest
from cedarpy import PolicySet

from mcphost.assets import asset_path, asset_text
from mcphost.domain.action import ActionKind
from mcphost.domain.decision import Tier, Verdict
from mcphost.domain.lineage import Root
from mcphost.domain.principal import HOST, USER, Principal, PrincipalKind
from mcphost.domain.server import Trust
from mcphost.domain.tool import Effect, PinState
from mcphost.policy.bundle import Bundle, policy_set
from mcphost.policy.engine import PolicyEngine
from mcphost.policy.facts import NOT_CONTEXT, Consent, Facts, cedar_contexts, permit_line
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL, OTHER, SERVER, default_policy

POLICY = default_policy()
PRINCIPALS = {"user": USER, "model": MODEL, "view": APP, "automation": AUTOMATION, "host": HOST}
ROOTS = (Root.GESTURE, Root.APP_TIMER, Root.BACKGROUND)


def facts(kind: ActionKind = ActionKind.TOOL_CALL, **changes: Any) -> Facts:
    base = Facts(
        kind=kind,
        principal=USER,
        root=Root.GESTURE,
        server=SERVER,
        tool="buy",
        tool_known=True,
        tool_pin=PinState.PINNED,
        trust=Trust.KEPT,
        visible_to_model=True,
        visible_to_app=True,
        template_approved=True,
        person_present=True,
        untrusted_seen=False,
        private_seen=False,
        carries_foreign=False,
        carries_private=False,
        carries_credential=False,
    )
    return replace(base, **changes)


def expected_tool_verdict(principal: str, effect: Effect, root: Root) -> Verdict:
    if principal == "view" and root is Root.BACKGROUND:
        return Verdict.DENY
    if effect is Effect.READ and principal != "host":
        return Verdict.ALLOW
    if root is not Root.GESTURE:
        return Verdict.DENY
    return Verdict.DENY if principal == "host" and effect is Effect.READ else Verdict.ASK


@pytest.mark.parametrize(
    ("principal", "effect", "root"), list(product(PRINCIPALS, Effect, ROOTS)), ids=str
)
def test_tool_calls(principal: str, effect: Effect, root: Root) -> None:
    decision = POLICY.decide(facts(principal=PRINCIPALS[principal], effect=effect, root=root))
    assert decision.verdict is expected_tool_verdict(principal, effect, root)


@pytest.mark.parametrize(("principal", "effect"), list(product(PRINCIPALS, Effect)), ids=str)
def test_an_unknown_tool_is_never_called(principal: str, effect: Effect) -> None:
    decision = POLICY.decide(
        facts(principal=PRINCIPALS[principal], effect=effect, tool_known=False, granted=True)
    )
    assert decision.verdict is Verdict.DENY
    assert "unknown-tool" in decision.rules


@pytest.mark.parametrize(
    ("change", "principal", "rule"),
    [
        ({"tool_pin": PinState.CHANGED}, USER, "changed-tool"),
        ({"visible_to_app": False}, APP, "view-needs-app-visibility"),
        ({"visible_to_model": False}, MODEL, "model-needs-model-visibility"),
        ({"server": OTHER}, APP, "view-stays-on-its-server"),
        ({"template_approved": False}, APP, "view-needs-approved-template"),
    ],
)
def test_a_forbid_wins_over_effect_grant_and_consent(
    change: dict[str, Any], principal: Principal, rule: str
) -> None:
    every = default_policy("permit(principal, action, resource);")
    for policy, effect, granted in product((POLICY, every), Effect, (False, True)):
        given = facts(principal=principal, effect=effect, granted=granted, **change)
        decision = policy.decide(given)
        assert (decision.verdict, decision.rules) == (Verdict.DENY, (rule,))


def test_visibility_for_one_does_not_hinder_the_other() -> None:
    hidden = facts(visible_to_app=False, principal=MODEL, effect=Effect.READ)
    assert POLICY.decide(hidden).verdict is Verdict.ALLOW
    app_only = facts(visible_to_model=False, principal=APP, effect=Effect.READ)
    assert POLICY.decide(app_only).verdict is Verdict.ALLOW


@pytest.mark.parametrize(("principal", "root"), list(product(PRINCIPALS, ROOTS)), ids=str)
def test_a_server_may_ask_only_in_a_gesture(principal: str, root: Root) -> None:
    decision = POLICY.decide(facts(ActionKind.ELICIT, principal=PRINCIPALS[principal], root=root))
    allowed = root is Root.GESTURE
    assert decision.verdict is (Verdict.ALLOW if allowed else Verdict.DENY)
    assert ("elicit-in-a-gesture" if allowed else "elicit-needs-gesture") in decision.rules


ALLOWED_QUIETLY = {
    ActionKind.CONNECT: {"user", "automation", "host"},
    ActionKind.LIST: {"user", "automation", "host", "view"},
    ActionKind.RESOURCE_READ: {"user", "automation", "view"},
    ActionKind.PROMPT_GET: {"user", "automation"},
    ActionKind.COMPLETE: {"user", "automation"},
    ActionKind.START_SERVER: set[str](),
    ActionKind.MESSAGE: {"view"},
    ActionKind.CONTEXT_UPDATE: {"view"},
    ActionKind.DISPLAY_MODE: {"view"},
    ActionKind.MODEL_REQUEST: {"user", "model"},
    ActionKind.OPEN_LINK: set[str](),
    ActionKind.DOWNLOAD: set[str](),
}


@pytest.mark.parametrize(("kind", "principal"), list(product(ALLOWED_QUIETLY, PRINCIPALS)), ids=str)
def test_what_needs_no_consent_in_a_gesture(kind: ActionKind, principal: str) -> None:
    decision = POLICY.decide(
        facts(kind, principal=PRINCIPALS[principal], scheme="https", host="a.example")
    )
    assert (decision.verdict is Verdict.ALLOW) == (principal in ALLOWED_QUIETLY[kind])


@pytest.mark.parametrize(("principal", "root"), list(product(PRINCIPALS, ROOTS)), ids=str)
@pytest.mark.parametrize("kind", [ActionKind.OPEN_LINK, ActionKind.DOWNLOAD])
def test_links_and_downloads_are_always_asked_about(
    kind: ActionKind, principal: str, root: Root
) -> None:
    given = facts(kind, principal=PRINCIPALS[principal], root=root, scheme="https", granted=True)
    expected = Verdict.ASK if root is Root.GESTURE else Verdict.DENY
    assert POLICY.decide(given).verdict is expected


@pytest.mark.parametrize(
    ("scheme", "loopback", "verdict"),
    [
        ("https", False, Verdict.ASK),
        ("http", True, Verdict.ASK),
        ("http", False, Verdict.DENY),
        ("file", False, Verdict.DENY),
        ("", False, Verdict.DENY),
    ],
)
def test_which_links_may_be_opened(scheme: str, loopback: bool, verdict: Verdict) -> None:
    given = facts(ActionKind.OPEN_LINK, scheme=scheme, loopback=loopback)
    assert POLICY.decide(given).verdict is verdict


def test_the_host_prefetches_templates_and_nothing_else() -> None:
    given = facts(ActionKind.RESOURCE_READ, principal=HOST, root=Root.BACKGROUND, scheme="ui")
    assert POLICY.decide(given).rules == ("prefetch-templates",)
    assert POLICY.decide(replace(given, scheme="file")).verdict is Verdict.DENY


@pytest.mark.requirement("MCP-029", "MCP-071")
def test_the_demo_server_starts_by_itself_but_not_for_an_app() -> None:
    given = facts(
        ActionKind.START_SERVER, principal=HOST, root=Root.BACKGROUND, trust=Trust.BUILTIN
    )
    assert POLICY.decide(given).verdict is Verdict.ALLOW
    for principal in (APP, MODEL):
        decision = POLICY.decide(replace(given, principal=principal))
        assert "only-people-start-servers" in decision.rules


@pytest.mark.requirement("MCP-071")
@pytest.mark.parametrize(
    ("launch", "principal", "verdict", "rule"),
    [
        ("typed", USER, Verdict.ALLOW, "person-starts-server"),
        ("typed", HOST, Verdict.ASK, "ask-start-server"),
        ("approved", HOST, Verdict.ALLOW, "approved-program"),
        ("new", USER, Verdict.ASK, "ask-start-server"),
        ("changed", USER, Verdict.ASK, "ask-changed-program"),
        ("approved", APP, Verdict.DENY, "only-people-start-servers"),
        ("approved", MODEL, Verdict.DENY, "only-people-start-servers"),
    ],
)
def test_a_program_is_started_as_it_was_approved_or_asked_about(
    launch: str, principal: Principal, verdict: Verdict, rule: str
) -> None:
    decision = POLICY.decide(facts(ActionKind.START_SERVER, principal=principal, launch=launch))
    assert (decision.verdict, decision.rules) == (verdict, (rule,))


@pytest.mark.requirement("MCP-071")
@pytest.mark.parametrize("launch", ["new", "changed"])
def test_a_program_nobody_approved_is_not_started_in_the_background(launch: str) -> None:
    decision = POLICY.decide(
        facts(ActionKind.START_SERVER, principal=HOST, root=Root.BACKGROUND, launch=launch)
    )
    assert decision.rules == ("prompt-needs-gesture",)


@pytest.mark.parametrize(
    ("effect", "verdict"),
    [
        (Effect.WRITE, Verdict.ALLOW),
        (Effect.UNKNOWN, Verdict.ALLOW),
        (Effect.DESTRUCTIVE, Verdict.ASK),
    ],
)
def test_a_grant_never_covers_what_cannot_be_undone(effect: Effect, verdict: Verdict) -> None:
    assert POLICY.decide(facts(effect=effect, granted=True)).verdict is verdict


def test_an_ask_carries_the_tier_and_words_of_its_rule() -> None:
    decision = POLICY.decide(facts(effect=Effect.DESTRUCTIVE))
    assert decision.rules == ("ask-destructive-tool",)
    assert decision.tier is Tier.EVERY_TIME
    assert decision.reason == "the tool changes something that cannot be undone"


@pytest.mark.requirement("MCP-022")
def test_an_empty_policy_permits_nothing() -> None:
    empty = PolicyEngine([("empty.cedar", "")], asset_text("policy/schema.cedarschema"))
    for kind, principal in product(ActionKind, PRINCIPALS.values()):
        decision = empty.decide(facts(kind, principal=principal, effect=Effect.READ))
        assert (decision.verdict, decision.rules) == (Verdict.DENY, ("default-deny",))


def test_a_rule_that_fails_while_it_is_evaluated_denies() -> None:
    overflow = "forbid(principal, action, resource) when { 9223372036854775807 + 1 == 0 };"
    decision = default_policy(overflow).decide(facts(effect=Effect.READ))
    assert (decision.verdict, decision.rules) == (Verdict.DENY, ("policy-error",))


def test_facts_that_cannot_be_expressed_deny() -> None:
    decision = POLICY.decide(facts(tool="\ud800", effect=Effect.READ))
    assert (decision.verdict, decision.rules) == (Verdict.DENY, ("policy-error",))


def test_an_added_file_changes_the_digest() -> None:
    added = default_policy("permit(principal, action, resource);")
    assert added.digest != POLICY.digest
    assert added.decide(facts()).policy_digest == added.digest


def test_every_rule_has_a_name_and_a_reason() -> None:
    for rule in POLICY.rules:
        assert rule.id == rule.id.lower()
        assert not rule.reason.startswith("rule "), rule.id


def engine_with_example(name: str) -> PolicyEngine:
    return default_policy(asset_text(f"policy/examples/{name}"))


@pytest.mark.parametrize(
    "name", sorted(path.name for path in asset_path("policy/examples").iterdir())
)
def test_every_example_loads(name: str) -> None:
    assert engine_with_example(name).rules


def test_the_example_for_one_server_widens_only_that_server() -> None:
    policy = engine_with_example("one-server.cedar")
    demo = facts(principal=AUTOMATION, server="demo", effect=Effect.WRITE)
    assert policy.decide(demo).verdict is Verdict.ALLOW
    assert policy.decide(replace(demo, server=SERVER)).verdict is Verdict.ASK


def test_the_example_that_tightens_wins_over_consent() -> None:
    policy = engine_with_example("read-only.cedar")
    assert policy.decide(facts(effect=Effect.WRITE)).rules == ("read-only-here",)
    assert policy.decide(facts(effect=Effect.READ)).verdict is Verdict.ALLOW


@pytest.mark.requirement("MCP-113")
@pytest.mark.parametrize("kind", [ActionKind.PROMPT_GET, ActionKind.COMPLETE], ids=str)
@pytest.mark.parametrize(("principal", "root"), list(product(PRINCIPALS, ROOTS)), ids=str)
def test_only_a_person_who_is_there_chooses_prompts_whatever_a_file_permits(
    kind: ActionKind, principal: str, root: Root
) -> None:
    everything = default_policy("permit(principal, action, resource);")
    decision = everything.decide(facts(kind, principal=PRINCIPALS[principal], root=root))
    allowed = root is Root.GESTURE and principal in {"user", "automation"}
    assert decision.verdict is (Verdict.ALLOW if allowed else Verdict.DENY)
    assert allowed or "prompts-are-for-people" in decision.rules


KINDS = [kind for kind in ActionKind if kind is not ActionKind.ELICIT]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_printed_line_permits_exactly_that_kind_of_action(kind: ActionKind) -> None:
    given = facts(
        kind,
        principal=AUTOMATION,
        target="https://a.example/ü?q='\"",
        scheme="https",
        tool='x"y',
        declared=True,
    )
    policy = default_policy(permit_line(given))
    assert policy.decide(given).verdict is Verdict.ALLOW
    assert Principal(kind=PrincipalKind.AUTOMATION, ident="cli").kind is given.principal.kind


@pytest.mark.parametrize(("principal", "root"), list(product(PRINCIPALS, ROOTS)), ids=str)
def test_only_a_persons_gesture_may_lead_to_a_sign_in(principal: str, root: Root) -> None:
    asked = facts(
        ActionKind.SIGN_IN, principal=PRINCIPALS[principal], root=root, scheme="https", host="as"
    )
    every = default_policy("permit(principal, action, resource);")
    decision = POLICY.decide(asked)
    if root is Root.GESTURE:
        assert (decision.verdict, decision.tier) == (Verdict.ASK, Tier.EVERY_TIME)
        return
    for denied in (decision, every.decide(asked)):
        assert denied.verdict is Verdict.DENY
        assert "sign-in-needs-gesture" in denied.rules


@pytest.mark.parametrize(
    ("scheme", "loopback", "verdict"),
    [("https", False, Verdict.ASK), ("http", True, Verdict.ASK), ("http", False, Verdict.DENY)],
)
def test_nobody_signs_in_over_an_open_line(scheme: str, loopback: bool, verdict: Verdict) -> None:
    asked = facts(ActionKind.SIGN_IN, scheme=scheme, host="as", loopback=loopback)
    assert POLICY.decide(asked).verdict is verdict


FLOWS = (
    "untrusted_seen",
    "private_seen",
    "carries_foreign",
    "carries_private",
    "carries_credential",
)


def declared_attributes() -> dict[str, str]:
    """Name and type of every attribute in the schema's own text."""
    text = asset_text("policy/schema.cedarschema").partition("type Facts = {")[2].partition("};")[0]
    return dict(re.findall(r"^ +(\w+): (\w+),", text, re.MULTILINE))


def test_the_schema_declares_exactly_the_facts_that_the_host_gives() -> None:
    context = json.loads(cedar_contexts(facts())[Consent.NONE])
    cedar = {str: "String", bool: "Bool", int: "Long"}
    assert {name: cedar[type(value)] for name, value in context.items()} == declared_attributes()


def test_a_fact_that_nobody_supplied_has_the_value_that_permits_least() -> None:
    bare = Facts(kind=ActionKind.TOOL_CALL, principal=USER, root=Root.BACKGROUND)
    careful = {"lineage_seconds": 2**31, **dict.fromkeys(FLOWS, True)}
    unknown = {"trust": "unknown", "tool_pin": "unseen", "effect": "unknown", "hour": -1}
    for name, value in json.loads(cedar_contexts(bare)[Consent.NONE]).items():
        if name in NOT_CONTEXT or name in {"consent", "root", "destination", "reversible"}:
            continue
        assert value == {**careful, **unknown}.get(name, type(value)()), name


def test_where_the_data_goes_and_whether_it_can_be_taken_back() -> None:
    given = {
        facts(ActionKind.TOOL_CALL, principal=APP): "own-server unknown",
        facts(ActionKind.TOOL_CALL, principal=APP, server=OTHER): "other-server unknown",
        facts(ActionKind.MESSAGE, principal=APP, server=OTHER): "other-server yes",
        facts(ActionKind.TOOL_CALL, effect=Effect.DESTRUCTIVE): "other-server no",
        facts(ActionKind.TOOL_CALL, effect=Effect.READ): "other-server yes",
        facts(ActionKind.OPEN_LINK): "web no",
        facts(ActionKind.SIGN_IN): "web yes",
        facts(ActionKind.DOWNLOAD): "none yes",
        facts(ActionKind.START_SERVER): "none no",
        facts(ActionKind.MODEL_REQUEST): "model yes",
    }
    for fact, expected in given.items():
        assert f"{fact.destination.value} {fact.reversible.value}" == expected


def test_leaving_out_rules_whose_head_cannot_fit_changes_no_decision() -> None:
    bundle = POLICY._bundle  # pyright: ignore[reportPrivateUsage]
    whole = policy_set(bundle.parsed)

    class Whole:
        rules, parsed = bundle.rules, bundle.parsed

        def about(self, _principal: str, _action: str) -> PolicySet:
            return whole

    other = copy.copy(POLICY)
    other._bundle = cast("Bundle", Whole())  # pyright: ignore[reportPrivateUsage]
    for kind, principal, root in product(ActionKind, PRINCIPALS.values(), ROOTS):
        for effect in Effect:
            given = facts(kind, principal=principal, root=root, effect=effect, private_seen=True)
            assert POLICY.decide(given) == other.decide(given)


def test_the_schema_has_no_groups_of_actions() -> None:
    """Or a head that names a group would be taken for one that names none of its members."""
    assert not re.search(r"^ *action [\w, ]+ in ", asset_text("policy/schema.cedarschema"), re.M)
