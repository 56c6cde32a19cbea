"""Budgets a person may choose: tightened freely, loosened to a ceiling, lowered by the owner."""

from __future__ import annotations

import pytest

from mcphost.domain.budget import BOUNDS, USUAL, Limit, Limits, parse_limits
from mcphost.domain.errors import NotConfigured
from mcphost.domain.json import Json


@pytest.mark.parametrize("limit", list(Limit))
def test_each_number_goes_from_its_least_to_its_most_and_no_further(limit: Limit) -> None:
    bounds = BOUNDS[limit]
    assert bounds.least < bounds.usual < bounds.most
    for number in (bounds.least, bounds.most):
        assert USUAL.after({limit: number}).value(limit) == number
    for number in (0, -1, bounds.least - 1, bounds.most + 1):
        with pytest.raises(NotConfigured, match=f"from {bounds.least} to {bounds.most}"):
            USUAL.after({limit: number})


def test_the_usual_number_is_no_choice_and_takes_one_back() -> None:
    tight = USUAL.after({Limit.CALLS: 50, Limit.APP_CALLS: 5})
    assert (tight.server.calls, tight.app.calls, tight.server.rounds) == (50, 5, 60)
    assert tight.after({Limit.CALLS: None, Limit.APP_CALLS: 240}) == USUAL


def test_the_owner_of_the_computer_lowers_what_is_usual_and_what_was_chosen() -> None:
    managed = {Limit.CALLS: 100, Limit.APP_SIZE: 8}
    limits = Limits(chosen={Limit.CALLS: 2000}, managed=managed)
    assert limits.server.calls == 100
    assert limits.app.size == 8 * 1024 * 1024
    assert limits.after({Limit.CALLS: 99}).server.calls == 99
    with pytest.raises(NotConfigured, match="from 20 to 100 on this computer"):
        limits.after({Limit.CALLS: 101})


@pytest.mark.parametrize(
    ("untrusted", "words"),
    [
        ([], "no JSON object"),
        ({"speed": 3}, "no budget called speed"),
        ({"calls": 2401}, "from 20 to 2400"),
        ({"calls": True}, "whole number"),
        ({"calls": "60"}, "whole number"),
        ({"app-calls": 0}, "from 1 to 960"),
    ],
)
def test_what_is_no_budget_is_refused_with_its_place(untrusted: Json, words: str) -> None:
    with pytest.raises(NotConfigured, match=f"file: .*{words}"):
        parse_limits(untrusted, what="file")
