"""A process of its own that was started for WebGL: two Views, with and without the grant.

Prints one JSON object: for each View what its canvas and its `OffscreenCanvas` gave.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.helpers import engine
from ui.sandbox.environment import prepare_environment
from ui.sandbox.sandbox_view import SandboxView
from ui.sandbox.self_test import run_self_test

prepare_environment(webgl=True)  # the engine starts with the application, below

PAGE = """<script>
const has = c => !!(c.getContext('webgl2'));
parent.postMessage([has(document.createElement('canvas'))], '*');
</script>"""


def main() -> None:
    application = QApplication(sys.argv[:1])
    passed: list[bool] = []
    run_self_test(lambda report: passed.append(report.passed))
    _until(lambda: bool(passed))
    found: dict[str, object] = {"self_test": passed[0]}
    for name, granted in (("granted", True), ("other", False)):
        snapshot = replace(engine.snapshot_of(), webgl=granted)
        view = SandboxView(engine.launch_of(PAGE, snapshot))
        texts: list[str] = []
        view.text_received.connect(partial(_keep, texts))
        view.show()
        view.start()
        _until(partial(len, texts))
        found[name] = json.loads(texts[0])
        view.close_view()
    _until(lambda: engine.living_cells() == 0)
    print(json.dumps(found), flush=True)
    application.quit()


def _keep(texts: list[str], text: str, _at: float) -> None:
    texts.append(text)


def _until(condition: Callable[[], object]) -> None:
    for _ in range(4_000):
        if condition():
            return
        QTest.qWait(10)
    raise SystemExit("it did not happen")


if __name__ == "__main__":
    main()
