"""A program that quits with a View open, and closes the View only afterwards.

`python -m tests.helpers.sudden_end`; it must end with code 0 and without the engine's warning.
"""

from __future__ import annotations

import sys

from ui.sandbox.environment import prepare_environment


def main() -> None:
    """Open, quit, close."""
    prepare_environment()
    from PySide6.QtWidgets import QApplication

    from tests.helpers.engine import launch_of
    from ui.sandbox.sandbox_view import SandboxView
    from ui.sandbox.self_test import run_self_test

    app = QApplication(sys.argv[:1])
    view = SandboxView(launch_of("<script>parent.postMessage({m: 1}, '*')</script>"))
    view.text_received.connect(lambda _text, _at: app.quit())
    view.show()
    run_self_test(lambda _report: view.start())
    app.exec()
    view.close_view()
    print("ended")


if __name__ == "__main__":
    main()
