"""Opening an App and its trips to its server: this host beside a plain one on the official bridge.

One run, one machine, one server (a process of its own), one App of 600 kB on the official SDK. Ours
is the whole window, with gate, log and sandbox, and a process for each View; the plain host
(`tests.helpers.plain_host`) has no guard, and either shares a process among its Views or gives each
its own. Both have read the template before the clock starts, and ours has a frame that waits, as it
has where nobody has just opened an App. The clock runs from the call to
`ui/notifications/initialized`; of a trip the App itself holds the watch.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.tool import Effect
from tests.bench.conftest import Figures
from tests.helpers.apps_talk import approve_all
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.npm_sdk import view_sdk
from tests.helpers.plain_host import Browser, PlainHost, chromium, plain_host, qt_browser
from tests.helpers.servers.served import remote
from tests.helpers.view_cost import filled
from ui.sandbox.self_test import SelfTestReport
from ui.sandbox.spare import SpareFrame

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.npm,
    pytest.mark.timeout(600),
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]
ROUNDS, TRIPS = 13, 30
"""The first opening warms up."""
APP = """
const app = new sdk.App({name: 'bridge', version: '1'}, {}, {autoResize: true});
app.ontoolinput = async ({arguments: {trips}}) => {
  const took = [];
  while (took.length < trips) {
    const began = performance.now();
    await app.callServerTool({name: 'count', arguments: {by: 1}});
    took.push(performance.now() - began);
  }
  if (took.length) app.callServerTool({name: 'witness', arguments: {took}});
};
document.body.append('an App of 600 kB');
app.connect();
"""


def page() -> str:
    script = f"<script type=module>{view_sdk()}{APP}</script>"
    return filled(f"<!doctype html><meta charset=utf-8><body>{script}")


def ours(live: LiveWindow, plain: PlainHost) -> tuple[list[float], list[float]]:
    """Milliseconds to open, and of each trip, in the program's own window."""
    config = remote("bridge", plain.port)
    live.do(live.made.host.add_server(config))
    live.do(live.made.host.connect(config.key))
    approve_all(live.made)
    for tool in ("show", "count", "witness"):
        live.do(live.made.host.classify_tool(config.key, tool, Effect.READ))
    talk, took = live.talk("bridge"), []
    spare = SpareFrame.shared()
    spare.keep(live.window)
    for _ in range(ROUNDS):
        live.until(lambda: spare.ready)
        began = time.perf_counter()
        view = live.open(config.key, "show", talk=talk, trips=0)
        took.append((live.ready[view] - began) * 1_000)
        live.close(view)
    live.open(config.key, "show", talk=talk, trips=TRIPS)
    live.until(lambda: bool(plain.trips()))
    spare.stop()
    return took, plain.trips()[-1]


def theirs(
    plain: PlainHost, browser: Browser, *, separate: bool
) -> tuple[list[float], list[float]]:
    """The same in the plain host."""
    query = {"tool": "show", "arguments": '{"trips": 0}', "rounds": ROUNDS}
    took = plain.visit(browser, trips=TRIPS, **query, separate=separate or None)
    return took, plain.trips()[-1]


def test_opening_an_app_and_its_trips_beside_the_official_bridge(
    qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport, figures: Figures
) -> None:
    browsers = filter(None, (qt_browser(tmp_path / "console"), chromium(tmp_path / "profile")))
    folder = tmp_path / "pages"
    folder.mkdir()
    with plain_host(folder, page()) as plain:
        with live_window(qtbot, tmp_path / "home", self_test) as live:
            mine = ours(live, plain)
        figures.said.append(f"load before the bench: {os.getloadavg()[0]:.2f}")
        figures.said.append(f"App opened here: {_words(*mine)}")
        for browser in browsers:
            for separate in (False, True):
                other = theirs(plain, browser, separate=separate)
                kind = f"{browser.name}, {'a process each' if separate else 'one process'}"
                figures.said.append(f"App opened by the plain host in {kind}: {_words(*other)}")
                opened = median(mine[0][1:]) / median(other[0][1:])
                trip = median(mine[1]) / median(other[1])
                figures.at_most(f"App opened: here / {kind}", opened, 1.0, "times")
                figures.at_most(f"View → tool → View: here / {kind}", trip, 1.0, "times")


def _words(took: list[float], trips: list[float]) -> str:
    first, warm = took[0], median(took[1:])
    return f"{warm:.0f} ms warm, {first:.0f} ms first; a trip {median(trips):.1f} ms"
