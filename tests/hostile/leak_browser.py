"""The browser half of a leak run: shows every document of the corpus and acts the person.

`python -m tests.hostile.leak_browser '{"without": [...], "only": "", "at_once": 8}'`, inside the
namespaces of `leak_run`. Without a guard named this is the product exactly as it ships: prepared
environment, self-test passed, filtering proxy running, one `SandboxView` for each document. With
`"kept": true` and a `"folder"` each View keeps what it stores, in a folder of its own; with
`"code"`, `"webgl"` or `"ask"` (every permission, and sound) each holds these grants, and with
`"warm": true` it is shown in a frame that was ready before it. With `"foreign": PATH` the documents
are those of `corpus.foreign` instead. It prints one line of JSON.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.hostile.open_guards import NEIGHBOUR, take_away

ORDER = json.loads(sys.argv[1])
WITHOUT = tuple(ORDER.get("without", ()))
assert WITHOUT or not ORDER.get("skip_self_test"), "the product never skips its self-test"
take_away(WITHOUT)

from PySide6.QtCore import QObject, QRect, QTimer, QUrl, Slot  # noqa: E402
from PySide6.QtGui import QDesktopServices  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from mcphost.domain.template import DeclaredUi  # noqa: E402
from mcphost.domain.view import FATAL, ViewIncident  # noqa: E402
from mcphost.egress.proxy import EgressProxy  # noqa: E402
from mcphost.policy.csp import app_policy  # noqa: E402
from mcphost.policy.origins import OriginPattern  # noqa: E402
from mcphost.policy.permissions import GRANTABLE  # noqa: E402
from mcphost.policy.snapshot import Grants, PolicySnapshot  # noqa: E402
from mcphost.runtime import Runtime  # noqa: E402
from tests.helpers.engine import launch_of, snapshot_of  # noqa: E402
from tests.hostile.corpus.foreign import Foreign, foreign  # noqa: E402
from tests.hostile.corpus.pages import Page, pages  # noqa: E402
from tests.hostile.corpus.vector import (  # noqa: E402
    GRANTED_HOST,
    NEAR_DOMAIN,
    VICTIM_PREFIX,
    Hand,
    number_in,
)
from tests.hostile.leak_hand import act_on_element, act_on_view  # noqa: E402
from ui.sandbox import network, readiness, scheme_handler  # noqa: E402
from ui.sandbox.cell import living_cells  # noqa: E402
from ui.sandbox.environment import prepare_environment  # noqa: E402
from ui.sandbox.sandbox_view import SandboxView  # noqa: E402
from ui.sandbox.self_test import SelfTestReport, run_self_test  # noqa: E402
from ui.sandbox.spare import SpareFrame  # noqa: E402

SCHEMES = ("mailto", "tel", "leakproto", "sms", "intent", "magnet", "web+leak", "vscode")
"""Of other programs."""
GIVE_UP_MS = 25_000
TAIL_MS = 3_000
DEADLINE_SECONDS = ORDER.get("deadline", 500)


class Outcome(QObject):
    """What this process saw by itself; packets are counted outside of it."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: set[int] = set()
        self.still: set[int] = set()
        self.inside: dict[str, set[int]] = {"external": set(), "other-view": set()}
        self.inadequate: list[str] = []
        self.fatal: list[str] = []
        self.refused_by_proxy: set[str] = set()
        self.self_test: list[str] | None = None
        self.warm = 0
        self.proxy_port = 0
        self.rights: dict[str, PolicySnapshot] = {}
        for scheme in SCHEMES:
            QDesktopServices.setUrlHandler(scheme, self, "launched")

    @Slot(QUrl)
    def launched(self, url: QUrl) -> None:
        """Another program would have been started."""
        number = number_in(url.toString())
        self.inside["external"].add(-1 if number is None else number)

    def allows(self, view: str, host: str, port: int) -> bool:
        """What the core would say, with one more App, which is granted more than any document."""
        held = self.rights.get(view)
        if held is None:
            return view == NEIGHBOUR and host.endswith((f".{NEAR_DOMAIN}", GRANTED_HOST))
        return held.reaches(host, port)

    def watch_replies(self) -> None:
        """Note every document of another App that is served."""
        reply = scheme_handler._reply

        def noted(job: Any, *document: Any) -> None:
            host: str = job.requestUrl().host()
            if host.startswith(VICTIM_PREFIX):
                self.inside["other-view"].add(int(host[-4:], 16))
            reply(job, *document)

        scheme_handler._reply = noted

    def as_json(self) -> str:
        """One line."""
        lines = {name: sorted(value) for name, value in self.inside.items()}
        return json.dumps(
            {
                "pages": len(_documents()),
                "ran": sorted(self.ran),
                "still": sorted(self.still),
                "inadequate": self.inadequate,
                "fatal": self.fatal,
                "refused_by_proxy": sorted(self.refused_by_proxy),
                "self_test": self.self_test,
                "warm": self.warm,
                "proxy_port": self.proxy_port,
                "uid": os.geteuid(),
                "switches": os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", ""),
            }
            | lines
        )


