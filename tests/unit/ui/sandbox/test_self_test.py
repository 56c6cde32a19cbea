"""The self-test passes here, and fails when any one guard does not fire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePermission,
    QWebEngineUrlRequestInfo,
)
from pytestqt.qtbot import QtBot

from mcphost.domain.view import IncidentKind
from tests.helpers.engine import WAIT, OpenView, launch_of
from ui.sandbox import assembly, canary, cell, readiness, scheme_handler
from ui.sandbox import self_test as self_test_module
from ui.sandbox.assembly import Assembly
from ui.sandbox.cell import Cell
from ui.sandbox.guard_words import GUARDS
from ui.sandbox.interceptor import Interceptor
from ui.sandbox.page import LockedPage
from ui.sandbox.rights import Rights
from ui.sandbox.self_test import SelfTestReport, run_self_test

pytestmark = pytest.mark.engine


class _Waited(Assembly):
    """Vacant until its page is up; only then is the canary let in."""

    def __init__(self, rights: Rights, *rest: Any, **named: Any) -> None:
        launch, vacant = rights.launch, Rights()
        assert launch is not None
        # the canary's frame is looser than any App's, so that it reaches what lies behind that
        vacant._snapshot = replace(vacant.snapshot, sandbox=launch.snapshot.sandbox)
        super().__init__(vacant, *rest, **named)
        self.channel.opened.connect(lambda: self.let_in(launch))


@pytest.fixture(params=["own", "waited"])
def frame(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The canary has a frame of its own, or one that waited."""
    if request.param == "waited":
        monkeypatch.setattr(self_test_module, "Assembly", _Waited)
    return request.param


@pytest.fixture(autouse=True)
def restored_gate(
    self_test: SelfTestReport, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SelfTestReport]:
    """Broken guards show after a short deadline; the gate is opened again afterwards."""
    monkeypatch.setattr(self_test_module, "DEADLINE_MS", 1_500)
    yield self_test
    readiness.record_result(())


def _run(qtbot: QtBot) -> SelfTestReport:
    reports: list[SelfTestReport] = []
    run_self_test(reports.append)
    qtbot.waitUntil(lambda: bool(reports), timeout=WAIT)
    return reports[0]


def _failed(report: SelfTestReport) -> set[str]:
    return {name for name, holds, _ in report.checks if not holds}


def test_every_guard_fires_here(self_test: SelfTestReport) -> None:
    assert self_test.passed
    assert {name for name, _, _ in self_test.checks} == set(GUARDS)
    assert self_test.milliseconds < 5_000


def test_every_guard_fires_in_a_frame_that_waited(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test_module, "DEADLINE_MS", 8_000)
    monkeypatch.setattr(self_test_module, "Assembly", _Waited)
    assert _failed(_run(qtbot)) == set()


def test_headers_in_the_form_of_the_stub_are_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    monkeypatch.setattr(scheme_handler, "listed_headers", lambda pairs: {
        QByteArray(name.encode()): QByteArray(value.encode()) for name, value in pairs
    })  # fmt: skip
    assert "content security policy" in _failed(_run(qtbot))


def test_a_filter_that_lets_everything_out_is_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    class Open(Interceptor):
        def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:  # noqa: N802
            self.seen += 1

    monkeypatch.setattr(cell, "Interceptor", Open)
    assert _failed(_run(qtbot)) == {"request filter"}


class _Wanders(LockedPage):
    def acceptNavigationRequest(self, *_arguments: object) -> bool:  # noqa: N802
        return True


class _Talks(LockedPage):
    def javaScriptAlert(self, *_arguments: object) -> None:  # noqa: N802
        return


class _Chooses(LockedPage):
    def chooseFiles(self, *_arguments: object) -> list[str]:  # noqa: N802
        return []


class _Trusts(LockedPage):
    def _on_permission_requested(self, permission: QWebEnginePermission) -> None:
        permission.deny()


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (_Wanders, "navigation"),
        (_Talks, "dialog"),
        (_Trusts, "permission"),
        (_Chooses, "file chooser"),
    ],
)
def test_a_page_hook_that_does_not_fire_is_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, broken: type[LockedPage], check: str, frame: str
) -> None:
    monkeypatch.setattr(assembly, "LockedPage", broken)
    assert check in _failed(_run(qtbot))


def test_a_renderer_without_its_bound_is_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    monkeypatch.setattr(assembly, "limit_memory", lambda _pid, _limit: False)
    report = _run(qtbot)
    assert _failed(report) == {"memory limit"}
    (said,) = (how for name, _, how in report.checks if name == "memory limit")
    assert said.startswith("this was not seen: the kernel holds")


def test_a_canary_that_says_nothing_fails(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    monkeypatch.setattr(canary, "asset_text", lambda _name: "<p>silent")
    report = _run(qtbot)
    by_the_host = {"chromium sandbox", "memory limit", "permission", "download"}
    assert _failed(report) == {name for name, _, _ in report.checks} - by_the_host


def test_a_download_that_nobody_hears_of_is_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    class Deaf(Cell):
        def _on_download_requested(self, request: QWebEngineDownloadRequest) -> None:
            request.cancel()

    monkeypatch.setattr(assembly, "Cell", Deaf)
    assert _failed(_run(qtbot)) == {"download"}


def test_another_policy_than_the_one_that_was_sent_is_noticed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    listed = scheme_handler.listed_headers

    def weaker(pairs: tuple[tuple[str, str], ...]) -> dict[QByteArray, list[QByteArray]]:
        return listed(tuple((n, v.replace("worker-src 'self'", "worker-src *")) for n, v in pairs))

    monkeypatch.setattr(scheme_handler, "listed_headers", weaker)
    assert _failed(_run(qtbot)) == {"content security policy"}


def test_as_root_the_self_test_fails_and_starts_no_engine(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    report = _run(qtbot)
    assert not report.passed
    assert [(name, "ordinary user" in why) for name, _, why in report.checks] == [
        ("chromium sandbox", True)
    ]


def test_after_a_failed_self_test_no_view_starts(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "LockedPage", _Talks)
    assert not _run(qtbot).passed
    view = OpenView(qtbot, launch_of("<p>hello")).start()
    assert "self-test (dialog)" in view.saw(IncidentKind.SANDBOX_REFUSED).detail
    assert view.widget.sandbox_report is None
    view.close()
