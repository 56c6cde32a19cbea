"""`mcphost demo --headless` and `mcphost doctor` as whole processes."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.apps_rendering import colours, drawn_share, need_ordinary_user
from tests.helpers.cli import COMMAND, Cli, Finished

pytestmark = pytest.mark.engine

KEYS = {
    "": "mcphost selfTest server runs view consentAsked elicitationsDrawn audit exitReason",
    "server": "name endpoint identity era protocolVersion claims problem",
    "view": "id app templateUri sha256 csp permissions initialized initializedMs size messages "
    "consoleErrors incidents denials closed",
    "selfTest": "passed milliseconds checks",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """One run of the demo."""

    cli: Cli
    finished: Finished
    report: dict[str, Any]
    picture: Path

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.report["audit"] if row["kind"] == kind]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    need_ordinary_user()
    folder = tmp_path_factory.mktemp("demo")
    cli, picture, report = Cli(folder / "home"), folder / "demo.png", folder / "demo.json"
    ended = cli.run("demo", "--headless", "--screenshot", picture, "--report", report, seconds=90)
    assert ended.code == 0, ended.err
    return Demo(cli, ended, json.loads(report.read_text()), picture)


def test_the_demo_says_every_step(demo: Demo) -> None:
    steps = [line.partition(".")[0] for line in demo.finished.said if re.match(r"\d\. ", line)]
    assert steps == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert demo.report["exitReason"] == "the demo went through"


def test_the_report_of_the_demo_is_complete(demo: Demo) -> None:
    for part, keys in KEYS.items():
        assert set(keys.split()) <= set(demo.report[part] if part else demo.report), part
    assert demo.report["selfTest"]["passed"]
    assert demo.report["server"]["protocolVersion"] == "2026-07-28"
    assert demo.report["view"]["consoleErrors"] == []
    assert "default-src 'none'" in demo.report["view"]["csp"]
    for message in demo.report["view"]["messages"]:
        assert {"direction", "method", "ms", "bytes"} <= set(message)
    assert all(run["state"] == "done" for run in demo.report["runs"])


def test_the_screenshot_shows_the_window_with_the_app(demo: Demo) -> None:
    assert len(colours(demo.picture)) > 500
    assert drawn_share(demo.picture) > 0.2


def test_the_question_of_the_prefetch_is_never_drawn_and_the_one_of_the_run_is(demo: Demo) -> None:
    refused, asked = demo.rows("elicitation_refused"), demo.rows("elicitation_asked")
    assert [row["lineage"] for row in refused] == ["background"]
    assert refused[0]["data"]["rules"] == ["elicit-needs-gesture"]
    assert [row["lineage"] for row in asked] == ["gesture"]
    same = {row["data"]["message_digest"] for row in (*refused, *asked)}
    assert len(same) == 1, "it is the same question"
    assert len(demo.report["elicitationsDrawn"]) == 1
    assert 'You ran the tool "join_seed_swap"' in demo.report["elicitationsDrawn"][0]


def test_the_write_of_the_app_was_asked_about_before_it_left(demo: Demo) -> None:
    asked = demo.rows("consent_asked")[0]
    assert asked["principal"].startswith("view:")
    same = [r for r in demo.report["audit"] if r["invocation"] == asked["invocation"]]
    assert [row["kind"] for row in same] == [
        *("action_decided", "consent_asked", "consent_answered"),
        *("frame_intended", "action_finished"),
    ]
    assert demo.cli.run("audit", "verify").code == 0


def test_a_second_demo_in_the_same_home_ends_well(demo: Demo) -> None:
    again = demo.cli.run("demo", "--headless", seconds=90)
    assert again.code == 0, again.err
    assert demo.cli.run("audit", "verify").code == 0


def test_the_doctor_finds_every_guard_in_place(tmp_path: Path) -> None:
    need_ordinary_user()
    ended = Cli(tmp_path / "home").run("doctor", "--json")
    assert ended.code == 0, ended.err
    assert {each["holds"] for each in ended.json} == {True}
    named = {each["what"] for each in ended.json}
    assert {"chromium sandbox", "content security policy", "request filter"} <= named
    assert {"name resolution", "secrets", "demo server"} <= named
    assert all(each["how"] for each in ended.json)

    said = {each["what"]: each["how"] for each in ended.json}
    assert "407 (407 is right), with it 403 (403 is right)" in said["way out"]
    assert "On Windows and macOS" in said["other systems"]
    assert said["state folder"] == str(tmp_path / "home")


def test_the_doctor_says_what_is_off_and_what_to_do_about_it(tmp_path: Path) -> None:
    """Without user namespaces, as on some systems: Chromium's sandbox is then too weak."""
    need_ordinary_user()
    script = f'echo 0 > /proc/sys/user/max_user_namespaces && exec "{COMMAND}" doctor'
    argv = ["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c", script]
    env = Cli(tmp_path / "home").environment()
    ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1, ended.stderr
    told = " ".join(ended.stdout.split())
    assert "OFF chromium sandbox: " in told
    assert "what to do: Run mcphost as an ordinary user" in told
    assert "on way out: " in told


@pytest.mark.parametrize("command", ["demo", "render"])
def test_an_outcome_that_cannot_be_written_is_said_before_anything_runs(
    command: str, tmp_path: Path
) -> None:
    missing = tmp_path / "absent" / "file"
    words = ("demo", "--headless") if command == "demo" else ("render", "demo", "garden_overview")
    cli = Cli(tmp_path / "home")
    ended = cli.run(*words, "--screenshot", missing, "--report", missing)
    assert ended.code == 2
    assert "there is no such folder" in ended.complaint
    assert not (cli.home / "audit.db").exists()
