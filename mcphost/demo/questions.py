"""Asking the person (MRTR): what a request is answered with when it needs input, and the retry.

The server remembers nothing in between. What it must know at the retry is sealed into
`requestState`: the request it belongs to, and when it ends. A retry is accepted by every instance
that shares the key, and for nothing but the very request it was made for. Called by `service`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from mcphost.demo.definitions import FORMS
from mcphost.demo.seal import BadSeal, Sealer
from mcphost.demo.wire import INVALID_PARAMS, MISSING_CAPABILITY, Object, Refused, as_object

STATE_LIFETIME: Final = 15 * 60
_PURPOSE: Final = "request-state"
_KEY: Final = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The person's answer. *content* belongs to an accepted form."""

    action: str
    content: Object


def form(message: str, name: str) -> Object:
    """The input request for the form called *name*."""
    fields = {key: FORMS[name][key] for key in ("type", "properties", "required")}
    return _request({"mode": "form", "message": message, "requestedSchema": fields})


def url(message: str, address: str) -> Object:
    """The input request for opening *address*."""
    return _request({"mode": "url", "message": message, "url": address})


def _request(params: Object) -> Object:
    return {"method": "elicitation/create", "params": params}


def require_capability(capabilities: Object, mode: str) -> None:
    """Raise -32021 unless this request declared that it may be answered with *mode*."""
    declared = as_object(capabilities.get("elicitation"))
    if declared is not None:
        modes = declared.keys() & {"form", "url"} or {"form"}
        if mode in modes:
            return
    needed: Object = {"requiredCapabilities": {"elicitation": {mode: {}}}}
    raise Refused(MISSING_CAPABILITY, f"this needs the elicitation capability ({mode})", needed)


def ask(request: Object, *, subject: Object, sealer: Sealer, now: float) -> Object:
    """The result that asks. *subject* is the request it belongs to: method, name, arguments."""
    state = {"subject": _digest(subject), "ends": int(now) + STATE_LIFETIME}
    return {
        "resultType": "input_required",
        "inputRequests": {_KEY: request},
        "requestState": sealer.seal(_PURPOSE, state),
    }


def reply_of(params: Object, *, subject: Object, sealer: Sealer, now: float) -> Reply | None:
    """The answer that *params* bring, or None when nothing was asked yet. Raises `Refused`."""
    if "inputResponses" not in params and "requestState" not in params:
        return None
    state, answers = params.get("requestState"), as_object(params.get("inputResponses"))
    if not isinstance(state, str) or answers is None:
        raise Refused(INVALID_PARAMS, "a retry needs both inputResponses and requestState")
    _check_state(state, subject, sealer, now)
    answer = as_object(answers.get(_KEY))
    if answers.keys() != {_KEY} or answer is None:
        raise Refused(INVALID_PARAMS, f"inputResponses must answer exactly {_KEY!r}")
    if answer.get("action") not in ("accept", "decline", "cancel"):
        raise Refused(INVALID_PARAMS, "the action must be accept, decline or cancel")
    content = as_object(answer.get("content", {}))
    if content is None:
        raise Refused(INVALID_PARAMS, "content must be an object")
    return Reply(action=answer["action"], content=content)


def _check_state(state: str, subject: Object, sealer: Sealer, now: float) -> None:
    try:
        opened = sealer.open(_PURPOSE, state)
    except BadSeal as error:
        raise Refused(INVALID_PARAMS, "this requestState is not one of ours") from error
    if opened["subject"] != _digest(subject):
        raise Refused(INVALID_PARAMS, "this requestState belongs to another request")
    if opened["ends"] < now:
        raise Refused(INVALID_PARAMS, "this requestState is too old; start again")


def _digest(subject: Any) -> str:  # any JSON value
    data = json.dumps(subject, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(data).hexdigest()
