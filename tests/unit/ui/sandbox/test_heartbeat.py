"""The heartbeat by itself: who does not answer, and who uses too much."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, cast

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWebEngineCore import QWebEnginePage

from ui.sandbox import heartbeat as heartbeat_module
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.heartbeat import Heartbeat
from ui.sandbox.vitals import Vitals

SHORT = ViewBudget(beats=2, idle_beats=4, max_threads=64, hung_seconds=0.5)


class Silent(QObject):
    """A page whose renderer never answers and is no process of this machine."""

    def renderProcessPid(self) -> int:  # noqa: N802
        return 0

    def runJavaScript(self, *_question: Any) -> None:  # noqa: N802
        return


def _beats(
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    *,
    threads: int = 20,
    work: float = 0.0,
    budget: ViewBudget = SHORT,
) -> list[str]:
    """What is said of a renderer that *work*s so many seconds a beat, after so many beats."""
    spent = count(0.0, work)

    def look(_pid: int) -> Vitals:
        return Vitals(cpu_seconds=next(spent), threads=threads, page_faults=0, resident_bytes=0)

    monkeypatch.setattr(heartbeat_module, "look_at", look)
    page, said = Silent(), list[str]()
    heartbeat = Heartbeat(cast("QWebEnginePage", page), budget)
    heartbeat.missed.connect(said.append)
    heartbeat.overran.connect(said.append)
    heartbeat.start()
    for _ in range(times):
        heartbeat._beat()
    heartbeat.stop()
    return said


def test_a_renderer_that_never_answers_is_hung_even_when_it_does_nothing(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _beats(monkeypatch, 4) == []
    assert _beats(monkeypatch, 5) == ["the App has not answered for 2 seconds"]


def test_a_renderer_that_works_and_does_not_answer_is_hung_sooner(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _beats(monkeypatch, 2, work=1.0) == []
    assert _beats(monkeypatch, 3, work=1.0) == ["the App has not answered for 1 seconds"]


def test_a_renderer_with_too_many_threads_is_ended(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _beats(monkeypatch, 1, threads=64) == []
    assert _beats(monkeypatch, 1, threads=65) == ["65 threads (limit 64)"]


def test_a_large_app_that_begins_slowly_on_a_busy_computer_is_not_hung(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 7 MB of a published server need a second of the processor, here ten beats long."""
    assert _beats(monkeypatch, 10, work=0.1, budget=ViewBudget()) == []
    assert _beats(monkeypatch, 10, work=0.5, budget=ViewBudget()) != []


class Dying(Silent):
    """Its questions are answered only by its end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[Callable[[object], None]] = []

    def runJavaScript(self, *question: Any) -> None:  # noqa: N802
        self.open.append(question[-1])


def test_the_answer_that_a_dying_page_gives_is_nothing_to_look_at(qapp: object) -> None:
    page = Dying()
    heartbeat = Heartbeat(cast("QWebEnginePage", page), SHORT)
    heartbeat.start()
    heartbeat._beat()
    (answer,) = page.open
    shiboken6.delete(page)
    answer(None)
