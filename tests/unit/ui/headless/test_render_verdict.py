"""What `mcphost render` says came of it."""

from __future__ import annotations

from mcphost.domain.conversation import RunState
from tests.helpers import fake_data as data
from tests.helpers.fake_views import report
from ui.headless import render
from ui.headless.script import DONE, REFUSED

DRAWN = render.Drawn(report=report(), size=(900, 640))


def test_an_app_that_was_drawn_after_a_good_answer_is_good() -> None:
    found = render._verdict(data.tool_run(), DRAWN)
    assert found == (DONE, "the App was drawn")


def test_an_empty_looking_app_is_explained_by_the_error_that_its_tool_answered_with() -> None:
    run = data.tool_run(state=RunState.TOOL_ERROR, text="Name or service not known")
    code, reason = render._verdict(run, DRAWN)
    assert code == DONE
    assert reason.endswith("the tool had answered with an error: Name or service not known")


def test_an_app_that_ended_while_it_was_looked_at_is_not_called_drawn() -> None:
    ended = render.Drawn(report=report(closed="The App crashed: code 5"), size=(900, 640))
    code, reason = render._verdict(data.tool_run(), ended)
    assert (code, reason) == (REFUSED, "the App did not last: The App crashed: code 5")
