"""What is sent is what was approved: for every call, in every round that a server adds."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from mcphost.domain.audit import AuditKind
from mcphost.domain.json import JsonObject
from mcphost.domain.tool import Effect
from mcphost.gate.send import RETRY_KEYS
from mcphost.gate.walk import request_digest
from tests.helpers.gate_parts import Stage, asks_form, call, tool

CALLS = 400
DONE: JsonObject = {"content": []}


async def differing(stage: Stage, dice: random.Random) -> tuple[int, int]:
    """How many frames were sent in all, and how many were not the request that was approved."""
    frames = wrong = 0
    for number in range(CALLS):
        stage.audit.rows.clear()
        stage.connection.sent.clear()
        added = dice.randrange(4)
        stage.connection.replies = [*(asks_form(state=f"s{n}") for n in range(added)), DONE]
        await stage.gate.perform(call("buy", arguments={"number": number}), tool=tool("buy"))
        answered = stage.audit.last(AuditKind.CONSENT_ANSWERED)
        finished = stage.audit.last(AuditKind.ACTION_FINISHED)
        assert answered["digest"] == finished["approved_digest"]
        sent: list[dict[str, Any]] = list(stage.connection.sent)
        assert len(sent) == added + 1
        last = request_digest(sent[-1]["method"], sent[-1]["params"])
        assert finished["executed_digest"] == last
        for message in sent:
            kept = {k: v for k, v in message["params"].items() if k not in RETRY_KEYS}
            wrong += request_digest(message["method"], kept) != answered["digest"]
            frames += 1
    return frames, wrong


def test_every_request_that_is_sent_is_the_approved_one_in_every_round() -> None:
    stage = Stage(judged={"buy": Effect.WRITE}, bounded=False)
    stage.broker.content = {"size": "L"}
    frames, wrong = asyncio.run(differing(stage, random.Random(5)))
    print(f"calls: {CALLS}, frames: {frames}, not as approved: {wrong}")
    assert wrong == 0
    assert frames > CALLS
