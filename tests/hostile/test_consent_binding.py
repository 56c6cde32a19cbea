"""P1 and P2, fuzzed: no frame without its durable rows, no change without consent to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.authorization import Challenge
from mcphost.domain.consent import Answer, ConsentAnswer
from mcphost.domain.errors import McpHostError
from mcphost.domain.grant import GrantScope
from mcphost.domain.ids import Digest
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.principal import USER
from mcphost.domain.tool import Effect
from tests.helpers.figures import say
from tests.helpers.gate_parts import APP, MODEL, Stage, call, tool
from tests.helpers.sign_in_parts import House

WALKS = 3_000
JUDGED = {"look": Effect.READ, "buy": Effect.WRITE, "wipe": Effect.DESTRUCTIVE}
NAMES = (*JUDGED, "odd")


def other_bytes(answer: ConsentAnswer) -> ConsentAnswer:
    return replace(answer, digest=Digest("0" * 64))


def swap(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "params": {**message["params"], "arguments": {"to": "somebody else"}}}


def shuffle(stage: Stage, dice: random.Random) -> None:
    stage.broker.answer = dice.choice(list(Answer))
    stage.broker.scope = dice.choice(list(GrantScope))
    honest: Callable[[ConsentAnswer], ConsentAnswer] = lambda answer: answer  # noqa: E731
    stage.broker.tamper = dice.choice([honest, honest, other_bytes])
    stage.connection.forge = dice.choice([lambda m: m, lambda m: m, swap])
    stage.audit.broken = dice.random() < 0.05
    stage.clock.now += dice.choice([0.0, 1.0, 90.0, 5_000.0])


def covered(rows: list[AuditRecord]) -> bool:
    """Whether the first frame has its decision, and its consent or its grant, before it."""
    frame = next(n for n, row in enumerate(rows) if row.kind is AuditKind.FRAME_INTENDED)
    before = rows[:frame]
    decided = [row.data for row in before if row.kind is AuditKind.ACTION_DECIDED]
    if not decided or decided[0]["verdict"] == "deny":
        return False
    if decided[0]["rules"] in (["read-tools"], ["granted-tools"]):
        return True
    answers = [row.data for row in before if row.kind is AuditKind.CONSENT_ANSWERED]
    return any(
        a["answer"] == "allow" and a["digest"] == decided[0]["params_digest"] for a in answers
    )


async def fuzz(stage: Stage, dice: random.Random) -> tuple[int, int]:
    bare = sent = 0
    for _ in range(WALKS):
        shuffle(stage, dice)
        stage.audit.rows.clear()
        stage.connection.sent.clear()
        name, principal = dice.choice(NAMES), dice.choice([USER, MODEL, APP])
        root = dice.choice([Root.GESTURE, Root.APP_TIMER]) if principal is APP else Root.GESTURE
        action = call(name, principal=principal, lineage=Lineage(root=root, started_at=0.0))
        with suppress(McpHostError):
            await stage.gate.perform(action, tool=tool(name))
        if stage.connection.sent:
            sent += 1
            bare += not covered(stage.audit.rows)
    return bare, sent


def test_p1_p2_nothing_leaves_without_its_rows_and_its_consent() -> None:
    stage = Stage(judged=JUDGED)
    bare, sent = asyncio.run(fuzz(stage, random.Random(7)))
    say(f"P1, P2: {bare} of {sent} requests left without rows and consent, over {WALKS} walks")
    assert bare == 0
    assert sent > WALKS / 10


def agreed(rows: list[AuditRecord]) -> bool:
    """Whether the row of the browser names a sign-in that a person said yes to, in a gesture."""
    opened = next(row for row in rows if row.kind is AuditKind.SIGN_IN_OPENED)
    before = rows[: rows.index(opened)]
    decided = {r.data["params_digest"]: r for r in before if r.kind is AuditKind.ACTION_DECIDED}
    yes = [r.data["digest"] for r in before if r.data.get("answer") == "allow"]
    asked = opened.data["params_digest"]
    return asked in decided and asked in yes and decided[asked].lineage == "gesture"


async def fuzz_sign_ins(house: House, dice: random.Random) -> tuple[int, int]:
    bare = opened = 0
    for number in range(WALKS):
        stage = house.stage
        shuffle(stage, dice)
        stage.audit.rows.clear()
        house.door.opened.clear()
        house.rearm(*[Challenge(status=dice.choice([401, 403]))] * dice.randint(0, 3))
        principal = dice.choice([USER, MODEL, APP])
        root = dice.choice([Root.GESTURE, Root.BACKGROUND])
        if principal is APP:
            root = dice.choice([Root.GESTURE, Root.APP_TIMER])
        chain = Lineage(root=root, started_at=0.0, gesture=f"click-{number // 2}")
        with suppress(McpHostError):
            await stage.gate.perform(
                call("look", principal=principal, lineage=chain), tool=tool("look")
            )
        if house.door.opened:
            opened += 1
            bare += not agreed(stage.audit.rows)
    return bare, opened


def test_p1_p2_no_browser_is_opened_without_its_rows_and_consent_to_that_sign_in() -> None:
    house = House(added=('permit(principal, action == McpHost::Action::"tool_call", resource);',))
    bare, opened = asyncio.run(fuzz_sign_ins(house, random.Random(11)))
    assert bare == 0
    assert opened > WALKS / 100
