"""JSON-Schema-Test-Suite, required cases, through the worker that checks servers' schemas.

Every case counts; there are no exceptions.
"""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.schemas.pool import SchemaValidator
from tests.helpers.figures import say
from tests.helpers.schema_suite import VERSION, Case, cases

pytestmark = pytest.mark.npm

FEWEST = {"draft2020-12": 1_250, "draft7": 900}
"""So that a suite that was not found does not pass."""


@pytest.mark.requirement("MCP-120", "MCP-121", "MCP-128")
@pytest.mark.parametrize("draft", FEWEST)
def test_every_required_case_is_answered_as_the_suite_says(draft: str) -> None:
    answers = asyncio.run(answers_to(list(cases(draft))))
    wrong = {
        case.name: said
        for case, said in answers.items()
        if said != ("fits" if case.valid else "misfit")
    }
    say(
        f"JSON-Schema-Test-Suite {draft} (jsonschema {VERSION}): {len(answers) - len(wrong)} of "
        f"{len(answers)} required cases right"
    )
    assert not wrong
    assert len(answers) > FEWEST[draft]


async def answers_to(asked: list[Case]) -> dict[Case, str]:
    validator = SchemaValidator()
    try:
        return {case: await answer(validator, case) for case in asked}
    finally:
        await validator.close()


async def answer(validator: SchemaValidator, case: Case) -> str:
    try:
        await validator.check(case.schema, case.instance, what="it")
    except ProtocolViolation as violation:
        return str(violation) if "unusable" in str(violation) else "misfit"
    return "fits"