class Showing:
    """One document on show, from its start to its end."""

    def __init__(
        self, page: Page | Foreign, outcome: Outcome, on_over: Callable[[Showing], None]
    ) -> None:
        self._page, self._outcome, self._on_over = page, outcome, on_over
        self._began = False
        self._hand = page.hand
        launch = replace(launch_of(page.html(), _rights(page)), storage=_storage(page))
        if isinstance(page, Foreign):
            launch = replace(launch, html=page.html().encode())  # with its own doctype
        self._id = launch.view
        outcome.rights[launch.view] = launch.snapshot
        self.view = SandboxView(launch)
        self.view.resize(500, 400)
        self.view.text_received.connect(self._on_text)
        self.view.incident.connect(self._on_incident)
        self.view.mounted.connect(self._on_mounted)
        self._timer = QTimer(self.view, singleShot=True, interval=GIVE_UP_MS)
        self._timer.timeout.connect(lambda: on_over(self))
        self._timer.start()
        self.view.show()
        self.view.start()

    def _on_mounted(self) -> None:
        report = self.view.sandbox_report
        if report is None or not report.adequate:
            self._outcome.inadequate.append(f"page {self._page.number}: {report}")

    def _on_incident(self, incident: ViewIncident) -> None:
        if incident.kind in FATAL:
            self._outcome.fatal.append(f"page {self._page.number}: {incident.detail}")

    def _on_text(self, text: str, _at: float) -> None:
        said = json.loads(text)
        if not isinstance(said, dict):
            return
        if "still" in said:
            self._outcome.still.add(said["still"])
            if self._hand.of_the_program:
                act_on_view(self.view, self._hand)
        if "ran" in said and not self._began:  # a document may load itself again
            self._began = True
            self._outcome.ran.add(said["ran"])
            self._timer.start(self._page.settle_ms)
            if self._hand is not Hand.NOTHING and not self._hand.of_the_program:
                QTimer.singleShot(300, self.view, lambda: self.view.query_box("#go", self._act))

    def _act(self, box: QRect | None) -> None:
        made, hand = self.view._assembly, self._hand
        if box is None or made is None or not act_on_element(made, hand, box.center()):
            self._outcome.fatal.append(f"page {self._page.number}: nothing to act on")

    def close(self) -> None:
        """End it."""
        self._timer.stop()
        self.view.close_view()
        self.view.deleteLater()
        self._outcome.rights.pop(self._id)


def _documents() -> tuple[Page, ...] | tuple[Foreign, ...]:
    if "foreign" in ORDER:
        return foreign(Path(ORDER["foreign"]), as_is=bool(ORDER.get("as_is")))
    return pages(ORDER.get("only", ""))


