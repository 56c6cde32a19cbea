"""`policy check` and `policy explain` say what a person who wrote a rule needs to know."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from mcphost.audit.log import AuditLog
from mcphost.cli import main
from mcphost.cli import policy as cli_policy
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.host.managed import ManagedPlace
from mcphost.policy.facts import known_facts
from mcphost.storage.paths import HOME_VARIABLE, Paths
from tests.helpers.gate_parts import MODEL, default_policy
from tests.unit.policy.test_engine import facts

LINKS = (
    '// ours\n@id("no-links")\n@reason("no web pages here")\n'
    'forbid(principal, action == McpHost::Action::"open_link", resource);\n'
)
MODEL_WRITES = ["explain", "tool_call", "--by", "model", "--server", "shop", "--tool", "buy"]
KNOWN = ["root=gesture", "effect=write", "tool_known=true", "visible_to_model=true"]
CALM = ["untrusted_seen=false", "private_seen=false", "tool_pin=pinned", "trust=kept"]
CALM += ["carries_foreign=false", "carries_private=false", "carries_credential=false"]


def as_facts(*words: str) -> list[str]:
    return [part for word in words for part in ("--fact", word)]


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    path = tmp_path / "links.cedar"
    path.write_text(LINKS, encoding="utf-8")
    return path


def policy(*words: object) -> int:
    return main(["policy", *map(str, words)])


def test_check_counts_the_rules_of_each_file(
    rule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policy("check", rule_file, "--json") == 0
    said = capsys.readouterr()
    assert f"{rule_file}: rules: 1" in said.err
    assert json.loads(said.out)["rules"][-1]["id"] == "no-links"


def test_check_says_what_the_owner_of_the_computer_allows_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ManagedPlace(folder=tmp_path, owner=None)
    monkeypatch.setattr(cli_policy, "managed_place", lambda: place)
    file = tmp_path / "budgets.json"
    file.write_text('{"calls": 300}', encoding="utf-8")
    assert policy("check", "--json") == 0
    said = capsys.readouterr()
    assert f"{file}: budgets at most: calls 300" in said.err
    assert json.loads(said.out)["managedBudgets"] == {"calls": 300}
    file.write_text('{"cals": 300}', encoding="utf-8")
    assert policy("check") == 2
    assert "cals" in capsys.readouterr().err


def test_check_names_file_line_and_rule_of_a_mistake(
    rule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule_file.write_text(LINKS.replace("open_link", "fly"), encoding="utf-8")
    assert policy("check", rule_file) == 1
    assert f'{rule_file}, line 2 (rule "no-links"): ' in capsys.readouterr().err


def test_check_of_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert policy("check", tmp_path / "none.cedar") == 2


def test_explain_names_the_deciding_rule_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy(*MODEL_WRITES, *as_facts(*KNOWN, *CALM)) == 0
    said = capsys.readouterr().out
    assert "A person is asked, with the arguments shown (tier 2)." in said
    assert "ask-write-tool (default.cedar, line " in said
    assert "permits it with consent: the tool changes something" in said
    assert "taken for what permits least: lineage_seconds" in said


def test_explain_takes_the_files_of_a_run_along(
    rule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = as_facts("root=gesture", "scheme=https")
    assert policy("explain", "open_link", *known, "--policy", rule_file, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["ids"]) == ("deny", ["no-links"])
    assert said["rules"][0]["line"] == 2


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["explain"], "which kind of action"),
        (["explain", "fly"], "there is no kind of action 'fly'"),
        (["explain", "list", "--by", "robot"], "there is no principal 'robot'"),
        (["explain", "list", "-f", "mood=good"], "there is no fact called mood"),
        (["explain", "list", "-f", "root=whim"], "root cannot be whim; it can be: gesture"),
        (["explain", "list", "-f", "hour=late"], "a whole number"),
        (["explain", "--row", "7"], "nothing has run here yet"),
    ],
)
def test_explain_says_what_could_be_said_instead(
    words: list[str],
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    assert policy(*words) == 2
    assert hint in capsys.readouterr().err


async def write_row(path: Path) -> int:
    fact = facts(principal=MODEL)
    decision = default_policy().decide(fact)
    data = {
        "action": "tool_call",
        "tool": "buy",
        "verdict": "deny",
        "rules": ["an-old-rule"],
        "tier": 4,
        "policy_digest": decision.policy_digest,
        "facts": known_facts(fact),
    }
    log = await AuditLog.open(path, on_row=lambda _: None, run_id="r", host_version="0")
    record = AuditRecord(kind=AuditKind.ACTION_DECIDED, data=data, principal="model:stub")
    seq = (await log.append(record)).seq
    await log.close()
    return seq


def test_explain_makes_a_recorded_decision_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    seq = asyncio.run(write_row(Paths.from_environment().audit))
    assert policy("explain", "--row", seq) == 0
    said = capsys.readouterr().out
    assert "ask-unclassified-tool" in said
    assert "recorded, under " in said
    assert "deny, by an-old-rule" in said
    assert policy("explain", "--row", seq, "-f", "effect=read", "--json") == 0
    assert json.loads(capsys.readouterr().out)["ids"] == ["read-tools"]
