"""One `mcphost render` run on a real App, with everything it left: report, picture, wire, log."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from tests.helpers.apps import APPS, TABLE, App, Sent, sent, tapped
from tests.helpers.cli import Cli, Finished

CONSENT = """
@id("the-owner-lets-this-run-act")
permit(principal, action == McpHost::Action::"tool_call", resource);
"""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a run left."""

    app: App
    cli: Cli
    finished: Finished
    report: dict[str, Any]
    picture: Path
    wire: list[Sent]

    @property
    def view(self) -> dict[str, Any]:
        return self.report["view"]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.report["audit"] if row["kind"] == kind]

    def view_rows(self, tool: str) -> dict[str, dict[str, Any]]:
        """The rows of the View's last action that called *tool*, by kind."""
        decided = [
            row
            for row in self.rows("action_decided")
            if str(row["principal"]).startswith("view:") and row["data"].get("tool") == tool
        ]
        assert decided, f"no call of {tool} by the View"
        invocation = decided[-1]["invocation"]
        rows = self.report["audit"]
        return {row["kind"]: row for row in rows if row["invocation"] == invocation}


def render(name: str, transport: str, folder: Path, *more: str) -> Rendering:
    """Run the command on the App *name*, with its clicks and *more* options, behind a tap."""
    app = APPS.get(name) or TABLE[name]
    cli = Cli(folder / "home")
    policy, record = folder / "consent.cedar", folder / "wire.jsonl"
    picture, report = folder / "app.png", folder / "report.json"
    policy.write_text(CONSENT, encoding="utf-8")
    clicks = [word for css in app.clicks for word in ("--click", css)]
    with tapped(app, transport, record) as server:
        finished = cli.run(
            *("render", server, app.tool, "--policy", policy, "--approve-template", "all"),
            *("--settle", "0.5", "--theme", app.theme, *clicks, "--arguments", app.arguments),
            *("--screenshot", picture, "--report", report, *more),
            seconds=100,
        )
    assert report.exists(), finished.err
    return Rendering(app, cli, finished, json.loads(report.read_text()), picture, sent(record))


def colours(picture: Path) -> Counter[int]:
    """How often each colour is in *picture*."""
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB32)
    assert not image.isNull(), picture
    return Counter(memoryview(bytes(image.constBits())).cast("I"))


def drawn_share(picture: Path) -> float:
    """The share of *picture* that is not its commonest colour."""
    found = colours(picture)
    return 1 - found.most_common(1)[0][1] / found.total()


def need_ordinary_user() -> None:
    """Chromium's sandbox does not work for root, and mcphost then opens no App."""
    if os.geteuid() == 0:
        pytest.skip("Chromium's sandbox needs an ordinary user")
