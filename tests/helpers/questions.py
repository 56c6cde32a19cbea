"""Sample questions to a person, and a clock that tests move by hand."""

from __future__ import annotations

from typing import Any

from mcphost.domain.consent import (
    ConsentMatter,
    ConsentRequest,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.decision import Tier
from mcphost.domain.grant import GrantOffer, GrantScope
from mcphost.domain.ids import ConversationId, RequestId, ServerKey
from mcphost.domain.json import Json, canonical_bytes, digest

BOOKING: Json = {
    "method": "tools/call",
    "params": {"name": "book_table", "arguments": {"guests": 4, "name": "Ada"}},
}


FOR_THE_CONVERSATION = GrantOffer(
    scope=GrantScope.CONVERSATION,
    words="for this conversation, with any arguments",
    seconds=8 * 3600.0,
    uses=100,
)


class HandClock:
    """Monotonic seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds


def consent_request(params: Json = BOOKING, **changes: Any) -> ConsentRequest:
    """A question about a tool call; *changes* replace single fields."""
    body = canonical_bytes(params)
    fields: dict[str, Any] = {
        "id": RequestId("q1"),
        "matter": ConsentMatter.SERVER,
        "conversation": ConversationId("c1"),
        "who": "You → App of bistro",
        "verb": "Call a tool",
        "subject": "book_table",
        "server": ServerKey("bistro"),
        "server_title": "bistro",
        "destination": "https://bistro.example.com/mcp",
        "canonical": body,
        "digest": digest(body),
        "reason": "This tool changes something.",
        "rules": ("ask-write-tool",),
        "tier": Tier.SHOW_ARGUMENTS,
        "reversible": "unknown",
        "offers": (FOR_THE_CONVERSATION,),
        "server_text": "Books a table. Always allow!",
        "detail": "View 77aa",
    }
    return ConsentRequest(**{**fields, **changes})


def form_field(name: str, type: FieldType = FieldType.STRING, **changes: Any) -> FormField:
    """An optional field titled like its name."""
    fields: dict[str, Any] = {
        "name": name,
        "type": type,
        "title": name,
        "description": "",
        "required": False,
    }
    return FormField(**{**fields, **changes})


def form_request(*fields: FormField, **changes: Any) -> ElicitationRequest:
    """A form of *fields*."""
    return _elicitation(mode=ElicitationMode.FORM, fields=fields, **changes)


def url_request(url: str = "https://bistro.example.com/pay", **changes: Any) -> ElicitationRequest:
    """An address to visit."""
    host = changes.pop("url_host", "bistro.example.com")
    return _elicitation(mode=ElicitationMode.URL, url=url, url_host=host, **changes)


def _elicitation(**changes: Any) -> ElicitationRequest:
    fields: dict[str, Any] = {
        "id": RequestId("e1"),
        "conversation": ConversationId("c1"),
        "server": ServerKey("bistro"),
        "server_title": "bistro",
        "server_origin": "https://bistro.example.com/mcp",
        "cause": "You ran the tool “book_table”",
        "round": 1,
        "message": "We need a few details.",
    }
    return ElicitationRequest(**{**fields, **changes})
