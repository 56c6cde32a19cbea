"""Headings: plain text in the heading sizes. Main thread; called by panes and dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.widgets.plain_label import PlainLabel


class Heading(PlainLabel):
    """*level* is a step of the heading scale: `xs` … `3xl`."""

    def __init__(self, text: str = "", *, level: str = "lg", parent: QWidget | None = None) -> None:
        super().__init__(text, size=f"heading-{level}", parent=parent)
