"""Before the person follows a link that a model wrote: the whole address, and a clear choice.

Law: the address is shown whole as plain text, punycode as it is; Cancel is the default; what is
opened goes through the one door for links, which checks it again. Main thread.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mcphost.domain.errors import UserFacingError
from mcphost.domain.ports import LinkOpener
from mcphost.domain.text import visible


def ask_to_follow(
    url: str, window: QWidget, opener: LinkOpener, say: Callable[[str], object]
) -> QMessageBox:
    """Ask, and open *url* on a clear yes; what goes wrong is said with *say*."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("Open a link")
    box.setText("Open this address in your browser? The model wrote it; it may carry data away.")
    box.setInformativeText(visible(url, limit=8_000))
    follow = box.addButton("Open", QMessageBox.ButtonRole.ActionRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))

    def on_follow() -> None:
        try:
            opener(url)
        except UserFacingError as error:
            say(str(error))

    follow.clicked.connect(on_follow)
    box.open()
    return box
