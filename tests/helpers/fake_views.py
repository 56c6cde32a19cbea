"""Canned records of Views, for the inspector."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.view import (
    REFUSALS,
    ChannelEntry,
    Direction,
    EntryVerdict,
    IncidentKind,
    ViewIncident,
    ViewReport,
    ViewSummary,
)

VIEW = ViewId("view-a")
RULE = "app-tools-only"


def entry(number: int, **changes: Any) -> ChannelEntry:
    """A message of a View; by default a call that was allowed."""
    body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "look"}}
    text = json.dumps(body)
    made = ChannelEntry(
        number=number,
        direction=Direction.FROM_VIEW,
        method="tools/call",
        ms=12.5 * number,
        size=len(text),
        id=str(number),
        body=text,
        verdict=EntryVerdict.ALLOWED,
        rules=("app-reads",),
    )
    return replace(made, **changes)


def refused(number: int) -> ChannelEntry:
    """A call that a rule refused."""
    return entry(
        number,
        verdict=EntryVerdict.DENIED,
        rules=(RULE,),
        reason="an App may only call tools that are meant for it",
        invocation="ab12",
    )


def report(*entries: ChannelEntry, **changes: Any) -> ViewReport:
    """What is known of a View that is live."""
    made = ViewReport(
        view=VIEW,
        app="Garden planner 1.2",
        tool="garden_overview",
        server="demo",
        template_uri="ui://demo/planner",
        template_meta={},
        content_digest="ab" * 32,
        csp="default-src 'none'; script-src 'self' 'unsafe-inline'",
        permissions_policy="camera=(), microphone=()",
        sandbox="allow-scripts allow-same-origin allow-forms",
        permissions=(),
        granted=("webgl",),
        wanted=("unsafe-eval",),
        initialized_ms=81.0,
        height=420,
        entries=entries,
        dropped=0,
        incidents=(
            (95.0, ViewIncident(kind=IncidentKind.CONSOLE_ERROR, detail="TypeError: no beds")),
            (97.0, ViewIncident(kind=IncidentKind.REQUEST_BLOCKED, detail="https://evil.example")),
        ),
        denials=("CallTool refused: not for Apps",),
        closed="",
    )
    return replace(made, **changes)


def summary_of(report: ViewReport) -> ViewSummary:
    """The line of *report* in the list."""
    return ViewSummary(
        view=ViewId(report.view),
        app=report.app,
        tool=report.tool,
        server=ServerKey(report.server),
        opened_at=1_800_000_000.0,
        messages=len(report.entries) + report.dropped,
        refused=sum(1 for each in report.entries if each.verdict in REFUSALS),
        closed=report.closed,
    )
