"""A process of its own that prepares itself, runs the self-test and prints the report as JSON.

`python -m tests.helpers.canary_process`; the tests start it in hostile environments.
"""

from __future__ import annotations

import json
import sys

from ui.sandbox.environment import prepare_environment


def main() -> None:
    """Prepare, test, print."""
    prepare_environment()
    from PySide6.QtWidgets import QApplication

    from ui.sandbox.schemes import register_schemes
    from ui.sandbox.self_test import SelfTestReport, run_self_test

    register_schemes()
    app = QApplication(sys.argv[:1])

    def done(report: SelfTestReport) -> None:
        failed = {name: detail for name, holds, detail in report.checks if not holds}
        print(json.dumps({"passed": report.passed, "failed": failed}), flush=True)
        app.quit()

    run_self_test(done)
    app.exec()


if __name__ == "__main__":
    main()
