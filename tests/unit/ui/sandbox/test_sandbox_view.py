"""One View from start to end: handshake, text both ways, height, pictures, clicks, teardown."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import Opener, OpenView, launch_of
from ui.sandbox import readiness, sandbox_view
from ui.sandbox.assembly import Assembly
from ui.sandbox.cell import living_cells
from ui.sandbox.channel import Channel
from ui.sandbox.sandbox_view import _MOST_EARLY
from ui.sandbox.self_test import SelfTestReport

pytestmark = pytest.mark.engine

SAY = "const say = (method, params) => parent.postMessage({jsonrpc: '2.0', method, params}, '*');"
ECHO = f"<script>{SAY} onmessage = e => say('echo', e.data); say('hello', origin);</script>"


@pytest.mark.requirement("APPS-17")
def test_text_goes_both_ways(open_view: Opener) -> None:
    view = open_view(ECHO)
    assert view.message()["params"] == "mcpapp://" + "ab" * 16
    view.widget.post(json.dumps({"jsonrpc": "2.0", "text": "grüße \u2028 😀"}))
    assert view.message(1)["params"]["text"] == "grüße \u2028 😀"


def test_what_is_posted_before_the_channel_is_up_is_delivered(open_view: Opener) -> None:
    echo = "onmessage = e => parent.postMessage(e.data, '*'); parent.postMessage({up: true}, '*')"
    view = open_view(f"<script>{echo}</script>")
    view.widget.post('{"early": true}')
    assert view.message() == {"up": True}
    view.widget.post('{"late": true}')
    assert view.message(1) in ({"early": True}, {"late": True})


def test_the_renderer_was_checked_before_the_app_was_mounted(open_view: Opener) -> None:
    view = open_view(ECHO)
    view.message()
    report = view.widget.sandbox_report
    assert report is not None
    assert report.adequate
    assert all(holds for _, holds in report.checks)


def test_the_height_is_applied_exactly(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} onresize = () => say('size', innerHeight); say('up')</script>")
    view.message()
    view.widget.set_height(217)
    view.until(lambda: any('"params":217' in text for text in view.texts))
    sizes: list[QSize | None] = []
    view.widget.frame_size(sizes.append)
    view.until(lambda: bool(sizes))
    assert sizes[0] == QSize(400, 217)


@pytest.mark.parametrize("colour", ["#1e1f22", "#f7f7f5"])
def test_an_app_that_follows_the_theme_is_drawn_on_the_windows_colour(
    open_view: Opener, colour: str
) -> None:
    view = open_view(f"<style>:root {{ color-scheme: light dark }}</style>{ECHO}")
    view.widget.set_background(QColor(colour))
    view.message()
    view.until(lambda: view.widget.grab_view().pixelColor(300, 200).name() == colour)


def test_a_dark_view_never_flashes_white(open_view: Opener, qtbot: QtBot) -> None:
    view = OpenView(qtbot, launch_of(f"<style>:root {{ color-scheme: dark }}</style>{ECHO}"))
    view.widget.set_background(QColor("#101114"))
    seen: set[str] = set()

    def look() -> bool:
        image = view.widget.grab_view()
        if not image.isNull():
            seen.add(image.pixelColor(300, 200).name())
        return len(view.texts) > 0

    view.start()
    view.until(look)
    view.close()
    assert "#ffffff" not in seen


def test_nothing_starts_before_the_self_test_has_passed(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    readiness.forget_result()
    try:
        view = OpenView(qtbot, launch_of(ECHO)).start()
        assert view.saw(IncidentKind.SANDBOX_REFUSED).detail.startswith("the sandbox has not been")
        assert view.widget.sandbox_report is None
        view.close()
    finally:
        readiness.record_result(())


def test_console_errors_are_kept_and_reported_and_the_rest_is_not(open_view: Opener) -> None:
    lines = "console.log('secret'); console.warn('w'); console.error('boom');"
    view = open_view(f"<script>{lines} {SAY} say(1)</script>")
    view.message()
    assert "boom" in view.saw(IncidentKind.CONSOLE_ERROR).detail
    assert len(view.widget.console_errors) == 1


def test_after_close_nothing_is_heard(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} setInterval(() => say('tick'), 5)</script>")
    view.message(3)
    view.close()
    heard = len(view.texts)
    other = open_view(ECHO)
    other.message()
    assert len(view.texts) == heard


def test_as_root_nothing_is_started_and_the_reason_is_said(
    qtbot: QtBot, self_test: SelfTestReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    view = OpenView(qtbot, launch_of(ECHO)).start()
    assert "ordinary user" in view.saw(IncidentKind.SANDBOX_REFUSED).detail
    assert view.widget.grab_view().isNull()
    assert living_cells() == 0
    view.close()


def test_what_is_posted_before_the_frame_is_there_waits_in_order(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    """A View may have to wait for its storage, and its server goes on talking."""
    view = OpenView(qtbot, launch_of(ECHO))
    for number in range(_MOST_EARLY):
        view.widget.post(str(number))
    view.start()
    assembly = view.widget._assembly
    assert assembly is not None
    assert assembly.channel._waiting == [str(number) for number in range(_MOST_EARLY)]
    assert view.message()["method"] == "hello"
    view.close()
    qtbot.waitUntil(lambda: living_cells() == 0)


def test_a_view_for_which_too_much_waits_is_ended_and_that_is_said(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    view = OpenView(qtbot, launch_of(ECHO))
    for number in range(_MOST_EARLY + 20):
        view.widget.post(str(number))
    view.start()
    assert [each.kind for each in view.incidents] == [IncidentKind.LOAD_FAILED]
    assert "messages came for it" in view.incidents[0].detail
    assert view.widget._assembly is None
    assert len(view.widget._early) == _MOST_EARLY
    view.close()


def test_what_is_posted_to_a_view_that_is_over_goes_nowhere(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[str] = []
    view = open_view(ECHO)
    view.message()
    monkeypatch.setattr(Channel, "post", lambda _self, text: posted.append(text))
    view.widget.post("heard")
    view.widget._book.record(IncidentKind.HUNG, "it is over")
    view.widget.post("late")
    view.close()
    view.widget.post("later")
    assert posted == ["heard"]
    assert view.widget._early == []


def test_a_frame_that_is_not_up_in_time_is_ended_and_that_is_said(
    qtbot: QtBot, self_test: SelfTestReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_view, "_START_DEADLINE_MS", 300)
    monkeypatch.setattr(Assembly, "load", lambda _self: None)
    view = OpenView(qtbot, launch_of(ECHO)).start()
    assert "was not up after" in view.saw(IncidentKind.LOAD_FAILED).detail
    assert view.texts == []
    view.close()


def test_a_view_that_is_started_again_or_after_its_end_has_one_frame_or_none(
    open_view: Opener, qtbot: QtBot
) -> None:
    view = open_view(ECHO)
    view.message()
    frame = view.widget._assembly
    view.widget.start()
    assert view.widget._assembly is frame
    qtbot.waitUntil(lambda: living_cells() == 1)  # the self-test's may still be on its way out
    view.close()
    view.widget.start()
    qtbot.waitUntil(lambda: living_cells() == 0)


def test_what_comes_of_a_view_after_its_end_is_not_reported(open_view: Opener) -> None:
    view = open_view(ECHO)
    view.message()
    view.widget._book.record(IncidentKind.HUNG, "the first")
    view.widget._book.record(IncidentKind.FLOODED, "the second")
    view.widget._book.console_error("the third")
    assert [each.detail for each in view.incidents] == ["the first"]
