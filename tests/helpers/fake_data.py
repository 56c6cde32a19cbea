"""Canned servers, tools, templates, conversations and audit rows for the window's tests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mcphost.demo.definitions import TOOLS
from mcphost.domain.conversation import (
    ConversationSummary,
    Item,
    ModelText,
    Notice,
    RunState,
    ToolRun,
    UserText,
    ViewState,
)
from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey
from mcphost.domain.json import canonical_digest, digest
from mcphost.domain.recording import Recording
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.summaries import AuditLine, Link, ServerSummary, ToolSummary
from mcphost.domain.template import (
    DeclaredUi,
    Finding,
    ReviewState,
    Severity,
    TemplatePin,
    TemplateReview,
)
from mcphost.domain.tool import Effect, Era, ServerInfo, Tool

DEMO = ServerKey("demo")
BUDGET = ServerKey("budget")
WEATHER = ServerKey("weather")
TALK = ConversationId("c1")
PLANNER = "ui://garden/planner.html"
DAY = 1_795_300_000.0

PLANNER_HTML = b"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Garden planner</title>
    <style>
      body { font: 14px/1.5 system-ui; margin: 0; padding: 16px; }
      .bed { display: grid; grid-template-columns: 1fr auto; }
    </style>
  </head>
  <body>
    <main id="beds" aria-live="polite"></main>
    <script>
      window.parent.postMessage({ jsonrpc: "2.0", id: 1, method: "ui/initialize" }, "*");
    </script>
  </body>
</html>
"""

CONFIGS = {
    DEMO: ServerConfig(
        key=DEMO,
        title="Kitchen garden (demo)",
        endpoint=StdioCommand(argv=("python3", "-m", "mcphost.demo")),
        builtin=True,
    ),
    BUDGET: ServerConfig(
        key=BUDGET,
        title="Budget allocator",
        endpoint=HttpEndpoint(url="https://budget.example.org/mcp"),
    ),
    WEATHER: ServerConfig(
        key=WEATHER, title="Weather desk", endpoint=HttpEndpoint(url="http://127.0.0.1:3001/mcp")
    ),
}

_EFFECTS = {"record_watering": Effect.WRITE, "order_seeds": Effect.UNKNOWN}


def tool_from(server: ServerKey, definition: dict[str, Any], effect: Effect) -> ToolSummary:
    """A parsed tool, as the core would hand it over."""
    ui = definition.get("_meta", {}).get("ui", {})
    visibility = ui.get("visibility", ["model", "app"])
    tool = Tool(
        server=server,
        name=definition["name"],
        title=definition["title"],
        description=definition["description"],
        input_schema=definition["inputSchema"],
        output_schema=definition.get("outputSchema"),
        annotations=definition.get("annotations", {}),
        ui_resource=ui.get("resourceUri"),
        visible_to_model="model" in visibility,
        visible_to_app="app" in visibility,
        definition=definition,
        definition_digest=canonical_digest(definition),
    )
    return ToolSummary(tool=tool, effect=effect)


def demo_tools() -> list[ToolSummary]:
    """The tools of the built-in server."""
    return [tool_from(DEMO, dict(t), _EFFECTS.get(str(t["name"]), Effect.READ)) for t in TOOLS]


def budget_tools() -> list[ToolSummary]:
    """The tools of a third-party server."""
    schema = {"type": "object", "properties": {"year": {"type": "integer"}}}
    named = (
        ("get_budget_data", "Budget overview", "Categories, history and benchmarks.", Effect.READ),
        ("save_plan", "Save plan", "Store the plan under a name.", Effect.WRITE),
        ("delete_plan", "Delete plan", "Remove a stored plan for good.", Effect.DESTRUCTIVE),
    )
    return [
        tool_from(
            BUDGET,
            {"name": name, "title": title, "description": text, "inputSchema": schema},
            effect,
        )
        for name, title, text, effect in named
    ]


