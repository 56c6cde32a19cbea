"""The report of `demo` and `render`: JSON that says all that happened, for machines and people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcphost import __version__
from mcphost.domain.conversation import ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.exchange import as_json, line_json
from mcphost.domain.json import JsonObject
from mcphost.domain.server import place
from mcphost.domain.summaries import ServerSummary
from mcphost.domain.view import IncidentKind, ViewReport
from ui.sandbox.self_test import SelfTestReport


def server_part(summary: ServerSummary) -> dict[str, Any]:
    """Who the server is, and how it spoke."""
    info = summary.info
    return {
        "name": summary.config.key,
        "endpoint": place(summary.config.endpoint),
        "identity": summary.config.identity,
        "era": None if info is None else info.era.value,
        "protocolVersion": None if info is None else info.protocol_version,
        "claims": None if info is None else {"name": info.name, "version": info.version},
        "problem": summary.problem,
    }


def run_part(card: ToolRun) -> dict[str, Any]:
    """What came of the tool call."""
    return {
        "tool": card.tool,
        "arguments": card.arguments,
        "state": card.state.value,
        "text": card.text,
        "view": card.view_state.value,
        "viewNote": card.view_note,
    }


def view_part(report: ViewReport, size: tuple[int, int] | None) -> dict[str, Any]:
    """What happened between the View and the host."""
    return {
        "id": report.view,
        "app": report.app,
        "templateUri": report.template_uri,
        "sha256": report.content_digest,
        "csp": report.csp,
        "permissionsPolicy": report.permissions_policy,
        "permissions": list(report.permissions),
        "grants": {"inForce": list(report.granted), "wanted": list(report.wanted)},
        "initialized": report.initialized_ms is not None,
        "initializedMs": report.initialized_ms,
        "size": None if size is None else {"width": size[0], "height": size[1]},
        "messages": [line_json(each) for each in report.entries],
        "messagesDropped": report.dropped,
        "consoleErrors": [
            i.detail for _, i in report.incidents if i.kind is IncidentKind.CONSOLE_ERROR
        ],
        "incidents": [
            {"ms": ms, "kind": i.kind.value, "detail": i.detail} for ms, i in report.incidents
        ],
        "denials": list(report.denials),
        "closed": report.closed,
    }


def whole(
    *,
    self_test: SelfTestReport,
    audit_rows: Sequence[bytes],
    exit_reason: str,
    **parts: object,
) -> dict[str, Any]:
    """The document."""
    return {
        "mcphost": __version__,
        "selfTest": {
            "passed": self_test.passed,
            "milliseconds": self_test.milliseconds,
            "checks": [
                {"name": name, "passed": ok, "detail": detail}
                for name, ok, detail in self_test.checks
            ],
        },
        **parts,
        "audit": [json.loads(row) for row in audit_rows],
        "exitReason": exit_reason,
    }


def write_report(path: Path, document: JsonObject) -> None:
    """Write *document*. Raises `UserFacingError` when the file cannot be written."""
    try:
        path.write_text(as_json(document), "utf-8")
    except OSError as error:
        raise UserFacingError(f"cannot write {path}: {error.strerror}") from error
