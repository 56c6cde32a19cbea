"""A View that hangs, floods, crashes or eats memory ends alone, and its owner is told."""

from __future__ import annotations

import os
import signal

import pytest

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import Opener
from ui.sandbox.budgets import ALLOWANCES, Allowance, Noise, ViewBudget
from ui.sandbox.crowd_watch import CrowdWatch
from ui.sandbox.memory_watch import MemoryWatch

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({method: 'm', params}, '*');"
QUICK = ViewBudget(beat_ms=300, slow_beats=3, beats=5, late_seconds=0.1, hung_seconds=0.1)
PATIENT = ViewBudget(beat_ms=200, slow_beats=20, beats=20, idle_beats=200, max_cores=9)
"""For Views that must not be ended: on a busy machine their renderers wait for their turn."""

FEW = Allowance(burst=3, per_second=0.1, patience=5)


@pytest.fixture
def no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is slowed down because this window comes late: the machine may be busy with others."""
    monkeypatch.setattr(CrowdWatch, "_shared", CrowdWatch(look=lambda _pid: None))


@pytest.mark.requirement("APPS-48")
def test_a_hung_renderer_is_killed_and_reported(open_view: Opener) -> None:
    view = open_view(
        f"<script>{SAY} say('up'); setTimeout(() => {{ for (;;); }}, 100)</script>", budget=QUICK
    )
    view.message()
    assert "has not answered" in view.saw(IncidentKind.HUNG).detail
    assert "has not answered" in view.saw(IncidentKind.THROTTLED).detail
    assert IncidentKind.RENDERER_GONE not in view.kinds()


@pytest.mark.usefixtures("no_crowd")
def test_a_busy_view_that_answers_is_left_alone(open_view: Opener) -> None:
    work = "setInterval(() => { const end = Date.now() + 30; while (Date.now() < end); }, 50);"
    view = open_view(
        f"<script>{SAY} {work} setInterval(() => say(1), 100)</script>", budget=PATIENT
    )
    view.message(30)
    assert view.kinds() == set()


LONG = "setInterval(() => console.log('x'.repeat(2e7)), 50)"


@pytest.mark.usefixtures("no_crowd")
def test_a_view_that_writes_very_long_lines_on_the_console_is_ended(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say('up'); {LONG}</script>", budget=PATIENT)
    view.message()
    assert "console lines over" in view.saw(IncidentKind.FLOODED).detail


@pytest.mark.requirement("APPS-T15")
def test_a_crashed_renderer_is_reported_and_other_views_live_on(open_view: Opener) -> None:
    html = f"<script>{SAY} onmessage = e => say('again'); say('up')</script>"
    first, second = open_view(html), open_view(html)
    first.message()
    second.message()
    assembly = first.widget._assembly
    assert assembly is not None
    os.kill(assembly.page.renderProcessPid(), signal.SIGKILL)
    assert "code 9" in first.saw(IncidentKind.RENDERER_GONE).detail
    second.widget.post("{}")
    assert second.message(1)["params"] == "again"


@pytest.mark.requirement("APPS-T15")
def test_a_message_flood_is_throttled_then_ended(open_view: Opener) -> None:
    budget = ViewBudget(burst=20, per_second=20, max_dropped=300)
    view = open_view(f"<script>{SAY} for (let i = 0; i < 1000; i++) say(i)</script>", budget=budget)
    view.saw(IncidentKind.FLOODED, "over the allowed rate")
    assert len(view.texts) < 100
    assert "over the rate" in view.saw(IncidentKind.REQUEST_BLOCKED).detail


def test_a_flood_of_few_but_long_messages_is_throttled_then_ended(open_view: Opener) -> None:
    budget = ViewBudget(max_dropped=100, length_per_message=1_000)
    script = f"{SAY} const long = 'x'.repeat(100_000); for (let i = 0; i < 300; i++) say(long)"
    view = open_view(f"<script>{script}</script>", budget=budget)
    view.saw(IncidentKind.FLOODED, "over the allowed rate")
    assert len(view.texts) < 50


def test_a_console_flood_ends_the_view(open_view: Opener) -> None:
    view = open_view("<script>setInterval(() => { for (let i = 0; i < 500; i++) console.log(i) }, 1)</script>")  # fmt: skip  # noqa: E501
    view.saw(IncidentKind.THROTTLED, "console lines")
    view.saw(IncidentKind.FLOODED, "console lines")


OWN = "setInterval(() => { new Image().src = location.href + 'x' + Math.random(); }, 1);"


def test_what_is_done_too_often_is_slowed_down_and_then_ended(open_view: Opener) -> None:
    budget = ViewBudget(noise={**ALLOWANCES, Noise.REQUEST: FEW})
    view = open_view(f"<script>{OWN}</script>", budget=budget)
    view.saw(IncidentKind.THROTTLED, Noise.REQUEST.value)
    view.saw(IncidentKind.FLOODED, Noise.REQUEST.value)


def test_a_refused_permission_is_not_asked_for_again(open_view: Opener) -> None:
    """The engine itself remembers the no: spam never reaches the host."""
    ask = "Notification.requestPermission().then(() => say(1));"
    view = open_view(f"<script>{SAY} setInterval(() => {ask[:-1]}, 5)</script>")
    view.message(50)
    asked = [fact for fact in view.incidents if fact.kind is IncidentKind.PERMISSION_REFUSED]
    assert 1 <= len(asked) <= 5


def test_a_reload_loop_stops_at_the_reload_that_is_refused(open_view: Opener) -> None:
    budget = ViewBudget(noise={**ALLOWANCES, Noise.DOCUMENT: FEW})
    view = open_view("<script>location.reload()</script>", budget=budget)
    view.saw(IncidentKind.THROTTLED, Noise.DOCUMENT.value)


def test_workers_without_end_are_ended(open_view: Opener) -> None:
    bomb = "const url = URL.createObjectURL(new Blob(['onmessage = () => 0;'])); const kept = [];"
    more = "setInterval(() => kept.push(new Worker(url)), 5);"
    view = open_view(f"<script>{SAY} {bomb} {more}</script>", budget=PATIENT)
    view.until(lambda: bool(view.kinds() & {IncidentKind.OVERRAN, IncidentKind.RENDERER_GONE}))


@pytest.mark.requirement("APPS-48")
def test_a_view_that_keeps_the_processor_busy_is_slowed_down_and_lives_on(
    open_view: Opener,
) -> None:
    budget = ViewBudget(beat_ms=200, beats=3, max_cores=0.05, hung_seconds=60)
    work = "setInterval(() => { const end = Date.now() + 40; while (Date.now() < end); }, 45);"
    view = open_view(f"<script>{SAY} {work} setInterval(say, 50, 1)</script>", budget=budget)
    assert "processors" in view.saw(IncidentKind.THROTTLED).detail
    view.message(len(view.texts) + 3)
    assert view.kinds() == {IncidentKind.THROTTLED}


def test_what_an_app_stores_in_the_program_ends_it_and_no_other(
    monkeypatch: pytest.MonkeyPatch, open_view: Opener
) -> None:
    """Blobs are kept in this very process, where no bound of the renderer covers them."""
    monkeypatch.setattr(MemoryWatch, "_shared", MemoryWatch(own_limit=96 << 20))
    calm = open_view(f"<script>{SAY} say('up')</script>", budget=PATIENT)
    calm.message()
    fill = "kept.push(new Blob([new Uint8Array(8 << 20).fill(kept.length)]))"
    bomb = f"<script>{SAY} const kept = []; setInterval(() => {fill}, 20)</script>"
    view = open_view(bomb, budget=PATIENT)
    assert "for its Apps" in view.saw(IncidentKind.OVERRAN).detail
    assert calm.kinds() == set()


def test_the_largest_view_is_ended_when_all_together_hold_too_much(
    monkeypatch: pytest.MonkeyPatch, open_view: Opener
) -> None:
    monkeypatch.setattr(MemoryWatch, "_shared", MemoryWatch(all_limit=500 << 20))
    calm = open_view(f"<script>{SAY} say('up')</script>", budget=PATIENT)
    calm.message()
    fill = "kept.push(new Uint8Array(16 << 20).fill(1))"
    bomb = f"<script>const kept = []; setInterval(() => {fill}, 20)</script>"
    view = open_view(bomb, budget=PATIENT)
    assert "all Apps together" in view.saw(IncidentKind.OVERRAN).detail
    assert calm.kinds() == set()


def test_a_message_that_is_too_long_is_refused_and_the_next_one_arrives(open_view: Opener) -> None:
    budget = ViewBudget(max_length=1_000)
    view = open_view(f"<script>{SAY} say('x'.repeat(2000)); say('short')</script>", budget=budget)
    assert view.message()["params"] == "short"


@pytest.mark.requirement("APPS-48")
def test_memory_beyond_the_budget_is_not_given(open_view: Opener) -> None:
    hog = "const kept = []; try { for (;;) kept.push(new Uint8Array(16 << 20).fill(1)); }"
    html = f"<script>{SAY} {hog} catch (e) {{ const n = kept.length; kept.length = 0; say([e.name, n]); }}</script>"  # noqa: E501
    view = open_view(html, budget=ViewBudget(data_bytes=300 << 20))
    view.until(lambda: bool(view.texts) or IncidentKind.RENDERER_GONE in view.kinds())
    if view.texts:
        name, count = view.message()["params"]
        assert name == "RangeError"
        assert count * 16 < 400


def test_a_message_that_cannot_be_serialised_is_dropped(open_view: Opener) -> None:
    odd = "parent.postMessage(undefined, '*'); const a = {}; a.a = a; parent.postMessage(a, '*');"
    view = open_view(f"<script>{SAY} {odd} parent.postMessage(1n, '*'); say('after')</script>")
    assert view.message()["params"] == "after"


@pytest.mark.usefixtures("no_crowd")
def test_a_hidden_view_is_not_taken_for_a_hung_one(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} setInterval(() => say(1), 100)</script>", budget=PATIENT)
    view.message()
    view.widget.hide()
    heard = len(view.texts)
    view.message(heard + 5)  # its timers now run once a second
    view.widget.show()
    view.message(heard + 7)
    assert view.incidents == []
