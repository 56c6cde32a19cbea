"""A process of its own whose engine has Chromium's fake camera and microphone: Apps that ask.

`python -m tests.helpers.camera_run FOLDER`. The whole core and the real engine; only the devices
are Chromium's own fakes. Prints one JSON object: what each App got.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ui.sandbox import environment

environment.CHROMIUM_FLAGS += " --use-fake-device-for-media-stream"

from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from mcphost.domain.consent import Answer  # noqa: E402
from tests.helpers.app_server import AppServer, Thing  # noqa: E402
from tests.helpers.apps_talk import join, run_tool  # noqa: E402
from tests.helpers.core import Core, core  # noqa: E402
from tests.helpers.engine import living_cells  # noqa: E402
from tests.helpers.live_app import SHAKE_HANDS, LiveApp  # noqa: E402
from ui.sandbox.self_test import run_self_test  # noqa: E402

PAGE = f"""<!doctype html><button id=go style="width:200px;height:100px">go</button>
<script>{SHAKE_HANDS}
const look = async () => {{
  try {{
    const stream = await navigator.mediaDevices.getUserMedia({{video: true, audio: true}});
    const video = document.body.appendChild(document.createElement('video'));
    video.muted = true; video.srcObject = stream; await video.play();
    tell([stream.getTracks().map(t => t.kind + ' ' + t.readyState).sort(), video.videoWidth > 0]);
    stream.getTracks().forEach(t => t.addEventListener('ended', () => tell('over')));
  }} catch (error) {{ tell('refused'); }}
}};
document.getElementById('go').onclick = look;
ready.then(() => tell('ready'));
</script>"""
DECLARED = {"permissions": {"camera": {}, "microphone": {}}}


class Patience:
    """Stands for pytest-qt's bot."""

    def waitUntil(self, condition: Callable[[], Any], *, timeout: int) -> None:  # noqa: N802
        for _ in range(timeout // 10):
            if condition():
                return
            QTest.qWait(10)
        raise SystemExit("it did not happen")


def ask(made: Core, server: AppServer, *, meta: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Run an App that declares *meta*, press its button, and answer the questions."""
    server.meta, made.person.answer = meta, Answer.ALLOW
    made.run(made.host.connect(server.key))
    for review in made.run(made.host.templates()):
        made.run(made.host.review_template(review.pin, True))
    view = run_tool(made, server.key, "look").view
    assert view is not None
    made.person.answer = answer
    before = len(made.person.consents)
    app = LiveApp(Patience(), made, view)  # type: ignore[arg-type]  # all it needs is waitUntil
    assert app.tells() == "ready"
    app.click("#go")
    got = app.tells(1)
    report = made.run(made.host.view_report(view))
    made.run(made.host.close_view(view))
    app.until(lambda: app.over)
    asked = [request.subject for request in made.person.consents[before:]]
    return {"got": got, "asked": asked, "held": list(report.permissions)}


def main() -> None:
    application = QApplication(sys.argv[:1])
    passed: list[bool] = []
    run_self_test(lambda report: passed.append(report.passed))
    bot = Patience()
    bot.waitUntil(lambda: bool(passed), timeout=40_000)
    found: dict[str, Any] = {"self_test": passed[0]}
    with AppServer(Thing(name="look", app=True)) as server, core(Path(sys.argv[1])) as made:
        server.html = PAGE
        join(made, server)
        found["allowed"] = ask(made, server, meta=DECLARED, answer=Answer.ALLOW)
        found["denied"] = ask(made, server, meta=DECLARED, answer=Answer.DENY)
        found["undeclared"] = ask(made, server, meta={}, answer=Answer.ALLOW)
        found["rows"] = [row["data"]["name"] for row in made.rows("app_grant_issued")]
    bot.waitUntil(lambda: living_cells() == 0, timeout=20_000)
    print(json.dumps(found), flush=True)
    application.quit()


if __name__ == "__main__":
    main()
