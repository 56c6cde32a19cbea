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
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.npm import conformance_suite

pytestmark = pytest.mark.npm

_AUTH = (
    "auth/metadata-default",
    "auth/metadata-var1",
    "auth/metadata-var2",
    "auth/metadata-var3",
    "auth/basic-cimd",
    "auth/scope-from-www-authenticate",
    "auth/scope-from-scopes-supported",
    "auth/scope-omitted-when-undefined",
    "auth/scope-step-up",
    "auth/scope-retry-limit",
    "auth/token-endpoint-auth-basic",
    "auth/token-endpoint-auth-post",
    "auth/token-endpoint-auth-none",
    "auth/pre-registration",
)
EXTENSION = "extension"
"""Not a revision: scenarios of extensions, on the suite's own choice of wire."""

PASSED = {
    "2025-03-26": (
        "auth/2025-03-26-oauth-metadata-backcompat",
        "auth/2025-03-26-oauth-endpoint-fallback",
    ),
    EXTENSION: (
        "auth/client-credentials-jwt",
        "auth/client-credentials-basic",
        "auth/enterprise-managed-authorization",
        "auth/dpop",
        "auth/dpop-nonce",
        "auth/wif-jwt-bearer",
    ),
    "2025-11-25": (
        *_AUTH,
        "initialize",
        "tools_call",
        "elicitation-sep1034-client-defaults",
        "sse-retry",
        "json-schema-2020-12-preservation",
    ),
    "2026-07-28": (
        *_AUTH,
        "auth/resource-mismatch",
        "auth/offline-access-scope",
        "auth/offline-access-not-supported",
        "auth/authorization-server-migration",
        "auth/iss-supported",
        "auth/iss-not-advertised",
        "auth/iss-supported-missing",
        "auth/iss-wrong-issuer",
        "auth/iss-unexpected",
        "auth/iss-normalized",
        "auth/metadata-issuer-mismatch",
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

LEFT_OUT = {"sep-2640-": "skills are an extension that this host does not offer"}
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
    },
}
"""Checks that the suite skips because this client gives no occasion for them."""

CLIENT = f"{sys.executable} -m mcphost conformance-client"
SECONDS = 60
AT_ONCE = 3
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
    wire = () if revision == EXTENSION else ("--spec-version", revision)
    options = (*wire, "-o", folder, "--timeout", str(SECONDS * 1000))
    folder.mkdir(parents=True)
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
    of = () if revision == EXTENSION else ("--spec-version", revision)
    told = re.findall(r"^ +- (\S+)(.*)", suite("list", "--client", *of).stdout, re.MULTILINE)
    listed = [name for name, marks in told if of or EXTENSION in marks]
    due = {name for name in listed if not name.startswith(tuple(LEFT_OUT))}
    assert due == {scenario for known, scenario in RUNS if known == revision}


@pytest.fixture(scope="module")
def playing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], Future[Verdict]]]:
    """Every selected run, a few at once: each has servers and a state folder of its own."""
    folder = tmp_path_factory.mktemp("suite")
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    runs = [(p["revision"], p["scenario"]) for p in params if "scenario" in p and "revision" in p]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {run: pool.submit(play, *run, folder / str(n)) for n, run in enumerate(runs)}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(("revision", "scenario"), RUNS)
def test_a_scenario_passes_unless_it_is_a_known_gap(
    revision: str, scenario: str, playing: dict[tuple[str, str], Future[Verdict]]
) -> None:
    verdict = playing[revision, scenario].result(2 * SECONDS)
    gap = KNOWN_GAPS.get((revision, scenario))
    assert verdict.passed(scenario) == (gap is None), f"{gap or 'no known gap'}:\n{verdict.log}"
    if gap is None:
        assert verdict.skipped == NOT_EXERCISED.get((revision, scenario), set())
