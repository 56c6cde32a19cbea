"""The default policy with nobody to ask: nothing that might change something leaves, and the
message can be used.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.helpers.apps import APPS, sent, tapped
from tests.helpers.apps_rendering import need_ordinary_user
from tests.helpers.cli import Cli

APP = APPS["sdk"]
LINE = re.compile(r"permit\(.*\);")


def test_an_unclassified_tool_is_refused_and_the_printed_line_permits_it(tmp_path: Path) -> None:
    cli, policy = Cli(tmp_path / "home"), tmp_path / "own.cedar"
    with tapped(APP, "stdio", tmp_path / "wire") as server:
        refused = cli.run("call", server, APP.tool)
        assert refused.code == 1
        assert "ask-unclassified-tool" in refused.complaint
        assert "tools/call" not in {frame.method for frame in sent(tmp_path / "wire")}
        line = LINE.search(refused.complaint)
        assert line is not None
        policy.write_text(line.group())
        permitted = cli.run("call", server, APP.tool, "--policy", policy)
    assert (permitted.code, permitted.out) == (0, "none yet\n")
    assert [row["data"]["verdict"] for row in cli.rows("action_decided")].count("ask") == 1


def test_the_same_refusal_reaches_a_program(tmp_path: Path) -> None:
    with tapped(APP, "stdio", tmp_path / "wire") as server:
        refused = Cli(tmp_path / "home").run("call", server, APP.tool, "--json")
    assert refused.code == 1
    assert refused.json["state"] == "refused"
    assert "permit(" in refused.json["text"]


@pytest.mark.engine
def test_render_without_consent_draws_nothing_and_says_so(tmp_path: Path) -> None:
    need_ordinary_user()
    report = tmp_path / "report.json"
    with tapped(APP, "stdio", tmp_path / "wire") as server:
        refused = Cli(tmp_path / "home").run(
            *("render", server, APP.tool, "--approve-template", "all", "--settle", "0"),
            *("--screenshot", tmp_path / "app.png", "--report", report),
        )
    assert refused.code == 1
    assert "ask-unclassified-tool" in refused.err
    assert LINE.search(refused.err)
    assert not (tmp_path / "app.png").exists()
    assert json.loads(report.read_text())["view"] is None
    assert "tools/call" not in {frame.method for frame in sent(tmp_path / "wire")}


@pytest.mark.engine
def test_a_click_of_an_app_is_not_covered_by_the_consent_to_its_tool(tmp_path: Path) -> None:
    need_ordinary_user()
    report, policy = tmp_path / "report.json", tmp_path / "narrow.cedar"
    policy.write_text(
        "permit(principal is McpHost::Automation, "
        'action == McpHost::Action::"tool_call", resource);'
    )
    with tapped(APP, "stdio", tmp_path / "wire") as server:
        drawn = Cli(tmp_path / "home").run(
            *("render", server, APP.tool, "--approve-template", "all", "--policy", policy),
            *("--settle", "0.3", "--click", APP.clicks[0]),
            *("--screenshot", tmp_path / "app.png", "--report", report),
        )
    assert drawn.code == 0, drawn.err
    called = [f.body for f in sent(tmp_path / "wire") if f.method == "tools/call"]
    assert [b"count_one" in body for body in called] == [False]
    denials = json.loads(report.read_text())["view"]["denials"]
    assert len(denials) == 1
    assert "ask-unclassified-tool" in denials[0]
    assert "McpHost::View" in denials[0]


@pytest.mark.engine
def test_an_unreviewed_template_is_not_drawn(tmp_path: Path) -> None:
    need_ordinary_user()
    report, policy = tmp_path / "report.json", tmp_path / "all.cedar"
    policy.write_text("permit(principal, action, resource);")
    with tapped(APP, "stdio", tmp_path / "wire") as server:
        refused = Cli(tmp_path / "home").run(
            *("render", server, APP.tool, "--policy", policy, "--settle", "0"),
            *("--screenshot", tmp_path / "app.png", "--report", report),
        )
    assert refused.code == 1
    assert re.search(r"--approve-template [0-9a-f]{64}", refused.err)
    assert "no App was drawn" in json.loads(report.read_text())["exitReason"]
    assert not (tmp_path / "app.png").exists()
