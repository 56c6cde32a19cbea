"""An App that calls more than it may: the App, the person and the model are told, in a real core
with the real demo server. Only the App is played by the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mcphost.chat.wire  # noqa: F401  # the models' library first: it takes seconds
from mcphost.domain.budget import Limit
from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import ItemChanged, ServerChanged
from mcphost.domain.ids import ViewId
from mcphost.host import DEMO_KEY
from tests.helpers.apps_talk import ask, say
from tests.helpers.core import Core, core
from tests.helpers.model_server import Answer, ModelServer
from tests.helpers.talk import DONE, READ, chat, secrets_in_memory

WHY = "more than 2 calls in a minute"


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


def look(made: Core, view: ViewId) -> dict[str, Any]:
    arguments = {"bed_id": "herbs", "days": 7}
    return ask(made, view, "tools/call", {"name": "bed_history", "arguments": arguments})


def test_an_app_over_its_budget_is_told_and_so_are_the_person_and_the_model(tmp_path: Path) -> None:
    with ModelServer(Answer(calls=(READ,)), DONE, DONE) as model, core(tmp_path) as made:
        talk = chat(made, model)
        made.run(made.host.change_budgets(DEMO_KEY, {Limit.APP_CALLS: 2}))
        talk.say("show me the garden")
        [run] = talk.of(ToolRun)
        ask(made, run.view, "ui/initialize", {})
        say(made, run.view, {"method": "ui/notifications/initialized"})
        assert all("result" in look(made, run.view) for _ in range(2))
        assert WHY in look(made, run.view)["error"]["message"]
        assert len([name for name in talk.called if name == "bed_history"]) == 2
        card = made.wait(
            ItemChanged, lambda e: isinstance(e.item, ToolRun) and WHY in e.item.view_note
        )
        assert card.item.id == run.id
        [row] = made.rows("breaker_turned")
        assert (row["view"], row["data"]["because"]) == (run.view, WHY)
        talk.say("and now?")
        assert WHY in str(model.asked[-1].body["messages"])


def test_a_server_over_its_budget_says_so_on_its_line_until_the_pause_is_over(
    tmp_path: Path,
) -> None:
    with core(tmp_path) as made:
        made.run(made.host.connect(DEMO_KEY))
        made.run(made.host.change_budgets(DEMO_KEY, {Limit.CALLS: 20}))
        conversation = made.run(made.host.new_conversation("talk"))
        ends = [
            made.run(made.host.run_tool(conversation, DEMO_KEY, "garden_overview", {}))
            for _ in range(20)
        ]
        why = "more than 20 calls in a minute"
        assert why in ends[-1].text
        line = made.wait(ServerChanged, lambda e: why in e.summary.problem)
        assert "Calls are held back until" in line.summary.problem
