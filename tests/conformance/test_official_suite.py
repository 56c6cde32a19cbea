"""The official MCP conformance suite, against the whole core without a window.

Each scenario is run alone and three things count: the suite's exit code, its checks, and the line
by which `mcphost conformance-client` says that it got to its end (the suite takes a client that was
killed for one that succeeded). The tables below are the claim; the suite's own list is compared
with them, so that nothing new goes unnoticed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.npm import conformance_suite

pytestmark = pytest.mark.npm

PASSED = {
    "2025-11-25": (
        "initialize",
        "tools_call",
        "elicitation-sep1034-client-defaults",
        "sse-retry",
        "json-schema-2020-12-preservation",
    ),
    "2026-07-28": (
        "tools_call",
        "request-metadata",
        "sep-2322-client-request-state",
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
        "json-schema-2020-12-preservation",
    ),
}
KNOWN_GAPS: dict[tuple[str, str], str] = {}
"""(revision, scenario) → why it does not pass. One that begins to pass fails its test."""

LEFT_OUT = {"auth/": "authorization is not built yet"}
"""Beginnings of scenario names that are not run at all, with the reason."""

NOT_EXERCISED: dict[tuple[str, str], set[str]] = {
    ("2026-07-28", "request-metadata"): {
        # Its server offers nothing to call, and only a call may be answered by a question.
        "ClientDeclaresElicitationCapability",
        "ClientDeclaresRootsCapability",  # never offered
        "ClientDeclaresSamplingCapability",  # never offered
    },
    ("2026-07-28", "http-standard-headers"): {
        # Not part of 2026-07-28.
        "ClientMcpMethodHeader_initialize",
        "ClientMcpMethodHeader_notifications_initialized",
        # The host reads only the resources that tools declare as templates, and no prompts.
        "ClientMcpMethodHeader_resources_list",
        "ClientMcpMethodHeader_resources_read",
        "ClientMcpMethodHeader_prompts_list",
        "ClientMcpMethodHeader_prompts_get",
        "ClientMcpNameHeader_resources_read",
        "ClientMcpNameHeader_prompts_get",
    },
}
"""Checks that the suite skips because this client gives no occasion for them."""

CLIENT = f"{sys.executable} -m mcphost conformance-client"
SECONDS = 45
RUNS = sorted({*((v, s) for v, names in PASSED.items() for s in names), *KNOWN_GAPS})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one run of one scenario came to."""

    code: int
    checks: list[dict[str, str]]
    said: str
    log: str

    @property
    def skipped(self) -> set[str]:
        return {check["name"] for check in self.checks if check["status"] == "SKIPPED"}

    def passed(self, scenario: str) -> bool:
        good = Counter(check["status"] for check in self.checks)
        clean = good["SUCCESS"] > 0 and good["FAILURE"] == good["WARNING"] == 0
        return self.code == 0 and clean and self.said == f"{scenario}: done\n"


def suite(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the suite in a clean environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MCPHOST_", "MCP_"))}
    command = [*conformance_suite(), *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, env=env, timeout=2 * SECONDS, check=False
    )


def play(revision: str, scenario: str, folder: Path) -> Verdict:
    options = ("--spec-version", revision, "-o", folder, "--timeout", str(SECONDS * 1000))
    done = suite("client", "--command", CLIENT, "--scenario", scenario, *options)
    log = done.stdout + done.stderr
    (checks,) = folder.rglob("checks.json")
    said = (checks.parent / "stdout.txt").read_text()
    return Verdict(done.returncode, json.loads(checks.read_text()), said, log)


GOOD = {"name": "A", "status": "SUCCESS"}


@pytest.mark.parametrize(
    ("code", "checks", "said"),
    [
        (1, [GOOD], "tools_call: done\n"),
        (0, [], "tools_call: done\n"),
        (0, [GOOD, {"name": "B", "status": "FAILURE"}], "tools_call: done\n"),
        (0, [GOOD, {"name": "B", "status": "WARNING"}], "tools_call: done\n"),
        (0, [GOOD], ""),
    ],
)
def test_a_run_with_any_flaw_has_not_passed(
    code: int, checks: list[dict[str, str]], said: str
) -> None:
    assert Verdict(0, [GOOD], "tools_call: done\n", "").passed("tools_call")
    assert not Verdict(code, checks, said, "").passed("tools_call")


@pytest.mark.parametrize("revision", PASSED)
def test_every_scenario_of_the_suite_is_claimed_or_left_out_by_name(revision: str) -> None:
    listed = re.findall(
        r"^ +- (\S+)", suite("list", "--client", "--spec-version", revision).stdout, re.MULTILINE
    )
    due = {name for name in listed if not name.startswith(tuple(LEFT_OUT))}
    assert due == {scenario for known, scenario in RUNS if known == revision}


@pytest.mark.parametrize(("revision", "scenario"), RUNS)
def test_a_scenario_passes_unless_it_is_a_known_gap(
    revision: str, scenario: str, tmp_path: Path
) -> None:
    verdict = play(revision, scenario, tmp_path)
    gap = KNOWN_GAPS.get((revision, scenario))
    assert verdict.passed(scenario) == (gap is None), f"{gap or 'no known gap'}:\n{verdict.log}"
    if gap is None:
        assert verdict.skipped == NOT_EXERCISED.get((revision, scenario), set())
