"""The positive control: opens one address in a bare web view with no guard of ours.

Run as a program in its own process: `python -m tests.helpers.unguarded URL SECONDS`.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtWebEngineCore import QWebEngineSettings
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication


def main() -> None:
    """Load the address, wait, end."""
    app = QApplication(sys.argv[:1])
    view = QWebEngineView()
    settings = view.settings()
    settings.setAttribute(QWebEngineSettings.WebAttribute.DnsPrefetchEnabled, True)
    settings.setAttribute(QWebEngineSettings.WebAttribute.JavascriptCanOpenWindows, True)
    view.resize(600, 400)
    view.show()
    view.load(QUrl(sys.argv[1]))
    QTimer.singleShot(int(float(sys.argv[2]) * 1000), app.quit)
    app.exec()
    view.page().deleteLater()
    view.deleteLater()
    app.processEvents()


if __name__ == "__main__":
    main()
