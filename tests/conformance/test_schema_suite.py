"""JSON-Schema-Test-Suite, required cases, through the worker that checks servers' schemas.

Every case counts. The few that the host refuses on purpose are listed with the reason, and a case
that leaves that list, or should join it, fails.
"""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.schemas.pool import SchemaValidator
from tests.helpers.figures import say
from tests.helpers.schema_suite import VERSION, Case, cases

pytestmark = pytest.mark.npm

CUSTOM_DIALECT = "its dialect is not supported"
"""A `$schema` that is nobody's but the author's. MCP asks for an explicit error (SEP-1613), and the
dialect's own description would have to be fetched (SEP-2106 forbids)."""
REFUSED = {
    ("draft2020-12", f"vocabulary: {case}"): CUSTOM_DIALECT
    for case in (
        *(
            f"schema that uses custom metaschema with with no validation vocabulary: {test}"
            for test in (
                "applicator vocabulary still works",
                "no validation: valid number",
                "no validation: invalid number, but it still validates",
            )
        ),
        "ignore unrecognized optional vocabulary: string value",
        "ignore unrecognized optional vocabulary: number value",
    )
}
FEWEST = {"draft2020-12": 1_250, "draft7": 900}
"""So that a suite that was not found does not pass."""


@pytest.mark.requirement("MCP-120", "MCP-121", "MCP-128")
@pytest.mark.parametrize("draft", FEWEST)
def test_every_required_case_is_answered_as_the_suite_says(draft: str) -> None:
    answers = asyncio.run(answers_to(list(cases(draft))))
    wrong = {
        case.name: said
        for case, said in answers.items()
        if (draft, case.name) not in REFUSED and said != ("fits" if case.valid else "misfit")
    }
    refused = {case.name: said for case, said in answers.items() if (draft, case.name) in REFUSED}
    right = len(answers) - len(wrong) - len(refused)
    say(
        f"JSON-Schema-Test-Suite {draft} (jsonschema {VERSION}): {right} of {len(answers)} "
        f"required cases right, {len(refused)} refused with an explicit error, {len(wrong)} wrong"
    )
    assert not wrong
    assert {(draft, name) for name in refused} == {key for key in REFUSED if key[0] == draft}
    assert all(REFUSED[draft, name] in said for name, said in refused.items())
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
