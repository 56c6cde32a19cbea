"""From "open" to `initialized` with an App of 600 kB, beside plain `setHtml` of the same page."""

from __future__ import annotations

from statistics import median

import pytest
from PySide6.QtWebEngineCore import QWebEngineProfile
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.bench.conftest import Figures
from tests.helpers.engine import CHATTER, WAIT, self_test
from tests.helpers.view_cost import (
    InitializedView,
    bundled_app,
    plain_seconds,
    private_megabytes,
)
from ui.sandbox.cell import living_cells
from ui.sandbox.self_test import SelfTestReport
from ui.sandbox.spare import SpareFrame

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.npm,
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]
ROUNDS = 5


def test_an_app_opens_about_as_fast_as_a_plain_page(
    qtbot: QtBot, self_test: SelfTestReport, figures: Figures
) -> None:
    html, profile = bundled_app(), QWebEngineProfile()
    plain: list[float] = []
    cold: list[float] = []
    warm: list[float] = []
    window, spare = QWidget(), SpareFrame.shared()
    for _ in range(ROUNDS):
        plain.append(plain_seconds(qtbot, html, profile))
        cold.append(_opened(qtbot, html))
        spare.keep(window)
        spare.make()
        qtbot.waitUntil(lambda: spare.ready, timeout=WAIT)
        view = InitializedView(qtbot, html)
        warm.append(view.seconds)
        spare.stop()
        view.close()
        qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
    profile.deleteLater()
    window.deleteLater()
    figures.at_most("App opened / plain setHtml", median(cold) / median(plain), 1.5, "times")
    ratio = median(warm) / median(plain)
    figures.at_most("App opened in a frame that waited / plain setHtml", ratio, 1.0, "times")


def test_what_one_more_view_takes(
    qtbot: QtBot, self_test: SelfTestReport, figures: Figures
) -> None:
    html = bundled_app()
    first = InitializedView(qtbot, html)
    before = private_megabytes()
    more = [InitializedView(qtbot, html) for _ in range(3)]
    taken = (private_megabytes() - before) / len(more)
    for view in (first, *more):
        view.close()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
    figures.at_most("private memory (RssAnon) of one more View of 600 kB", taken, 80, "MB")


def _opened(qtbot: QtBot, html: str) -> float:
    view = InitializedView(qtbot, html)
    view.close()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
    return view.seconds
