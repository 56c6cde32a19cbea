"""`completion/complete`: what is asked for, and the suggestions that come back.

Law: (1) at most 100 suggestions, as the specification has it; (2) a suggestion is put in exactly as
it is shown, so one that hides characters, breaks lines or is too long is left out and counted; (3)
missing details are tolerated, wrong ones are not. Pure.
"""

from __future__ import annotations

from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.offers import Completion, PromptRef, TypedSoFar
from mcphost.domain.text import hides, one_line
from mcphost.protocol import offer_fields as fields_of
from mcphost.protocol.jsonrpc import object_or_empty

MAX_VALUES: Final = 100
MAX_VALUE: Final = 500


def completion_params(typed: TypedSoFar) -> JsonObject:
    """The params of a request for suggestions."""
    ref = typed.ref
    params: dict[str, Json] = {
        "ref": {"type": "ref/prompt", "name": ref.name}
        if isinstance(ref, PromptRef)
        else {"type": "ref/resource", "uri": ref.uri_template},
        "argument": {"name": typed.argument, "value": typed.value},
    }
    others = {name: given for name, given in typed.others if name != typed.argument and given}
    return {**params, "context": {"arguments": others}} if others else params


def parse_completion(result: JsonObject) -> Completion:
    """The suggestions in *result*. Raises `ProtocolViolation`."""
    found = fields_of.entry(result.get("completion"), "a completion")
    listed = fields_of.items(found.get("values"), "the values of a completion")
    if len(listed) > MAX_VALUES:
        raise ProtocolViolation(f"a completion of more than {MAX_VALUES} values")
    values: list[str] = []
    for untrusted in listed:
        if not isinstance(untrusted, str):
            raise ProtocolViolation("a value of a completion that is not text")
        if _shows(untrusted):
            values.append(untrusted)
    return Completion(
        values=tuple(dict.fromkeys(values)),
        total=fields_of.count(found, "total"),
        has_more=found.get("hasMore") is True,
        unusable=len(listed) - len(values),
    )


def _shows(value: str) -> bool:
    return len(value) <= MAX_VALUE and not any(hides(c) or c in "\n\t" for c in value)


def what_is_completed(params: JsonObject) -> str:
    """For the log and for questions: which value of what, never the value itself."""
    ref, argument = object_or_empty(params.get("ref")), object_or_empty(params.get("argument"))
    of = fields_of.text(ref, "name") or fields_of.text(ref, "uri")
    return one_line(f"{fields_of.text(argument, 'name')} of {of}", limit=400)
