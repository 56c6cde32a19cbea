"""Items of a conversation: order, and how often a growing text is told."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import Item, ModelText, UserText
from mcphost.domain.ids import ItemId
from ui.models.transcript import Transcript


def _said(identifier: str) -> UserText:
    return UserText(id=ItemId(identifier), text=identifier)


def _grown(text: str, *, done: bool = False) -> ModelText:
    return ModelText(id=ItemId("m"), model="some-model", text=text, done=done)


def test_live_items_wait_for_the_stored_ones(qtbot: QtBot) -> None:
    transcript = Transcript()
    transcript.apply(_said("live"))
    transcript.load([_said("old"), _said("older")])
    assert [item.id for item in transcript.items()] == ["old", "older", "live"]


def test_a_live_value_beats_the_stored_one(qtbot: QtBot) -> None:
    transcript = Transcript()
    transcript.apply(_grown("all of it", done=True))
    transcript.load([_grown("half")])
    assert transcript.find(ItemId("m")) == _grown("all of it", done=True)


def test_a_growing_text_is_told_rarely_and_at_last(qtbot: QtBot) -> None:
    transcript = Transcript()
    transcript.load([])
    told: list[Item] = []
    transcript.changed.connect(told.append)
    transcript.apply(_grown(""))
    with qtbot.waitSignal(transcript.changed, timeout=5_000):
        for length in range(200):
            transcript.apply(_grown("x" * length))
    assert told == [_grown("x" * 199)]


def test_the_end_of_a_text_is_told_at_once(qtbot: QtBot) -> None:
    transcript = Transcript()
    transcript.load([_grown("a")])
    told: list[Item] = []
    transcript.changed.connect(told.append)
    transcript.apply(_grown("ab"))
    transcript.apply(_grown("abc", done=True))
    assert told == [_grown("abc", done=True)]
