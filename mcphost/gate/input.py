"""A server asks for input: one question, decided, checked and put to the person, or refused.

Law: (1) a question is an action of its own, decided by the policy with the lineage of the call it
came with; (2) only elicitations exist: sampling and roots were never declared; (3) a refused
question leaves a row that names server, tool and message digest; (4) decline and cancel are answers
and go back to the server. Called by `gate.rounds` (2026-07-28) and by connections of older
revisions through `Exchange.on_input`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias, assert_never

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind, record_of
from mcphost.domain.consent import (
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
)
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Verdict
from mcphost.domain.errors import (
    ConsentRefused,
    HostBugError,
    McpHostError,
    PolicyDenied,
    ProtocolViolation,
    ServerRefused,
)
from mcphost.domain.ids import RequestId
from mcphost.domain.json import Json, JsonObject, digest
from mcphost.domain.ports import InputRequest
from mcphost.domain.server import describe
from mcphost.gate import words
from mcphost.gate.decide import decide_child
from mcphost.gate.flow import credentials_of
from mcphost.gate.lineage import inherit
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import Walk, digest_any
from mcphost.protocol.elicitation import FormSpec, UrlSpec, parse_elicitation
from mcphost.protocol.mcp import ELICITATION_CREATE

MAX_ROUNDS = 5
MAX_INPUTS_A_ROUND = 8
MAX_INPUTS = MAX_ROUNDS * MAX_INPUTS_A_ROUND
PATIENCE = 600.0
"""Seconds that a question waits as a badge."""
LOOK_SECONDS = 5.0
"""Between two looks whether its conversation is in front again."""

OnInput: TypeAlias = Callable[[InputRequest], Awaitable[JsonObject]]


async def answer(
    rooms: Rooms, walk: Walk, request: InputRequest, *, place: tuple[int, int] = (1, 1)
) -> JsonObject:
    """The answer to *request*, or a refusal that says why. *place*: which of how many of its round.

    1. it is an elicitation; 2. it is not one too many; 3. the policy lets it be asked; 4. it is
    well formed and asks for no secret; 5. somebody is there, and looks; 6. it is asked.
    """
    try:
        spec = await _admit(rooms, walk, request)
        if place[0] == 1:  # the next ones follow an answer
            await _attention(walk)
    except (PolicyDenied, ConsentRefused, ProtocolViolation) as error:
        await _record_refusal(rooms, walk, request, error)
        raise
    config = walk.config
    if config is None:
        raise HostBugError("a server without configuration asked for input")
    question = ElicitationRequest(
        id=RequestId(secrets.token_hex(8)),
        conversation=walk.action.conversation,
        server=config.key,
        server_title=words.title_of(config),
        server_origin=describe(config.endpoint),
        cause=words.cause(walk),
        round=walk.round + 1,
        mode=ElicitationMode.FORM if isinstance(spec, FormSpec) else ElicitationMode.URL,
        message=spec.message,
        fields=spec.fields if isinstance(spec, FormSpec) else (),
        url=spec.url if isinstance(spec, UrlSpec) else "",
        url_host=spec.url_host if isinstance(spec, UrlSpec) else "",
        place=place,
    )
    walk.enter(RunState.WAITING_FOR_INPUT)
    given = await rooms.elicitation.ask(question, action=walk.action)
    walk.enter(RunState.RUNNING)
    try:
        _require_no_credential(given)
    except ConsentRefused as error:
        await _record_refusal(rooms, walk, request, error)
        raise
    return _on_the_wire(given)


def legacy_input(rooms: Rooms, walk: Walk) -> OnInput:
    """`Exchange.on_input`: the same checks for a server that asks while our request is open."""

    async def on_input(request: InputRequest) -> JsonObject:
        try:
            given = await answer(rooms, walk, request)
        except (PolicyDenied, ConsentRefused, ProtocolViolation) as error:
            walk.refusal = error
            known = request.method == ELICITATION_CREATE
            raise ServerRefused(-32602 if known else -32601, "this request was refused") from error
        walk.answers.add(digest_any(given))
        return given

    return on_input


async def _attention(walk: Walk) -> None:
    """A question that comes late, or while the person looks elsewhere, waits as a badge on its card
    until they open it. Nobody opens it: it is drawn for nobody, and the call ends.
    """
    watcher, left = walk.watcher, PATIENCE
    if watcher is None:
        return
    while (lineage := watcher.gesture) is None:
        walk.enter(RunState.NEEDS_ANSWER)
        if left <= 0:
            raise ConsentRefused(
                "the server asked for input, and nobody opened the question in time; refused. Run "
                "it again to be asked.",
                how="timeout",
            )
        await watcher.pause(LOOK_SECONDS)
        left -= LOOK_SECONDS
    walk.action = replace(walk.action, lineage=lineage)


async def _admit(rooms: Rooms, walk: Walk, request: InputRequest) -> FormSpec | UrlSpec:
    if request.method != ELICITATION_CREATE:
        raise ProtocolViolation(
            f"the server asked for {request.method}, which this host never offers; refused"
        )
    walk.inputs += 1
    if walk.inputs > MAX_INPUTS:
        raise ProtocolViolation(f"the server asked more than {MAX_INPUTS} questions; refused")
    child = inherit(walk.action, ActionKind.ELICIT, request.method, request.untrusted_params)
    decision = await decide_child(rooms, walk, child)
    if decision.verdict is Verdict.DENY:
        rules = ", ".join(decision.rules)
        why = "although nobody had asked it for anything"
        reason = decision.reason if walk.may_prompt else why
        raise PolicyDenied(
            f"the server asked for input {reason}; refused (rule {rules})", rules=decision.rules
        )
    spec = parse_elicitation(request.untrusted_params)
    if not rooms.elicitation.present:
        raise ConsentRefused(
            "the server asked for input and nobody is here to answer; refused. Run it in the "
            "window.",
            how="nobody",
            rules=decision.rules,
        )
    return spec


def _require_no_credential(given: ElicitationAnswer) -> None:
    """A form is no place for a secret, also where it was typed unasked."""
    found = credentials_of(given.content or {})
    if found:
        raise ConsentRefused(
            f"your answer was not sent: {found[0].pointer.lstrip('/')} holds what looks like "
            f"{found[0].format}, and no server may have that by a form. Answer again without it.",
            how="denied",
            rules=("no-secret-in-a-form",),
        )


async def _record_refusal(
    rooms: Rooms, walk: Walk, request: InputRequest, error: McpHostError
) -> None:
    untrusted_message = request.untrusted_params.get("message")
    message = untrusted_message if isinstance(untrusted_message, str) else ""
    data: dict[str, Json] = {
        "method": request.method,
        "cause": walk.action.method,
        "tool": words.subject(walk),
        "message_digest": digest(message.encode("utf-8", "surrogatepass")),
        "round": walk.round,
        "reason": str(error),
        "rules": list(error.rules) if isinstance(error, PolicyDenied | ConsentRefused) else [],
    }
    record = record_of(walk.action, AuditKind.ELICITATION_REFUSED, data)
    await rooms.audit.append(replace(record, server=walk.action.server))


def _on_the_wire(given: ElicitationAnswer) -> JsonObject:
    match given.action:
        case ElicitationAction.ACCEPT if given.content is not None:
            return {"action": "accept", "content": given.content}
        case ElicitationAction.ACCEPT:
            return {"action": "accept"}
        case ElicitationAction.DECLINE:
            return {"action": "decline"}
        case ElicitationAction.CANCEL:
            return {"action": "cancel"}
        case _:
            assert_never(given.action)
