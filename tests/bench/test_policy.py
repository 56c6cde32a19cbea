"""P11: a policy decision, p99 at most 1 ms (both Cedar evaluations, schema and entities)."""

from __future__ import annotations

import time
from itertools import cycle, islice

from mcphost.domain.action import ActionKind
from mcphost.domain.lineage import Root
from mcphost.domain.principal import USER
from mcphost.domain.server import Trust
from mcphost.domain.tool import Effect, PinState
from mcphost.policy.engine import PolicyEngine
from mcphost.policy.facts import Facts
from tests.bench.conftest import JUDGED, Figures
from tests.helpers.gate_parts import APP, MODEL, SERVER, default_policy

DECISIONS = 2_000 if JUDGED else 500


def some_facts() -> list[Facts]:
    return [
        Facts(
            kind=ActionKind.TOOL_CALL,
            principal=principal,
            root=root,
            server=SERVER,
            tool="buy",
            lineage_seconds=3,
            trust=Trust.KEPT,
            tool_known=True,
            tool_pin=PinState.PINNED,
            visible_to_app=True,
            visible_to_model=True,
            template_approved=True,
            effect=effect,
        )
        for principal in (USER, MODEL, APP)
        for root in (Root.GESTURE, Root.APP_TIMER)
        for effect in Effect
    ]


def measured(policy: PolicyEngine) -> list[float]:
    taken: list[float] = []
    for facts in islice(cycle(some_facts()), DECISIONS):
        started = time.thread_time()  # other work on the machine is not the policy's
        policy.decide(facts)
        taken.append(time.thread_time() - started)
    return sorted(taken)


def test_p11_a_policy_decision_takes_at_most_a_millisecond(figures: Figures) -> None:
    policy = default_policy()
    quietest = min((measured(policy) for _ in range(3)), key=lambda t: t[DECISIONS * 99 // 100])
    p50, p99 = quietest[DECISIONS // 2], quietest[DECISIONS * 99 // 100]
    figures.at_most("policy decision, p50", p50 * 1_000, 1, "ms")
    figures.at_most("policy decision, p99", p99 * 1_000, 1, "ms")