def servers() -> list[ServerSummary]:
    """One of each kind: modern, legacy, broken."""
    modern = ServerInfo(
        era=Era.MODERN,
        protocol_version="2026-07-28",
        name="kitchen-garden",
        version="0.1.0",
        capabilities={"tools": {}, "resources": {}},
        instructions="",
    )
    legacy = ServerInfo(
        era=Era.LEGACY,
        protocol_version="2025-11-25",
        name="budget-allocator",
        version="1.4.2",
        capabilities={"tools": {}},
        instructions="",
    )
    return [
        ServerSummary(
            config=CONFIGS[DEMO],
            link=Link.ONLINE,
            info=modern,
            tools=len(TOOLS),
            templates_pending=1,
        ),
        ServerSummary(config=CONFIGS[BUDGET], link=Link.ONLINE, info=legacy, tools=3),
        ServerSummary(
            config=CONFIGS[WEATHER],
            link=Link.FAILED,
            problem="Nothing answers at http://127.0.0.1:3001/mcp (connection refused). "
            "Start the server, then press Reconnect.",
        ),
    ]


def pin_of(server: ServerKey, uri: str, html: bytes) -> TemplatePin:
    """The pin of a template without metadata."""
    return TemplatePin(
        server=server,
        server_identity=CONFIGS[server].identity,
        uri=uri,
        content=digest(html),
        meta=canonical_digest({}),
    )


def planner_review(state: ReviewState = ReviewState.PENDING) -> TemplateReview:
    """The demo's own template."""
    return TemplateReview(
        pin=pin_of(DEMO, PLANNER, PLANNER_HTML),
        state=state,
        size=len(PLANNER_HTML),
        fetched_at=DAY,
        declared=DeclaredUi(prefers_border=True),
        untrusted_meta={"ui": {"prefersBorder": True}},
        findings=(
            Finding(
                check="inline-handler",
                severity=Severity.INFO,
                message="One inline script of 94 characters",
                where="line 13",
            ),
        ),
    )


def replay_review(recording: Recording, html: bytes) -> TemplateReview:
    """A template that was put in the place of a recorded one."""
    key = ServerKey("replay-0")
    return replace(
        planner_review(),
        pin=replace(
            pin_of(DEMO, recording.uri, html), server=key, server_identity=digest(key.encode())
        ),
        size=len(html),
    )


def budget_review() -> TemplateReview:
    """A changed third-party template that asks for much."""
    return TemplateReview(
        pin=pin_of(BUDGET, "ui://budget/app.html", b"<p>budget two</p>"),
        state=ReviewState.PENDING,
        size=412_881,
        fetched_at=DAY - 600,
        declared=DeclaredUi(
            connect_domains=("https://api.budget.example.org", "wss://live.budget.example.org"),
            resource_domains=("https://cdn.jsdelivr.net",),
            permissions=("clipboard-write", "geolocation"),
        ),
        untrusted_meta={"ui": {"csp": {"connectDomains": ["https://api.budget.example.org"]}}},
        findings=(
            Finding(
                check="eval",
                severity=Severity.WARNING,
                message="Calls eval() with a value that is not a literal",
                where="line 8,120, column 17",
            ),
            Finding(
                check="undeclared-domain",
                severity=Severity.WARNING,
                message="Mentions https://stats.example.net, which is not declared",
                where="line 412",
            ),
            Finding(
                check="hidden-text",
                severity=Severity.NOTICE,
                message="Text is hidden by the style sheet: “ignore the previous”",
                where="line 77",
            ),
            Finding(
                check="known-library",
                severity=Severity.INFO,
                message="Contains the official MCP Apps SDK 2.1.0",
            ),
        ),
        supersedes=digest(b"<p>budget one</p>"),
    )


def old_budget_review() -> TemplateReview:
    """The version approved before."""
    return TemplateReview(
        pin=pin_of(BUDGET, "ui://budget/app.html", b"<p>budget one</p>"),
        state=ReviewState.APPROVED,
        size=398_020,
        fetched_at=DAY - 90_000,
        declared=DeclaredUi(connect_domains=("https://api.budget.example.org",)),
        untrusted_meta={},
        findings=(),
        reviewed_at=DAY - 86_400,
        reviewer="local",
    )


