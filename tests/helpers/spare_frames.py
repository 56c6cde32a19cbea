"""Views in frames that waited for them: the spare of a window, and Apps that are let into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, Opener, OpenView
from ui.sandbox.assembly import Assembly
from ui.sandbox.spare import SpareFrame


@pytest.fixture
def spare(qtbot: QtBot, open_view: Opener) -> Iterator[SpareFrame]:
    """The spare of a window, ready. It ends before the Views do that were opened beside it."""
    window = QWidget()
    kept = SpareFrame.shared()
    kept.keep(window)
    kept.make()
    qtbot.waitUntil(lambda: kept.ready, timeout=WAIT)
    yield kept
    kept.stop()
    window.deleteLater()


@pytest.fixture
def open_warm(qtbot: QtBot, spare: SpareFrame, open_view: Opener) -> Opener:
    """Opens each View in a frame that waited and was ready."""

    def open_one(html: str, *snapshot: object, **options: object) -> OpenView:
        spare.make()
        qtbot.waitUntil(lambda: spare.ready, timeout=WAIT)
        return taken(spare, lambda: open_view(html, *snapshot, **options))

    return open_one


def waiting(spare: SpareFrame) -> Assembly:
    """The frame that waits."""
    assembly = spare._assembly
    assert assembly is not None
    return assembly


def taken(spare: SpareFrame, open_it: Callable[[], OpenView]) -> OpenView:
    """The View that *open_it* opens, in the very frame that waited."""
    frame = waiting(spare)
    view = open_it()
    assert view.widget._assembly is frame
    return view
