"""Traps that real Views set, each set again by a small View in the program's own window.

What real servers set is in tests/e2e/test_server_traps.py; the list of all of them, with the tests
of each, is tests/conformance/traps.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ToolRun, ViewState
from mcphost.domain.events import ItemChanged
from mcphost.domain.ids import ViewId
from mcphost.domain.tool import Effect
from mcphost.domain.view import IncidentKind
from tests.helpers import trap_views as views
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.servers.http_peer import Reply, Seen
from ui.sandbox.cell import living_cells
from ui.sandbox.self_test import SelfTestReport

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(200),
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]
BLOB = "A" * 8_000_000


class Trap:
    """One View in the window, and the server it came from."""

    def __init__(self, live: LiveWindow, server: AppServer) -> None:
        self.live, self.server = live, server
        self.hung_up: list[bool] = []

    def open(self, html: str) -> ViewId:
        self.server.html = html
        join(self.live.made, self.server)
        for tool in self.server.things:
            self.live.do(self.live.made.host.classify_tool(self.server.key, tool, Effect.READ))
        run = self.live.run(self.server.key, "look")
        assert run.view is not None, run.view_note
        return run.view

    def told(self, step: str) -> Any:
        """What the View says of *step*, when it has said it."""
        self.live.until(lambda: step in self._steps())
        return self._steps()[step]

    def height(self, view: ViewId, wanted: int) -> None:
        """Wait until *view* is *wanted* pixels high, in the window and on the record."""
        self.live.until(lambda: self.live.sandbox(view).height() == wanted)
        assert self.live.report(view).height == wanted

    def counted(self) -> int:
        return [each["name"] for each in self.server.calls].count("count")

    def card(self, fits: Callable[[ToolRun], bool]) -> ToolRun:
        """The card of the run once it *fits*."""
        self.live.until(lambda: any(map(fits, self.runs())))
        return next(filter(fits, self.runs()))

    def runs(self) -> list[ToolRun]:
        """Every state of every run so far."""
        items = (event.item for event in self.live.made.seen(ItemChanged))
        return [item for item in items if isinstance(item, ToolRun)]

    async def hold(self, _seen: Seen, _reply: Reply) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.hung_up.append(True)

    async def read(self, seen: Seen, reply: Reply) -> bool:
        """Answer for the one resource that is no template."""
        uri = seen.message.get("params", {}).get("uri")
        if seen.method != "resources/read" or uri != "video://long":
            return False
        await reply.result({"contents": [{"uri": uri, "mimeType": "video/mp4", "blob": BLOB}]})
        return True

    def _steps(self) -> dict[str, Any]:
        calls = (each["arguments"] for each in self.server.calls if each["name"] == "witness")
        return {each["step"]: each.get("value") for each in calls}


@pytest.fixture
def trap(qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport) -> Iterator[Trap]:
    others = (Thing(name=name) for name in ("count", "hold", "hello", "witness"))
    with (
        AppServer(Thing(name="look", app=True), *others) as server,
        live_window(qtbot, tmp_path, self_test, initialize_seconds=1.0) as live,
    ):
        made = Trap(live, server)
        server.things["hold"] = Thing(name="hold", answer=made.hold)
        server.before = made.read
        yield made


@pytest.mark.requirement("APPS-T12")
def test_a_view_as_tall_as_its_frame_does_not_grow(trap: Trap) -> None:
    view = trap.open(views.FULL_HEIGHT)
    settled = trap.told("settled")
    assert settled["changes"] <= 3
    trap.height(view, settled["inner"])


@pytest.mark.requirement("APPS-I14")
def test_a_view_without_a_handler_for_its_end_is_done_and_has_not_failed(trap: Trap) -> None:
    view = trap.open(views.NO_TEARDOWN)
    trap.told("up")
    report = trap.live.close(view)
    assert "ui/resource-teardown (error)" in [entry.method for entry in report.entries]
    assert report.closed == "closed"
    notes = {(run.view_state, run.view_note) for run in trap.runs()}
    assert notes <= {(ViewState.OPENING, ""), (ViewState.LIVE, ""), (ViewState.CLOSED, "")}


def test_a_view_that_never_shakes_hands_is_said_so_and_stays_on_the_screen(trap: Trap) -> None:
    view = trap.open(views.NEVER)
    card = trap.card(lambda run: "handshake" in run.view_note)
    assert card.text == "fine"
    boxes: list[object] = []
    trap.live.sandbox(view).query_box("#trouble", boxes.append)
    trap.live.until(lambda: bool(boxes))
    assert boxes[0] is not None
    assert trap.live.sandbox(view).isVisible()


@pytest.mark.requirement("APPS-24")
def test_a_view_may_start_small_and_grow_when_it_is_pressed(trap: Trap) -> None:
    view = trap.open(views.COLLAPSED)
    trap.height(view, 42)
    width = trap.live.sandbox(view).width()
    trap.live.click(view, "#more")
    trap.height(view, 300)
    assert trap.live.sandbox(view).width() == width


def test_a_reported_width_does_not_make_a_view_narrow(trap: Trap) -> None:
    view = trap.open(views.NARROW)
    trap.height(view, 200)
    assert trap.told("width") == trap.live.sandbox(view).width() > 147


def test_a_call_that_a_view_holds_open_ends_when_the_view_takes_it_back(trap: Trap) -> None:
    view = trap.open(views.LONG_POLL)
    trap.live.until(lambda: any(each["name"] == "hold" for each in trap.server.calls))
    trap.live.click(view, "#stop")
    assert trap.told("after") == "fine"
    trap.live.until(lambda: trap.hung_up == [True])
    assert "answered" not in trap._steps()


def test_a_view_that_polls_is_silent_once_it_is_closed(trap: Trap) -> None:
    view = trap.open(views.POLLING)
    trap.live.until(lambda: trap.counted() > 3)
    trap.live.close(view)
    trap.live.until(lambda: living_cells() == 0)
    counted = trap.counted()
    trap.live.run(trap.server.key, "hello")
    assert trap.counted() == counted


def test_a_view_reads_a_large_resource_that_is_no_template(trap: Trap) -> None:
    trap.open(views.BIG_READ)
    assert trap.told("read") == {"length": len(BLOB), "mimeType": "video/mp4"}


def test_a_view_with_tools_of_its_own_is_none_the_worse_for_it(trap: Trap) -> None:
    view = trap.open(views.WITH_TOOLS)
    assert trap.told("alive") == {}
    assert trap.live.report(view).denials == ()


def test_a_worker_out_of_a_blob_runs(trap: Trap) -> None:
    view = trap.open(views.WORKERS)
    assert trap.told("worker") == 42
    kinds = {fact.kind for _, fact in trap.live.report(view).incidents}
    assert IncidentKind.POLICY_STOPPED not in kinds


def test_a_view_is_framed_has_an_origin_and_reads_nothing_of_the_window_above(trap: Trap) -> None:
    """*between*: the frame in between that a web host needs (resources/help/conformance.md)."""
    trap.open(views.FRAMES)
    seen = {"framed": True, "between": False, "reads": "SecurityError", "opaque": False}
    assert trap.told("frames") == seen
