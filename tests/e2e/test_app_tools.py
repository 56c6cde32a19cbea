"""A real App with the official SDK offers tools and asks the model, in the program's window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.events import AppToolsChanged
from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.tool import Effect
from tests.e2e.test_app_tools_and_the_model import moving
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.engine import self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.model_server import Answer, Asked, ModelServer
from tests.helpers.npm_sdk import view_sdk
from tests.helpers.talk import choose, secrets_in_memory
from ui.sandbox.self_test import SelfTestReport

__all__ = ["self_test"]
pytestmark = [pytest.mark.engine, pytest.mark.npm, pytest.mark.timeout(300)]

APP = """
const app = new sdk.App({name: 'Chess', version: '1.2'}, {}, {autoResize: true});
const board = document.body.appendChild(document.createElement('p'));
app.registerTool('move', {description: 'Moves a piece.'},
  async () => { board.textContent = 'moved'; return {content: [{type: 'text', text: 'moved'}]}; });
app.registerTool('resign', {description: 'Gives up.'}, async () => { throw new Error('never'); });
const long = size => async () => ({content: [{type: 'text', text: 'x'.repeat(size)}]});
app.registerTool('draw', {description: 'Says much.'}, long(9_990_000));
app.registerTool('paint', {description: 'Says too much.'}, long(10_010_000));
const ask = document.body.appendChild(document.createElement('button'));
Object.assign(ask, {id: 'ask', textContent: 'ask'});
const question = {role: 'user', content: {type: 'text', text: 'Is e4 good?'}};
const tell = value => app.callServerTool({name: 'witness', arguments: {value}});
ask.onclick = () => app.createSamplingMessage({messages: [question], maxTokens: 50})
  .then(it => tell(it.content.text), error => tell(String(error)));
await app.connect();
"""


@dataclass
class Game:
    """The App, open, in a conversation with a scripted model."""

    live: LiveWindow
    server: AppServer
    model: ModelServer
    talk: ConversationId
    view: ViewId

    def runs(self) -> list[ToolRun]:
        items = self.live.do(self.live.made.host.items(self.talk))
        return [item for item in items if isinstance(item, ToolRun) and item.app]


def answering(asked: Asked) -> Answer:
    return Answer(pieces=("Yes.",)) if "Is e4 good?" in asked.told else moving(asked)


@pytest.fixture
def game(qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport) -> Iterator[Game]:
    things = (Thing(name="board", app=True), Thing(name="witness"))
    script = f"{view_sdk()}{APP}"
    html = f"<!doctype html><meta charset=utf-8><body><script type=module>{script}</script>"
    with AppServer(*things) as server, ModelServer(answer=answering) as model, secrets_in_memory():
        server.html = html
        with live_window(qtbot, tmp_path, self_test) as live:
            join(live.made, server)
            live.do(live.made.host.classify_tool(server.key, "board", Effect.READ))
            live.do(live.made.host.classify_tool(server.key, "witness", Effect.READ))
            choose(live.made, model)
            talk = live.talk("a game")
            view = live.open(server.key, "board", talk=talk)
            yield Game(live, server, model, talk, view)


def test_the_model_plays_by_the_tools_that_a_real_app_registered(game: Game) -> None:
    live = game.live
    live.until(lambda: bool(live.made.seen(AppToolsChanged)))
    offered = live.made.seen(AppToolsChanged)[0].tools
    assert [(each.tool.name, each.app) for each in offered] == [
        ("move", "Chess 1.2"),
        ("resign", "Chess 1.2"),
        ("draw", "Chess 1.2"),
        ("paint", "Chess 1.2"),
    ]
    live.do(live.made.host.send_message(game.talk, "your move"))
    [run] = game.runs()
    assert (run.tool, run.state, run.text) == ("move", RunState.DONE, "moved")
    failed = live.do(live.made.host.run_app_tool(offered[1], {}))
    assert failed.state is RunState.TOOL_ERROR
    assert "never" in failed.text
    report = live.close(game.view)
    assert [denial for denial in report.denials if "nothing the host asked" in denial] == []
    assert live.made.seen(AppToolsChanged)[-1].tools == ()


@pytest.mark.requirement("APPS-42")
def test_a_result_of_10_mb_comes_whole_and_a_longer_one_is_an_error_at_once(game: Game) -> None:
    live = game.live
    live.until(lambda: bool(live.made.seen(AppToolsChanged)))
    [_move, _resign, draw, paint] = live.made.seen(AppToolsChanged)[0].tools
    whole = live.do(live.made.host.run_app_tool(draw, {}))
    assert whole.state is RunState.DONE
    assert whole.text.startswith("xxx")
    failed = live.do(live.made.host.run_app_tool(paint, {}))
    assert failed.state is RunState.TOOL_ERROR
    assert "its answer was not taken: a message of 10010" in failed.text
    assert "limit 10000000" in failed.text


def test_a_real_app_asks_the_model_after_a_press_and_a_yes(game: Game) -> None:
    live = game.live
    live.click(game.view, "#ask")
    live.until(lambda: any(call["name"] == "witness" for call in game.server.calls))
    [told] = [call["arguments"] for call in game.server.calls if call["name"] == "witness"]
    assert told == {"value": "Yes."}
    assert [question.verb for question in live.made.person.consents] == ["Let an App ask the model"]