def tool_run(**changes: Any) -> ToolRun:
    """A finished run of the demo's overview; *changes* replace fields."""
    fields: dict[str, Any] = {
        "id": ItemId("run1"),
        "invocation": InvocationId("inv1"),
        "server": DEMO,
        "server_title": "Kitchen garden (demo)",
        "tool": "garden_overview",
        "title": "Garden overview",
        "by": "you",
        "arguments": {"bed_id": "herbs"},
        "state": RunState.DONE,
        "text": "4 beds: tomatoes are thirsty (38 %), the others are comfortable.",
    }
    return ToolRun(**{**fields, **changes})


def conversation_items() -> list[Item]:
    """A short, lively conversation."""
    return [
        UserText(id=ItemId("u1"), text="How is the garden doing? Water what needs it."),
        tool_run(view_state=ViewState.NEEDS_REVIEW, view_note="Its template awaits review."),
        ModelText(
            id=ItemId("m1"),
            model="claude-sonnet-5",
            text="The **tomatoes** are thirsty at 38 %; everything else is comfortable:\n\n"
            "- Herbs: 41 %\n- Salad leaves: 63 %\n- Raspberries: 55 %\n\nI would like to "
            "record 6 litres for the south wall.",
            done=True,
        ),
        tool_run(
            id=ItemId("run2"),
            tool="record_watering",
            title="Record watering",
            by="the model",
            arguments={"bed_id": "tomatoes", "litres": 6, "note": "morning"},
            state=RunState.WAITING_FOR_CONSENT,
            text="",
        ),
        tool_run(
            id=ItemId("run3"),
            server=BUDGET,
            server_title="Budget allocator",
            tool="delete_plan",
            title="Delete plan",
            by="App of budget",
            arguments={"name": "2026"},
            state=RunState.REFUSED,
            text="Refused by the rule apps-never-destroy: an App may not call a destructive tool.",
        ),
        Notice(
            id=ItemId("n1"),
            level="warning",
            text="The App of budget tried to leave its page and was stopped: "
            "https://stats.example.net/c?x=1",
        ),
    ]


def conversations() -> list[ConversationSummary]:
    """The conversation list."""
    return [
        ConversationSummary(id=TALK, title="How is the garden doing?", updated_at=DAY),
        ConversationSummary(
            id=ConversationId("c2"),
            title="Budget for the new greenhouse, and what we could leave out",
            updated_at=DAY - 86_000,
        ),
    ]


_STORY = (
    ("run_started", "host:host", "background", "", "The program started, version 0.1.0", False),
    ("server_started", "host:host", "background", DEMO, "Started the local server demo", False),
    ("frame_intended", "host:host", "background", DEMO, "Sent server/discover to demo", False),
    (
        "elicitation_refused",
        "host:host",
        "background",
        DEMO,
        "demo asked for input during prefetch: refused, nobody started that request",
        True,
    ),
    ("action_decided", "user:local", "gesture", DEMO, "Decided: tools/call garden_overview", False),
    ("frame_intended", "user:local", "gesture", DEMO, "Sent tools/call garden_overview", False),
    ("action_finished", "user:local", "gesture", DEMO, "garden_overview finished in 84 ms", False),
    (
        "action_failed",
        "view:4be1",
        "app-timer",
        BUDGET,
        "Refused tools/call delete_plan by the rule apps-never-destroy",
        True,
    ),
)


def audit_line(seq: int) -> AuditLine:
    """One row of a repeating story."""
    kind, who, lineage, server, text, refused = _STORY[seq % len(_STORY)]
    at = f"2026-11-23T10:{seq // 60 % 60:02d}:{seq % 60:02d}.{seq * 37 % 1000:03d}Z"
    data: dict[str, object] = {"text": text}
    if kind == "action_decided":
        data["verdict"] = "allow"
    body = {
        "v": 1,
        "seq": seq,
        "prev": digest(str(seq).encode()),
        "at": at,
        "kind": kind,
        "principal": who,
        "lineage": lineage,
        "server": server,
        "data": data,
    }
    return AuditLine(
        seq=seq,
        at=at,
        kind=kind,
        principal=who,
        lineage=lineage,
        server=server,
        view="",
        invocation=f"inv{seq}",
        text=text,
        refused=refused,
        body=json.dumps(body, separators=(",", ":")).encode(),
    )
