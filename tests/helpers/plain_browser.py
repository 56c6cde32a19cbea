"""Qt's own engine with none of our guards, as an ordinary browser: `plain_browser URL FILE`.

It shows URL until it is ended; every error line of a console is added to FILE, one JSON string a
line. A process of its own: it must not have our environment, schemes or flags.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

for variable in [name for name in os.environ if name.startswith("QTWEBENGINE")]:
    del os.environ[variable]  # whoever starts this may have closed its own engine

from PySide6.QtCore import QUrl  # noqa: E402
from PySide6.QtWebEngineCore import QWebEnginePage  # noqa: E402
from PySide6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

URL, FILE = sys.argv[1], Path(sys.argv[2])


class NotingPage(QWebEnginePage):
    def javaScriptConsoleMessage(  # noqa: N802
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        line: int,
        source: str,
    ) -> None:
        if level is QWebEnginePage.JavaScriptConsoleMessageLevel.ErrorMessageLevel:
            with FILE.open("a", encoding="utf-8") as file:
                file.write(json.dumps(message) + "\n")


def main() -> None:
    application = QApplication(["browser"])
    view = QWebEngineView()
    view.setPage(NotingPage(view))
    view.resize(1280, 860)
    view.show()
    view.load(QUrl(URL))
    application.exec()


if __name__ == "__main__":
    main()
