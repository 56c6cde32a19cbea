"""Each fact, flipped alone, turns a decision of some rule that ships with the program (AC-2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mcphost.assets import asset_text
from mcphost.domain.action import ActionKind
from mcphost.domain.decision import Verdict
from mcphost.domain.server import Trust
from mcphost.domain.tool import Effect, PinState
from tests.helpers.gate_parts import APP, MODEL, default_policy
from tests.unit.policy.test_engine import facts

OFFICE = default_policy(asset_text("policy/examples/office.cedar"))
CALM: dict[str, Any] = {
    "untrusted_seen": False,
    "private_seen": False,
    "carries_foreign": False,
    "carries_private": False,
    "carries_credential": False,
    "lineage_seconds": 5,
    "era": "modern",
    "view_visible": True,
    "view_focused": True,
    "destination_known": True,
    "hour": 11,
    "weekday": 3,
    "effect": Effect.READ,
}
FLIPS: list[tuple[str, Any, str]] = [
    ("hour", 23, "not-at-night"),
    ("hour", 6, "not-at-night"),
    ("weekday", 6, "not-at-night"),
    ("era", "legacy", "newest-protocol-only"),
    ("era", "", "newest-protocol-only"),
    ("trust", Trust.THIS_RUN, "kept-servers-only"),
    ("trust", Trust.UNKNOWN, "kept-servers-only"),
    ("tool_pin", PinState.UNSEEN, "look-at-tools-first"),
    ("lineage_seconds", 601, "nothing-from-long-ago"),
    ("effect", Effect.DESTRUCTIVE, "no-going-back-no-model"),
    ("view_visible", False, "apps-in-sight"),
    ("view_focused", False, "apps-in-sight"),
    ("person_present", False, "somebody-is-here"),
    ("destination_known", False, "known-places-only"),
]


@pytest.mark.parametrize(("name", "value", "rule"), FLIPS, ids=[f"{n}-{v}" for n, v, _ in FLIPS])
def test_a_fact_flipped_alone_turns_the_decision(name: str, value: Any, rule: str) -> None:
    principal = APP if name.startswith("view") else MODEL
    kind = ActionKind.OPEN_LINK if name == "destination_known" else ActionKind.TOOL_CALL
    before = facts(kind, principal=principal, scheme="https", **CALM)
    assert rule not in OFFICE.decide(before).rules
    assert OFFICE.decide(before).verdict is not Verdict.DENY
    assert rule in OFFICE.decide(replace(before, **{name: value})).rules
