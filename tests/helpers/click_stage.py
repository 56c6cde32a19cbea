"""A consent dialog in a process of its own, on a real X server, for clicks that xdotool makes.

Each line it prints is one JSON object: where the button is, when it is armed, covered, answered.
`lid` as argument shows a window over everything instead, which takes neither focus nor clicks.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.helpers.questions import consent_request
from ui.dialogs.consent import ConsentDialog
from ui.widgets.theme import Theme


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def show_lid() -> QWidget:
    flags = Qt.WindowType.Window | Qt.WindowType.BypassWindowManagerHint
    quiet = Qt.WindowType.WindowDoesNotAcceptFocus | Qt.WindowType.WindowTransparentForInput
    lid = QWidget(None, flags | quiet)
    lid.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    lid.setGeometry(0, 0, 1200, 900)
    lid.show()
    say(lid=True)
    return lid


def show_dialog() -> ConsentDialog:
    dialog = ConsentDialog(consent_request(server_text=""))
    dialog.answered.connect(
        lambda a: say(answer=a.answer.value, device=a.circumstances.device, at=a.shown_ms)
    )
    dialog.gate.changed.connect(lambda armed: say(armed=armed))
    dialog.gate.covered_changed.connect(lambda covered: say(covered=covered))
    dialog.finished.connect(QApplication.quit)
    dialog.open()
    dialog.move(60, 60)
    dialog.activateWindow()
    QTimer.singleShot(0, lambda: tell_place(dialog))
    return dialog


def tell_place(dialog: ConsentDialog) -> None:
    if not dialog.isActiveWindow():
        QTimer.singleShot(10, lambda: tell_place(dialog))
        return
    button = dialog.allow
    middle = button.mapToGlobal(QPoint(button.width() // 2, button.height() // 2))
    say(x=middle.x(), y=middle.y())


def main() -> int:
    application = QApplication(sys.argv)
    theme = Theme()
    theme.apply(application)
    kept = show_lid() if "lid" in sys.argv else show_dialog()
    QTimer.singleShot(60_000, application.quit)
    code = application.exec()
    del kept
    return code


if __name__ == "__main__":
    raise SystemExit(main())
