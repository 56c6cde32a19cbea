"""Labels show what they are given as plain text, whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton, SecondaryButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel

HOSTILE = "<b>bold</b> <img src='https://evil.example/x.png'> &amp;"


def test_markup_is_shown_as_it_was_written(qtbot: QtBot) -> None:
    label = PlainLabel(HOSTILE)
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == HOSTILE


def test_an_elided_label_keeps_the_whole_text_within_reach(qtbot: QtBot) -> None:
    label = PlainLabel("word " * 500, elide=True)
    qtbot.addWidget(label)
    assert label.accessibleName() == "word " * 500
    assert "word " * 500 in label.toolTip()


class _Asked(QObject):
    """Counts how often a layout was asked to make room."""

    times = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.times += event.type() is QEvent.Type.LayoutRequest
        return False


@pytest.mark.parametrize(("elide", "asked"), [(True, 0), (False, 1)])
def test_only_words_that_are_drawn_whole_ask_for_room_when_they_change(
    qtbot: QtBot, elide: bool, asked: int
) -> None:
    outer, counting = QWidget(), _Asked()
    qtbot.addWidget(outer)
    label = PlainLabel("Running: 1 of 200, digging the bed", elide=elide)
    column(outer).addWidget(label)
    outer.show()
    qtbot.waitExposed(outer)
    QApplication.processEvents()  # what the first showing asks for
    outer.installEventFilter(counting)
    label.setText("Running: 2 of 200, digging the bed and the next one")
    QApplication.processEvents()
    assert counting.times == asked
    assert label.text() == "Running: 2 of 200, digging the bed and the next one"


def test_a_tool_tip_of_hostile_text_is_escaped(qtbot: QtBot) -> None:
    label = PlainLabel(HOSTILE, elide=True)
    qtbot.addWidget(label)
    assert "<img" not in label.toolTip()


def test_a_button_that_names_hostile_text_escapes_it_in_its_tool_tip(qtbot: QtBot) -> None:
    button = IconButton(Icon.CLOSE, f"Remove what {HOSTILE} added")
    qtbot.addWidget(button)
    assert "<img" not in button.toolTip()
    assert button.accessibleName() == f"Remove what {HOSTILE} added"


def test_an_unbreakable_word_wraps_instead_of_widening_the_window(qtbot: QtBot) -> None:
    label = PlainLabel("x" * 2_000)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() < 100
    assert label.heightForWidth(200) > 20 * label.fontMetrics().lineSpacing()


@pytest.mark.parametrize("selectable", [False, True])
def test_the_height_follows_the_text_the_width_and_the_font(
    qtbot: QtBot, *, selectable: bool
) -> None:
    label = PlainLabel("word " * 50, selectable=selectable)
    qtbot.addWidget(label)
    heights = [label.heightForWidth(200), label.heightForWidth(400)]
    assert heights == [label.heightForWidth(200), label.heightForWidth(400)]
    assert heights[0] > heights[1]
    font = label.font()
    font.setPixelSize(40)
    label.setFont(font)
    assert label.heightForWidth(200) > heights[0]
    label.setText("word")
    assert label.heightForWidth(200) < heights[1]


def test_a_layout_gives_a_label_the_height_its_text_needs_and_no_more(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    lines = column(page)
    wrapped, plain = PlainLabel("word " * 200), PlainLabel("word", wrap=False)
    lines.addWidget(wrapped)
    lines.addWidget(plain)
    assert wrapped.hasHeightForWidth()
    assert not plain.hasHeightForWidth()
    assert not PlainLabel("word", elide=True, parent=page).hasHeightForWidth()
    assert lines.heightForWidth(200) > lines.heightForWidth(400)


def test_a_style_sheet_that_changes_the_font_changes_the_height(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    label = PlainLabel("word " * 50, parent=page)
    page.show()
    before = label.heightForWidth(200)
    page.setStyleSheet("QLabel { font-size: 40px; }")
    assert label.heightForWidth(200) > before


def test_an_empty_label_has_a_size(qtbot: QtBot) -> None:
    label = PlainLabel("")
    qtbot.addWidget(label)
    label.show()
    assert label.sizeHint().isValid()


def test_a_badge_and_a_banner_show_markup_as_written(qtbot: QtBot) -> None:
    badge, banner = Badge(HOSTILE, "warning"), Banner(HOSTILE, level="error")
    qtbot.addWidget(badge)
    qtbot.addWidget(banner)
    assert badge.textFormat() is Qt.TextFormat.PlainText
    assert banner.text() == HOSTILE


def test_a_badge_refuses_a_tone_it_does_not_know(qtbot: QtBot) -> None:
    badge = Badge("x")
    qtbot.addWidget(badge)
    with pytest.raises(ValueError, match="tone"):
        badge.set_state("x", "pink")


def test_an_ampersand_in_a_button_claims_no_shortcut(qtbot: QtBot) -> None:
    button = SecondaryButton("Salt & pepper")
    qtbot.addWidget(button)
    assert button.shortcut().isEmpty()
    assert not button.autoDefault()


def test_a_banner_reports_its_action_and_its_dismissal(qtbot: QtBot) -> None:
    banner = Banner("Offline.", action="Retry", closable=True)
    qtbot.addWidget(banner)
    banner.show()
    seen: list[str] = []
    banner.triggered.connect(lambda: seen.append("retry"))
    banner.dismissed.connect(lambda: seen.append("gone"))
    banner.findChild(SecondaryButton).click()
    banner._on_close_clicked()
    assert seen == ["retry", "gone"]
    assert not banner.isVisible()


HEBREW = "הגינה יבשה וצריך להשקות את העגבניות ליד הקיר הדרומי של הבית לפני הערב"


def test_words_from_right_to_left_are_cut_at_their_end(qtbot: QtBot) -> None:
    label = PlainLabel(HEBREW, elide=True)
    qtbot.addWidget(label)
    label.resize(160, 24)
    picture = label.grab().toImage()
    paper = picture.pixel(0, 0)
    ink = [(x, y) for x in range(160) for y in range(24) if picture.pixel(x, y) != paper]
    left, right = min(x for x, _ in ink), max(x for x, _ in ink)
    top_of_left = min(y for x, y in ink if x < left + 5)
    top_of_right = min(y for x, y in ink if x > right - 5)
    assert top_of_left > top_of_right + 4  # the dots lie on the line, a letter stands on it
