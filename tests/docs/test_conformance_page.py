"""The page about the protocol says what the program does."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mcphost.gate.input import MAX_INPUTS_A_ROUND, MAX_ROUNDS
from mcphost.protocol import mcp
from mcphost.schemas.bounds import encode_schema
from tests.conformance.requirements import REQUIREMENTS
from tests.docs.tree import HELP

PAGE = (HELP / "conformance.md").read_text(encoding="utf-8")
FIRST_COLUMN = re.compile(r"^\| `?([^ `|]+)`? \|", re.MULTILINE)
NUMBERS = {"five": 5, "eight": 8}


def test_the_revisions_are_those_the_program_speaks_and_the_one_it_refuses() -> None:
    listed = {word for word in FIRST_COLUMN.findall(PAGE) if word[0] == "2"}
    assert listed == {mcp.MODERN, *mcp.LEGACY_ACCEPTED, mcp.HTTP_SSE}


def test_every_extension_that_the_program_knows_is_named() -> None:
    known = {value for name, value in vars(mcp).items() if name.endswith("_EXTENSION")}
    assert known <= set(FIRST_COLUMN.findall(PAGE))


@pytest.mark.requirement("MCP-122")
def test_the_dialects_are_those_that_are_checked() -> None:
    section = PAGE.split("## JSON Schema dialects")[1].split("\n## ")[0]
    named = re.findall(r"^- `(\S+)`$", section, re.MULTILINE)
    assert [encode_schema({"$schema": name})[0].value for name in named] == ["2020-12", "draft-07"]


def test_the_bounds_of_questions_are_those_of_the_program() -> None:
    found = re.search(r"at most (\w+) rounds, (\w+) questions a round", PAGE)
    assert found is not None
    assert [NUMBERS[word] for word in found.groups()] == [MAX_ROUNDS, MAX_INPUTS_A_ROUND]


def test_what_is_left_out_is_declared_nowhere() -> None:
    for elicitation in (False, True):
        assert not {"roots", "sampling"} & mcp.client_capabilities(elicitation=elicitation).keys()


def test_every_gap_of_the_manifest_is_told_and_no_other() -> None:
    section = PAGE.split("## What is fulfilled in part")[1].split("\n## ")[0]
    told = [" ".join(each.split()) for each in section.split("\n- ")[1:]]
    assert told == [f"`{row.id}`: {row.gap}" for row in REQUIREMENTS if row.gap]


def test_the_requirements_of_apps_are_counted_right() -> None:
    told = re.search(
        r"(\d+) requirements on a\s+host, (\d+) things.*?and (\d+) that", PAGE, re.DOTALL
    )
    assert told is not None
    counts = Counter(row.id.rstrip("0123456789") for row in REQUIREMENTS)
    assert [int(number) for number in told.groups()] == [
        counts[kind] for kind in ("APPS-", "APPS-I", "APPS-T")
    ]
