"""A View that nobody sees sleeps: nothing of it runs, nothing is lost, and it is not blamed."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import Opener, OpenView
from ui.sandbox.budgets import ViewBudget

pytestmark = pytest.mark.engine

COUNTER = """<script>
let ticks = 0;
const say = word => parent.postMessage({word, ticks}, '*');
onmessage = e => say(e.data.word);
setInterval(() => ticks += 1, 50);
say('up');
</script>"""
SOON = ViewBudget(beat_ms=200, beats=3, idle_beats=10)


def _ask(view: OpenView, word: str) -> int:
    """The ticks of the App when it answers *word*, the next it says."""
    number = len(view.texts)
    view.widget.post(f'{{"word": "{word}"}}')
    said = view.message(number)
    assert said["word"] == word
    return said["ticks"]


def test_a_sleeping_view_does_not_run_and_goes_on_where_it_was(open_view: Opener) -> None:
    view = open_view(COUNTER)
    view.message()
    QTest.qWait(300)
    before = _ask(view, "before")
    view.widget.hide()
    view.widget.freeze()
    assert view.widget.frozen
    QTest.qWait(1_500)
    view.widget.post('{"word": "first"}')
    view.widget.post('{"word": "second"}')
    QTest.qWait(200)
    assert len(view.texts) == 2
    view.widget.thaw()
    first, second = view.message(2), view.message(3)
    assert [first["word"], second["word"]] == ["first", "second"]
    assert 0 < before <= first["ticks"] < before + 20  # awake, it would be thirty


COUNT = "let n = 0; setInterval(() => n += 1, 20); onmessage = () => postMessage(n)"
WORKER = f"""<script>
const worker = new Worker(URL.createObjectURL(new Blob(['{COUNT}'])));
worker.onmessage = e => parent.postMessage({{n: e.data}}, '*');
onmessage = () => worker.postMessage(1);
parent.postMessage('up', '*');
</script>"""


def test_a_worker_of_a_sleeping_view_sleeps_too(open_view: Opener) -> None:
    view = open_view(WORKER)
    view.message()
    view.widget.post("1")
    before = view.message(1)["n"]
    view.widget.hide()
    view.widget.freeze()
    QTest.qWait(2_000)
    view.widget.thaw()
    view.widget.post("1")
    assert view.message(2)["n"] < before + 50  # awake, it would be a hundred


def test_a_sleeping_view_is_not_taken_for_a_hung_one(open_view: Opener) -> None:
    view = open_view(COUNTER, budget=SOON)
    view.message()
    view.widget.freeze()
    QTest.qWait(3_000)
    assert view.widget.frozen
    assert IncidentKind.HUNG not in view.kinds()
    view.widget.thaw()
    _ask(view, "awake")
    assert IncidentKind.HUNG not in view.kinds()


def test_a_view_that_hangs_after_it_slept_is_still_noticed(open_view: Opener) -> None:
    view = open_view(
        "<script>onmessage = () => { for (;;); }; parent.postMessage({}, '*')</script>", budget=SOON
    )
    view.message()
    view.widget.freeze()
    view.widget.thaw()
    view.widget.post("{}")
    view.saw(IncidentKind.HUNG)


def test_a_view_that_is_shown_again_wakes_up_by_itself(open_view: Opener) -> None:
    view = open_view(COUNTER)
    view.message()
    view.widget.hide()
    view.widget.freeze()
    assert view.widget.frozen
    view.widget.show()
    view.until(lambda: not view.widget.frozen)
    _ask(view, "seen")


def test_a_view_is_not_loaded_anew_by_another_size(open_view: Opener) -> None:
    view = open_view(COUNTER)
    view.message()
    view.widget.resize(700, 500)
    view.widget.set_height(120)
    _ask(view, "resized")
    assert [text for text in view.texts if '"up"' in text] == view.texts[:1]
