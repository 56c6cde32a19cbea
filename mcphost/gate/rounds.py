"""Step 7: `input_required`. Each round is asked, decided and sent as a request of its own.

Law: (1) only the three methods of the specification may be answered this way, at most five rounds,
eight questions a round, one question at a time; (2) `requestState` goes back exactly as it came and
is never read, logged or kept; (3) a retry is the approved request plus the answers of the latest
round, decided again by the policy; (4) a retry without answers waits, longer each time; (5) a task
is followed by `gate.tasks`. Loop thread.
"""

from __future__ import annotations

import asyncio

from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Verdict
from mcphost.domain.errors import ConsentRefused, ProtocolViolation, ServerRefused
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.tool import Era
from mcphost.gate.decide import decide
from mcphost.gate.input import MAX_INPUTS_A_ROUND, MAX_ROUNDS, answer
from mcphost.gate.ports import Rooms
from mcphost.gate.reach import connection_of
from mcphost.gate.send import may_become_task, send
from mcphost.gate.tasks import take
from mcphost.gate.visit import visit
from mcphost.gate.walk import Walk
from mcphost.protocol.mcp import (
    MAY_ASK_FOR_INPUT,
    URL_ELICITATION,
    InputRequired,
    ResultType,
    parse_input_required,
    parse_result_type,
)

MAX_REQUEST_STATE = 256 * 1024


async def rounds(rooms: Rooms, walk: Walk) -> JsonObject:
    """Send, answer and send again until there is a complete result."""
    params: JsonObject = walk.action.params
    while True:
        walk.enter(RunState.RUNNING)
        # Taken before: the connection may be another, or gone, by the time the answer is here.
        info = connection_of(rooms, walk).info
        try:
            result = await send(rooms, walk, params)
        except ServerRefused as refusal:
            if info.protocol_version == "2025-11-25" and refusal.code == URL_ELICITATION:
                if walk.round >= MAX_ROUNDS:
                    raise
                await visit(rooms, walk, refusal)
                walk.round += 1
                await _decide_again(rooms, walk)
                continue
            raise
        if info.era is Era.LEGACY:
            return result
        match parse_result_type(result, tasks=may_become_task(walk)):
            case ResultType.COMPLETE:
                return result
            case ResultType.TASK:
                return await take(rooms, walk, result)
            case ResultType.INPUT_REQUIRED:
                asked = _require_round(walk, result)
                if walk.tap is not None:
                    walk.tap.came("question", b"")
        if not asked.input_requests:
            # The server only wants time: MRTR lets us try again, and nobody means at once for ever.
            await asyncio.sleep(rooms.pace.round * 2**walk.round)
        answers = await _answers(rooms, walk, asked)
        params = _retry(walk.action.params, asked, answers)
        walk.round += 1
        await _decide_again(rooms, walk)


def _require_round(walk: Walk, result: JsonObject) -> InputRequired:
    if walk.action.method not in MAY_ASK_FOR_INPUT:
        raise ProtocolViolation(f"the server answered {walk.action.method} with a question")
    if walk.round >= MAX_ROUNDS:
        raise ProtocolViolation(f"the server asked for input more than {MAX_ROUNDS} times; refused")
    asked = parse_input_required(result)
    if len(asked.input_requests) > MAX_INPUTS_A_ROUND:
        raise ProtocolViolation(
            f"the server asked more than {MAX_INPUTS_A_ROUND} questions at once; refused"
        )
    if len((asked.request_state or "").encode("utf-8", "surrogatepass")) > MAX_REQUEST_STATE:
        raise ProtocolViolation(f"the server's requestState exceeds {MAX_REQUEST_STATE} bytes")
    return asked


async def _answers(rooms: Rooms, walk: Walk, asked: InputRequired) -> dict[str, Json]:
    many = len(asked.input_requests)
    return {
        key: await answer(rooms, walk, request, place=(number, many))
        for number, (key, request) in enumerate(asked.input_requests, 1)
    }


def _retry(params: JsonObject, asked: InputRequired, answers: dict[str, Json]) -> JsonObject:
    retry: dict[str, Json] = dict(params)
    if answers:
        retry["inputResponses"] = answers
    if asked.request_state is not None:
        retry["requestState"] = asked.request_state
    return retry


async def _decide_again(rooms: Rooms, walk: Walk) -> None:
    """The policy may have changed its mind (a grant was revoked, a forbid loaded)."""
    decision = await decide(rooms, walk)
    if decision.verdict is Verdict.ASK and not walk.consented:
        # A grant was taken back meanwhile, and no consent was given to exactly this request.
        raise ConsentRefused(
            "the permission for this was taken back while the server was asking; nothing more was "
            "sent. Run it again to be asked.",
            how="aborted",
            rules=decision.rules,
        )
