"""The exchange of a View as data: what is copied, saved and played again.

Law: (1) the form is versioned and described by `resources/schemas/exchange.schema.json`; (2) a
message that was kept whole stands in it as JSON, any other as text beside how much is missing;
(3) what is written here is what the record holds: no header, no secret (P8). Pure.
"""

from __future__ import annotations

import json
from typing import Final, cast

from mcphost.domain.json import Json, JsonObject
from mcphost.domain.view import ChannelEntry, ViewReport

FORMAT: Final = "mcphost-exchange"
VERSION: Final = 1


def exchange_json(report: ViewReport) -> JsonObject:
    """The whole exchange of a View."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "view": report.view,
        "app": report.app,
        "server": report.server,
        "tool": report.tool,
        "template": {
            "uri": report.template_uri,
            "sha256": report.content_digest,
            "meta": report.template_meta,
        },
        "contentSecurityPolicy": report.csp,
        "permissionsPolicy": report.permissions_policy,
        "sandbox": report.sandbox,
        "grants": [*report.granted, *report.permissions],
        "messages": [message_json(entry) for entry in report.entries],
        "messagesDropped": report.dropped,
        "incidents": [
            {"ms": ms, "kind": each.kind.value, "detail": each.detail}
            for ms, each in report.incidents
        ],
        "closed": report.closed,
    }


def message_json(entry: ChannelEntry) -> JsonObject:
    """One message with its body."""
    return {**line_json(entry), **_body(entry)}


def line_json(entry: ChannelEntry) -> JsonObject:
    """One message without its body."""
    line: dict[str, Json] = {
        "number": entry.number,
        "direction": entry.direction.value,
        "method": entry.method,
        "ms": entry.ms,
        "bytes": entry.size,
    }
    if entry.id:
        line["id"] = entry.id
    if entry.answers is not None:
        line["answers"] = entry.answers
    if entry.invocation:
        line["invocation"] = entry.invocation
    if entry.verdict:
        line |= {"verdict": entry.verdict.value, "rules": list(entry.rules)}
    if entry.reason:
        line["reason"] = entry.reason
    return line


def as_json(value: JsonObject) -> str:
    """*value* as it is copied and saved: indented, one final line end."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=dict) + "\n"


def whole_message(entry: ChannelEntry) -> JsonObject | None:
    """The message of *entry*, when all of it was kept and it is an object that JSON can carry."""
    if entry.missing or not entry.body:
        return None
    try:
        message: object = json.loads(entry.body, parse_constant=_refuse)
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # also a lone surrogate
        return None
    return cast("JsonObject", message) if isinstance(message, dict) else None


def _body(entry: ChannelEntry) -> JsonObject:
    message = whole_message(entry)
    if message is not None:
        return {"message": message}
    text = entry.body.encode("utf-8", "replace").decode()
    return {"text": text, "missing": entry.missing}


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
