"""`mcphost render --replay`: a real App, played again to a changed template without its server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_rendering import CONSENT, colours, need_ordinary_user
from tests.helpers.cli import Cli, Finished
from tests.helpers.talking_app import talking_app

pytestmark = pytest.mark.engine

GREEN = "rgb(10, 120, 60)"
CALLS = '[["more", { page: 2 }]]'
OUTWARD = {"start_server", "connect", "list", "tool_call", "resource_read", "open_link"}


@dataclass(slots=True)
class Made:
    """A recorded exchange, and a home to play it in."""

    exchange: Path
    folder: Path

    def play(self, html: str, *more: str | Path, approve: bool = True) -> tuple[Finished, Any]:
        template, report = self.folder / "changed.html", self.folder / "played.json"
        template.write_text(html, encoding="utf-8")
        words = ["--approve-template", "all"] if approve else []
        finished = Cli(self.folder / "other-home").run(
            *("render", "--replay", self.exchange, "--template", template, "--settle", "0.5"),
            *("--screenshot", self.folder / "played.png", "--report", report, *words, *more),
            seconds=100,
        )
        return finished, json.loads(report.read_text()) if report.exists() else None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    need_ordinary_user()
    folder = tmp_path_factory.mktemp("replay")
    policy, exchange = folder / "consent.cedar", folder / "made.exchange.json"
    policy.write_text(CONSENT, encoding="utf-8")
    things = (Thing(name="look", says="the run", app=True), Thing(name="more", says="page two"))
    with AppServer(*things) as server:
        server.html = talking_app(CALLS)
        finished = Cli(folder / "home").run(
            *("render", server.url, "look", "--policy", policy, "--approve-template", "all"),
            *("--screenshot", folder / "first.png", "--report", folder / "first.json"),
            *("--exchange", exchange, "--settle", "0.5"),
            seconds=100,
        )
    assert finished.code == 0, finished.err
    return Made(exchange, folder)


def test_the_exchange_holds_what_app_host_and_server_said(made: Made) -> None:
    said = json.loads(made.exchange.read_text())["messages"]
    (asked,) = (row for row in said if row["direction"] == "view→host" and "verdict" in row)
    assert (asked["verdict"], asked["rules"]) == ("allowed", ["the-owner-lets-this-run-act"])
    parts = [row["direction"] for row in said if row.get("answers") == asked["number"]]
    assert parts == ["host→server", "server→host", "host→view"]
    assert "authorization" not in made.exchange.read_text().casefold()


def test_a_changed_template_is_drawn_from_the_record_and_nothing_leaves(made: Made) -> None:
    finished, report = made.play(talking_app(CALLS, paper=GREEN))
    assert finished.code == 0, finished.err
    assert report["replay"]["notInTheRecord"] == []
    assert len(report["replay"]["answered"]) == 1
    assert "host→server" not in {row["direction"] for row in report["view"]["messages"]}
    rows = report["audit"]
    assert {row["kind"] for row in rows}.isdisjoint({"frame_intended", "server_started"})
    assert OUTWARD.isdisjoint(row["data"].get("action") for row in rows)
    assert colours(made.folder / "played.png").most_common(1)[0][0] & 0xFFFFFF == 0x0A783C


def test_a_request_that_is_not_in_the_record_is_answered_with_an_error_and_listed(
    made: Made,
) -> None:
    finished, report = made.play(talking_app('[["more", { page: 3 }], ["more", { page: 2 }]]'))
    assert finished.code == 1, finished.err
    (missing,) = report["replay"]["notInTheRecord"]
    assert (missing["method"], missing["rules"]) == ("tools/call", ["not-in-the-record"])
    assert "no answer to 1 request" in report["exitReason"]
    assert report["view"]["initialized"]


def test_a_changed_template_that_nobody_approved_is_not_drawn(made: Made) -> None:
    finished, report = made.play(talking_app(CALLS, paper="red"), approve=False)
    assert finished.code != 0
    assert report["view"] is None
    assert "--approve-template" in report["exitReason"]


def test_a_grant_by_which_something_could_leave_is_refused(made: Made) -> None:
    finished, _ = made.play(talking_app(CALLS), "--grant", "connect https://example.org")
    assert finished.code == 3
    assert "nothing leaves the host in a replay" in finished.complaint
