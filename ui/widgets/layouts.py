"""Rows and columns on the 4-pixel grid. Main thread; called by every widget and pane."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ui.widgets.tokens import SPACE


def column(
    parent: QWidget | None = None, *, spacing: int = SPACE.sm, margin: int = 0
) -> QVBoxLayout:
    """A vertical layout, installed on *parent* when given."""
    layout = QVBoxLayout() if parent is None else QVBoxLayout(parent)
    _space(layout, spacing, margin)
    return layout


def row(parent: QWidget | None = None, *, spacing: int = SPACE.sm, margin: int = 0) -> QHBoxLayout:
    """A horizontal layout, installed on *parent* when given."""
    layout = QHBoxLayout() if parent is None else QHBoxLayout(parent)
    _space(layout, spacing, margin)
    return layout


def line() -> QFrame:
    """A thin rule between two parts."""
    frame = QFrame()
    frame.setProperty("surface", "line")
    frame.setFixedHeight(1)
    return frame


def clear(layout: QLayout) -> None:
    """Remove and delete every widget and layout in *layout*."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


def _space(layout: QLayout, spacing: int, margin: int) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
