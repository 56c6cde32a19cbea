"""The rules over grants to Apps: who may ask, for what, and when it is permitted without asking."""

from __future__ import annotations

from itertools import product

import pytest

from mcphost.domain.action import ActionKind
from mcphost.domain.app_grant import OF_ONE_VIEW, AppGrantKind
from mcphost.domain.decision import Tier, Verdict
from mcphost.domain.lineage import Root
from mcphost.domain.principal import HOST, USER
from mcphost.policy.facts import Facts
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL, OTHER, SERVER, default_policy

POLICY = default_policy()
EVERYTHING = default_policy("permit(principal, action, resource);")
KINDS = list(AppGrantKind)


def facts(kind: AppGrantKind, **changes: object) -> Facts:
    base: dict[str, object] = {
        "kind": ActionKind.APP_GRANT,
        "principal": USER,
        "root": Root.GESTURE,
        "server": SERVER,
        "template_approved": True,
        "person_present": True,
        "target": kind.value,
        "app_grant": kind.value,
        "declared": True,
    }
    return Facts(**(base | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_is_asked_every_time_about_every_grant(kind: AppGrantKind) -> None:
    decision = POLICY.decide(facts(kind))
    assert (decision.verdict, decision.tier) == (Verdict.ASK, Tier.EVERY_TIME)


@pytest.mark.parametrize(("kind", "root"), list(product(KINDS, Root)), ids=str)
def test_an_app_may_ask_only_in_a_gesture_and_for_what_ends_with_its_view(
    kind: AppGrantKind, root: Root
) -> None:
    decision = POLICY.decide(facts(kind, principal=APP, root=root))
    may = kind in OF_ONE_VIEW and root is Root.GESTURE
    assert decision.verdict is (Verdict.ASK if may else Verdict.DENY)
    if kind not in OF_ONE_VIEW:
        every = EVERYTHING.decide(facts(kind, principal=APP, root=root))
        assert every.verdict is Verdict.DENY
        assert "app-asks-for-one-view-only" in every.rules


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"declared": False}, "grant-must-be-declared"),
        ({"principal": MODEL}, "grants-are-for-people"),
        ({"principal": HOST}, "grants-are-for-people"),
        ({"principal": APP, "server": OTHER}, "view-stays-on-its-server"),
        ({"principal": APP, "template_approved": False}, "view-needs-approved-template"),
    ],
)
def test_no_added_rule_gets_around_a_forbid(change: dict[str, object], rule: str) -> None:
    decision = EVERYTHING.decide(facts(AppGrantKind.CAMERA, **change))
    assert (decision.verdict, decision.rules) == (Verdict.DENY, (rule,))


def test_a_command_line_that_names_a_grant_needs_no_further_consent() -> None:
    decision = POLICY.decide(facts(AppGrantKind.WEBGL, principal=AUTOMATION))
    assert (decision.verdict, decision.rules) == (Verdict.ALLOW, ("command-line-grants",))


def test_an_added_rule_can_close_one_grant_for_everybody() -> None:
    no_camera = default_policy(
        '@id("no-camera") forbid(principal, action == McpHost::Action::"app_grant", resource) '
        'when { context.app_grant == "camera" };'
    )
    assert no_camera.decide(facts(AppGrantKind.CAMERA)).verdict is Verdict.DENY
    assert no_camera.decide(facts(AppGrantKind.MICROPHONE)).verdict is Verdict.ASK
