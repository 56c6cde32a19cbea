"""Every place of the window, full of hostile words: nothing hides in them, nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ContextShelfItem, Item, ModelText, Notice, ToolRun
from mcphost.domain.events import DraftOffered, ItemChanged, ProblemReported
from mcphost.domain.ids import ItemId, ShelfKey
from mcphost.domain.text import hides
from tests.helpers import fake_data as data
from tests.helpers.fake_host import FakeHost
from tests.unit.ui.panes.conftest import MakeStage
from ui.main_window import MainWindow
from ui.models.records import Role

EVIL = (
    "<b>zyx</b> <img src='https://evil.example/p.png'> <a href='x'>y</a>\n"
    "\u202egnp.exe\u2066\u200b\u200d\ufeff\u00ad\U000e0041\U000e0042\ufe0f\x1b[2J A&B "
    + "w"
    * 3_000
)
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Role.DETAIL,
    Role.PILL,
)


def poison(host: FakeHost) -> None:
    """Whatever a server, an App or a model may have said, said as badly as can be."""
    talk = data.TALK
    host.known = {
        key: replace(
            each,
            problem=EVIL,
            config=replace(each.config, title=EVIL),
            info=each.info and replace(each.info, name=EVIL, version=EVIL, instructions=EVIL),
        )
        for key, each in host.known.items()
    }
    for key, tools in host.tool_lists.items():
        host.tool_lists[key] = [
            replace(each, tool=replace(each.tool, title=EVIL, description=EVIL)) for each in tools
        ]
    host.reviews = [_poisoned_review(each) for each in host.reviews]
    host.stored[talk] = [_poisoned_item(each) for each in host.stored[talk]]
    shelf = ContextShelfItem(key=ShelfKey("s"), source=EVIL, text=EVIL)
    host.shelves[talk] = [shelf]
    host.logs = dict.fromkeys(host.known, EVIL)
    host.talks = [replace(each, title=EVIL) for each in host.talks]


def _poisoned_review(review: Any) -> Any:
    findings = tuple(replace(f, message=EVIL, where=EVIL) for f in review.findings)
    declared = replace(review.declared, connect_domains=(EVIL,))
    return replace(review, findings=findings, declared=declared, untrusted_meta={"ui": EVIL})


def _poisoned_item(item: Item) -> Item:
    match item:
        case ToolRun():
            said = {"title": EVIL, "text": EVIL, "server_title": EVIL, "view_note": EVIL}
            result = {
                "content": [{"type": "text", "text": EVIL}],
                "structuredContent": {EVIL: EVIL},
            }
            return replace(item, **said, arguments={EVIL: EVIL}, result=result)  # type: ignore[arg-type]
        case ModelText():
            return replace(item, text=EVIL, model=EVIL)
        case Notice():
            return replace(item, text=EVIL)
        case _:
            return item


def shown(window: QWidget) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that the window says, whichever of its places is open."""
    for widget in window.findChildren(QWidget):
        where = f"{type(widget).__name__} {widget.accessibleName()[:40]!r}"
        for text in (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()):
            yield where, text
        match widget:
            case QLabel() | QAbstractButton():
                yield where, widget.text()
            case QLineEdit():
                yield where, f"{widget.text()}{widget.placeholderText()}"
            case QPlainTextEdit() | QTextEdit():
                yield where, f"{widget.toPlainText()}{widget.placeholderText()}"
            case QAbstractItemView():
                yield from ((where, text) for text in _rows(widget.model()))
            case _:
                pass


def _rows(model: QAbstractItemModel | None) -> Iterator[str]:
    if model is None:
        return
    columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
    for row in range(model.rowCount()):
        for column in range(columns):
            for role in _ROLES:
                yield str(model.index(row, column).data(role) or "")


@pytest.fixture
def poisoned(make_stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    made = FakeHost.__init__

    def badly(self: FakeHost, *args: Any, **options: Any) -> None:
        made(self, *args, **options)
        poison(self)

    monkeypatch.setattr(FakeHost, "__init__", badly)
    stage = make_stage()
    window = stage.window
    qtbot.waitUntil(lambda: window.chat.talk.current == data.TALK, timeout=10_000)
    stage.relay(DraftOffered(conversation=data.TALK, source=EVIL, text=EVIL))
    stage.relay(ProblemReported(text=EVIL))
    late = ModelText(id=ItemId("late"), model=EVIL, text=EVIL, done=True)
    stage.relay(ItemChanged(conversation=data.TALK, item=late))
    for view in window.findChildren(QAbstractItemView):
        if view.model() is not None and view.model().rowCount():
            view.setCurrentIndex(view.model().index(0, 0))
    qtbot.waitUntil(lambda: any("zyx" in text for _, text in shown(window)), timeout=10_000)
    return window


def test_foreign_text_is_plain_and_visible_in_every_pane(poisoned: MainWindow) -> None:
    texts = list(shown(poisoned))
    assert sum("zyx" in text for _, text in texts) >= 20
    hidden = {
        (where, f"{ord(letter):04X}") for where, text in texts for letter in text if hides(letter)
    }
    assert sorted({where for where, _ in hidden}) == []
    rich = [
        label.text()
        for label in poisoned.findChildren(QLabel)
        if label.textFormat() is not Qt.TextFormat.PlainText and label.text()
    ]
    assert rich == []
    for text in poisoned.findChildren(QTextEdit):
        assert "<img" not in text.document().toHtml()
    views = [view.model() for view in poisoned.findChildren(QAbstractItemView)]
    tips = [
        str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) or "")
        for model in views
        if model is not None
        for row in range(model.rowCount())
    ]
    tips += [widget.toolTip() for widget in poisoned.findChildren(QWidget)]
    assert not [tip for tip in tips if "<img" in tip or "<a " in tip]
