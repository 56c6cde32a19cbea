"""The manifest of requirements and the tests know each other, both ways."""

from __future__ import annotations

import re

import pytest

from tests.conformance.collected import collected, marked
from tests.conformance.requirements import REQUIREMENTS
from tests.conformance.requirements.__main__ import summary
from tests.conformance.requirements.marks import wanted
from tests.conformance.requirements.row import LINK, STRENGTHS, Requirement, row
from tests.conformance.test_official_suite import PASSED


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, REQUIREMENTS, ids=lambda found: found.id)


def test_every_number_has_one_row_and_they_are_in_order() -> None:
    core = [found.id for found in REQUIREMENTS if found.id.startswith("MCP-")]
    assert core == [f"MCP-{number:03}" for number in range(1, 196)]
    apps = {"APPS-": 49, "APPS-I": 17, "APPS-T": 15}
    for kind in ("LEG-", "AMB-", *apps):
        ids = [found.id for found in REQUIREMENTS if re.fullmatch(rf"{kind}\d+", found.id)]
        assert ids == [f"{kind}{number:02}" for number in range(1, len(ids) + 1)]
        assert len(ids) == apps.get(kind, len(ids))
    assert len({found.id for found in REQUIREMENTS}) == len(REQUIREMENTS)


@each("found")
def test_a_row_says_what_how_strongly_and_where(found: Requirement) -> None:
    assert set(found.strength.split(" / ")) <= STRENGTHS
    assert found.wording.endswith(".")
    assert LINK.fullmatch(found.link)


@each("found")
def test_a_row_has_evidence_or_says_why_not(found: Requirement) -> None:
    evidence = found.tests or found.scenarios
    assert bool(found.not_applicable) != bool(evidence or found.gap)
    assert all(not why or why.endswith(".") for why in (found.gap, found.not_applicable))


@each("found")
def test_every_test_that_a_row_names_exists_and_says_so(found: Requirement) -> None:
    """One that says nothing: run `python -m tests.conformance.requirements --mark`."""
    assert not [node for node in found.tests if node not in collected()]
    assert len(set(found.tests)) == len(found.tests)
    assert not [node for node in found.tests if found.id not in marked().get(node, ())]


def test_every_test_that_is_marked_stands_on_its_rows() -> None:
    """One that does not: add it to the rows that its mark names."""
    assert {node: ids - wanted().get(node, frozenset()) for node, ids in marked().items()} == {
        node: frozenset() for node in marked()
    }


@each("found")
def test_every_scenario_that_a_row_names_is_one_that_passes(found: Requirement) -> None:
    passed = {f"{revision}/{name}" for revision, names in PASSED.items() for name in names}
    assert set(found.scenarios) <= passed


def test_the_summary_counts_and_names_every_gap() -> None:
    rows = (
        row(1, "MUST", "A.", "index", ("a::test_b",)),
        row(2, "MUST", "A.", "index", ("a::test_b",), gap="The rest."),
        row(3, "MUST", "A.", "index", gap="All of it."),
        row(4, "MUST", "A.", "index", not_applicable="No such thing."),
    )
    assert summary(rows).splitlines() == [
        "4 requirements: 1 tested, 1 partly, 1 not, 1 not applicable; by 1 tests",
        "  MCP-002  partly: The rest.",
        "  MCP-003  All of it.",
    ]