def _storage(page: Page | Foreign) -> Path | None:
    """A folder for a View that keeps what it stores."""
    if not ORDER.get("kept"):
        return None
    folder = Path(ORDER["folder"]) / str(page.number) / "engine"
    folder.mkdir(parents=True)
    return folder


def _rights(page: Page | Foreign) -> PolicySnapshot:
    """Nothing, what the order gives all of them, or one origin, unencrypted so that the canary
    needs no certificate to answer.
    """
    code, ask = bool(ORDER.get("code")), GRANTABLE if ORDER.get("ask") else ()
    granted = Grants(
        permissions=ask,
        sound=bool(ask),
        evaluation=code,
        wasm=code,
        made_scripts=code,
        webgl=bool(ORDER.get("webgl")),
    )
    given = snapshot_of(DeclaredUi(permissions=ask), granted)
    policy = partial(app_policy, evaluation=code, wasm=code, made_scripts=code)
    if not page.granted and not page.framed:
        return given
    origin = (OriginPattern(scheme="http", host=GRANTED_HOST, port=80),)
    if page.framed:
        csp = policy(frame=origin).serialise()
        return replace(given, app_csp=csp, granted=origin, frames=origin)
    csp = policy(connect=origin, resource=origin).serialise()
    return replace(given, app_csp=csp, granted=origin)


class Run:
    """Shows all documents, a few at once, then waits a while for what comes late."""

    def __init__(self, app: QApplication, outcome: Outcome) -> None:
        self._app, self._outcome = app, outcome
        self._left = list(reversed(_documents()))
        self._open: set[Showing] = set()
        self._window = QWidget()
        self._warm = bool(ORDER.get("warm"))

    def start(self) -> None:
        """Begin."""
        if self._warm:
            SpareFrame.shared().keep(self._window)
        for _ in range(ORDER.get("at_once", 8)):
            self._next()

    def _next(self) -> None:
        if self._left and self._warm and not SpareFrame.shared().ready:
            SpareFrame.shared().make()
            QTimer.singleShot(10, self._next)
        elif self._left:
            self._outcome.warm += SpareFrame.shared().ready
            self._open.add(Showing(self._left.pop(), self._outcome, self._on_over))
        elif not self._open:
            QTimer.singleShot(TAIL_MS, self._finish)

    def _on_over(self, showing: Showing) -> None:
        showing.close()
        self._open.discard(showing)
        self._next()

    def _finish(self) -> None:
        SpareFrame.shared().stop()
        if living_cells() and not WITHOUT:
            QTimer.singleShot(50, self._finish)
            return
        print(self._outcome.as_json(), flush=True)
        if WITHOUT:
            os._exit(0)  # pages without guards may have left windows behind
        self._app.quit()


def main() -> None:
    """Prepare, test, show, print."""
    faulthandler.dump_traceback_later(DEADLINE_SECONDS, exit=True)
    prepare_environment(webgl=bool(ORDER.get("webgl")))
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    outcome = Outcome()
    outcome.watch_replies()
    runtime = Runtime()
    runtime.start()
    proxy = EgressProxy(
        allow=outcome.allows,
        on_refused=lambda host, port, _why: outcome.refused_by_proxy.add(f"{host}:{port}"),
    )
    address = runtime.submit(proxy.start()).result(timeout=20)
    outcome.proxy_port = address.port
    network.set_proxy(address.port, address.secret)
    run = Run(app, outcome)

    def tested(report: SelfTestReport) -> None:
        outcome.self_test = [name for name, holds, _ in report.checks if not holds]
        if WITHOUT:
            readiness.record_result(())
        if report.passed or WITHOUT:
            run.start()
        else:
            print(outcome.as_json(), flush=True)
            app.quit()

    if ORDER.get("skip_self_test"):
        readiness.record_result(())
        QTimer.singleShot(0, run.start)
    else:
        run_self_test(tested)
    app.exec()
    runtime.submit(proxy.stop()).result(timeout=20)
    runtime.stop(20)


if __name__ == "__main__":
    main()
