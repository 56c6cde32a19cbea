"""A frame that waited for its App is as tight as one of its own, and its troubles are nobody's."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import Grants
from tests.helpers.engine import APP_HOST, WAIT, Opener, OpenView, snapshot_of
from tests.helpers.spare_frames import spare, taken, waiting
from ui.sandbox import assembly as assembly_module
from ui.sandbox import readiness
from ui.sandbox.cell import living_cells
from ui.sandbox.channel import HOST_WORLD
from ui.sandbox.interceptor import Interceptor
from ui.sandbox.page import LockedPage
from ui.sandbox.probe import SandboxReport, probe_renderer
from ui.sandbox.rights import Rights
from ui.sandbox.scheme_handler import DocumentHandler
from ui.sandbox.self_test import SelfTestReport
from ui.sandbox.spare import SpareFrame

__all__ = ["spare"]
pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
UP = f"<script>{SAY} onmessage = e => say(e.data); say(origin)</script>"
VICTIM = "mcpapp://" + "cd" * 16 + "/"


def taken_by(spare: SpareFrame, open_view: Opener, html: str) -> OpenView:
    """A View in the frame that waited."""
    return taken(spare, lambda: open_view(html))


def test_an_app_that_is_let_in_talks_and_is_in_chromiums_sandbox(
    spare: SpareFrame, open_view: Opener
) -> None:
    view = taken_by(spare, open_view, UP)
    assert view.message()["params"] == f"mcpapp://{APP_HOST}"
    view.widget.post('"again"')
    assert view.message(1)["params"] == "again"
    report = view.widget.sandbox_report
    assert report is not None
    assert report.adequate
    assert view.incidents == []
    assert not spare.ready


def test_the_frame_has_the_apps_name_and_the_usual_attributes(
    spare: SpareFrame, open_view: Opener
) -> None:
    view = taken_by(spare, open_view, UP)
    view.message()
    found: list[str] = []
    ask = "['title', 'sandbox', 'allow'].map(n => app.getAttribute(n)).join('|')"
    view.engine_view.page().runJavaScript(ask, 0, found.append)
    view.until(lambda: bool(found))
    assert found == ["Test|allow-scripts allow-same-origin allow-forms|"]


def open_other_guards(patch: pytest.MonkeyPatch) -> None:
    """The filter, the hook and the handler let another App pass: left is the policy of the page."""
    find = DocumentHandler._find
    victim = b"<script>console.error('another App is here')</script>"

    def find_any(self: DocumentHandler, url: QUrl, initiator: QUrl) -> object:
        return find(self, url, initiator) or (victim, ())

    def let_out(self: Interceptor, _info: object) -> None:
        self.seen += 1

    patch.setattr(DocumentHandler, "_find", find_any)
    patch.setattr(Interceptor, "interceptRequest", let_out)
    patch.setattr(LockedPage, "acceptNavigationRequest", lambda *_: True)


@pytest.mark.parametrize("narrowed", [True, False])
def test_the_page_that_waited_lets_no_other_app_into_its_frame(
    spare: SpareFrame,
    open_view: Opener,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    narrowed: bool,
) -> None:
    open_other_guards(monkeypatch)
    if not narrowed:
        monkeypatch.setattr(Rights, "narrowing", "")
    spare._throw_away()  # the engine remembers its hooks as they were
    spare.make()
    qtbot.waitUntil(lambda: spare.ready, timeout=WAIT)
    view = taken_by(spare, open_view, f"<script>{SAY} say(1); location.href = '{VICTIM}'</script>")
    sign = "frame-src" if narrowed else "another App is here"
    view.until(lambda: any(sign in line for line in view.widget.console_errors))
    if narrowed:
        assert not any("another App" in line for line in view.widget.console_errors)


def test_no_message_is_taken_before_an_app_was_let_in(spare: SpareFrame, qtbot: QtBot) -> None:
    """No page can send one without an origin; our own world can, and it is not taken either."""
    frame, heard, asked = waiting(spare), list[str](), list[object]()
    frame.channel.text_received.connect(lambda text, _at: heard.append(text))
    forged = "dispatchEvent(new MessageEvent('message', {source: app.contentWindow, data: 1})) && 1"
    for script in (forged, "1"):
        frame.page.runJavaScript(script, HOST_WORLD, asked.append)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=WAIT)
    asked.clear()
    frame.page.runJavaScript("1", HOST_WORLD, asked.append)
    qtbot.waitUntil(lambda: bool(asked), timeout=WAIT)
    assert heard == []


def test_a_frame_with_a_weak_renderer_is_thrown_away(
    qtbot: QtBot, spare: SpareFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = SandboxReport(adequate=False, checks=(), sentence="too weak")
    monkeypatch.setattr(assembly_module, "probe_renderer", lambda _pid: weak)
    spare._throw_away()
    spare.make()
    qtbot.waitUntil(lambda: spare._assembly is None, timeout=WAIT)
    assert not spare.ready


@pytest.mark.parametrize("granted", ["camera", "webgl"])
def test_an_app_with_more_rights_gets_a_frame_of_its_own(
    spare: SpareFrame, open_view: Opener, granted: str
) -> None:
    may = Grants(permissions=("camera",), webgl=granted == "webgl")
    declared = DeclaredUi(permissions=("camera",) if granted == "camera" else ())
    frame = waiting(spare)
    view = open_view(UP, snapshot_of(declared, may))
    view.message()
    assert view.widget._assembly is not frame
    assert waiting(spare) is frame


def test_a_frame_whose_renderer_dies_is_thrown_away_and_the_next_app_opens(
    spare: SpareFrame, open_view: Opener, qtbot: QtBot
) -> None:
    os.kill(waiting(spare).pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: spare._assembly is None, timeout=WAIT)
    view = open_view(UP)
    view.message()
    assert view.incidents == []


def test_a_frame_whose_renderer_has_died_unnoticed_is_not_given_away(
    spare: SpareFrame, open_view: Opener
) -> None:
    frame, until = waiting(spare), time.monotonic() + 30
    os.kill(frame.pid, signal.SIGKILL)
    while probe_renderer(frame.pid).adequate:  # the engine hears of it when Qt's loop turns
        assert time.monotonic() < until
    view = open_view(UP)
    view.message()
    assert view.widget._assembly is not frame
    assert view.incidents == []


def test_what_is_checked_before_an_app_is_mounted_is_checked_when_it_is_let_in(
    spare: SpareFrame, open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = SandboxReport(adequate=False, checks=(), sentence="too weak")
    monkeypatch.setattr(assembly_module, "probe_renderer", lambda _pid: weak)
    view = taken_by(spare, open_view, UP)
    assert view.saw(IncidentKind.SANDBOX_REFUSED).detail == "too weak"
    assert view.texts == []


def test_an_app_that_comes_before_the_page_is_up_is_mounted_when_it_is(
    spare: SpareFrame, open_view: Opener
) -> None:
    spare._throw_away()
    spare.make()
    assert not spare.ready
    assert taken_by(spare, open_view, UP).message()["params"] == f"mcpapp://{APP_HOST}"


def test_a_press_is_seen_and_a_made_up_one_is_not(spare: SpareFrame, open_view: Opener) -> None:
    html = f"<button id=b style='width:90px;height:40px'>b</button><script>{SAY} say('up'); b.onclick = e => say(e.isTrusted); b.click()</script>"  # noqa: E501
    view = taken_by(spare, open_view, html)
    assert [view.message()["params"], view.message(1)["params"]] == ["up", False]
    assert view.gestures == []
    view.click("#b")
    assert view.message(2)["params"] is True
    assert len(view.gestures) == 1


def test_what_an_app_in_it_does_is_reported_to_its_owner(
    spare: SpareFrame, open_view: Opener
) -> None:
    html = f"<script>{SAY} open('https://evil.invalid/'); fetch('https://evil.invalid/').catch(() => say(1)); console.error('boom')</script>"  # noqa: E501
    view = taken_by(spare, open_view, html)
    assert "boom" in view.saw(IncidentKind.CONSOLE_ERROR, "boom").detail
    view.saw(IncidentKind.POLICY_STOPPED, "connect-src")


def test_the_colours_are_those_of_the_window_that_shows_it(
    spare: SpareFrame, open_view: Opener
) -> None:
    view = taken_by(spare, open_view, f"<style>:root {{ color-scheme: light dark }}</style>{UP}")
    view.widget.set_background(QColor("#1e1f22"))
    view.message()
    view.until(lambda: view.widget.grab_view().pixelColor(300, 200).name() == "#1e1f22")


def test_two_apps_never_share_a_frame(spare: SpareFrame, open_view: Opener) -> None:
    first = taken_by(spare, open_view, UP)
    second = open_view(UP)
    first.message()
    second.message()
    frames = [view.widget._assembly for view in (first, second)]
    assert frames[0] is not frames[1]
    assert None not in frames


def test_a_frame_is_made_only_where_apps_may_open_and_a_window_keeps_it(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    kept, window = SpareFrame.shared(), QWidget()
    kept.make()
    assert kept._assembly is None
    readiness.forget_result()
    try:
        kept.keep(window)
        kept.make()
        assert kept._assembly is None
    finally:
        readiness.record_result(())
    kept.make()
    assert kept._assembly is not None
    kept.stop()
    assert kept._assembly is None
    window.deleteLater()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)


def test_its_policy_names_every_app_until_it_has_one(spare: SpareFrame) -> None:
    found = json.dumps(replace(waiting(spare)._rights.snapshot).host_csp)
    assert "frame-src mcpapp:;" in found
