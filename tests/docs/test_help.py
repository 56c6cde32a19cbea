"""The help covers what the program can say: every audit kind, error and finding has a heading."""

from __future__ import annotations

import re

import pytest

from mcphost.domain import errors
from mcphost.domain.audit import AuditKind
from mcphost.templates.catalogue import FINDINGS
from mcphost.views.deck import MAX_LIVE
from tests.docs.tree import HELP, PACKAGES, headings, python_files
from ui.panes.view_slot import FREEZE_SECONDS

DECISION = re.compile(r"^\d{4}-[a-z0-9-]+\.md$")
PARTS = {"Context", "Decision", "Consequences"}


@pytest.mark.parametrize("kind", list(AuditKind))
def test_every_audit_kind_has_a_heading(kind: AuditKind) -> None:
    assert kind.value in headings(HELP / "audit.md")


def _error_names() -> list[str]:
    members = vars(errors).values()
    return [
        member.__name__
        for member in members
        if isinstance(member, type) and issubclass(member, errors.McpHostError)
    ]


@pytest.mark.requirement("MCP-022")
@pytest.mark.parametrize("name", _error_names())
def test_every_error_has_a_heading(name: str) -> None:
    assert name in headings(HELP / "errors.md")


def test_every_finding_has_a_heading_and_every_heading_is_a_finding() -> None:
    documented = {h for h in headings(HELP / "findings.md") if re.fullmatch(r"[a-z]+(-[a-z]+)+", h)}
    assert documented == set(FINDINGS)


@pytest.mark.parametrize("check", FINDINGS)
def test_every_finding_says_how_much_it_matters(check: str) -> None:
    section = (HELP / "findings.md").read_text(encoding="utf-8").split(f"### {check}\n\n")[1]
    assert section.startswith(f"{FINDINGS[check].severity.value.capitalize()}. ")


def _decisions() -> list[str]:
    return sorted(path.name for path in (HELP / "decisions").iterdir())


@pytest.mark.parametrize("name", _decisions())
def test_every_decision_is_numbered_dated_and_whole(name: str) -> None:
    text = (HELP / "decisions" / name).read_text(encoding="utf-8")
    assert DECISION.match(name)
    assert re.search(r"^- Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert headings(HELP / "decisions" / name) >= PARTS


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [int(name[:4]) for name in _decisions()]
    assert len(numbers) == len(set(numbers))


def test_every_decision_that_the_code_names_exists() -> None:
    named = {
        number
        for path in python_files(*PACKAGES)
        for number in re.findall(r"decision (\d{4})", path.read_text(encoding="utf-8"))
    }
    assert named <= {name[:4] for name in _decisions()}


def test_the_help_says_how_many_apps_live_and_when_one_sleeps() -> None:
    text = (HELP / "first-steps.md").read_text()
    assert f"out of sight for {FREEZE_SECONDS} seconds sleeps" in text
    assert f"At most {MAX_LIVE} Apps are open" in text
