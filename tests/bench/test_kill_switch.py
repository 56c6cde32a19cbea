"""P10: how long after the switch the last byte leaves, with 20 busy Views, servers and tunnels."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mcphost.domain.events import KillSwitchChanged, ServerChanged
from mcphost.domain.kill import ALL
from mcphost.domain.summaries import Link
from tests.bench.conftest import JUDGED, Figures
from tests.helpers.busy_core import Busy, busy_core, switched_on

TRIALS = 20 if JUDGED else 2
QUIET = 2.0
"""Seconds without a byte after which a trial is over."""


def _alive(pid: int) -> bool:
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] not in "ZX"


def _watch_to_the_end(pid: int, ended: list[float]) -> None:
    clock = threading.Event()
    while _alive(pid) and not clock.wait(0.005):
        continue
    ended.append(time.monotonic())


def _trial(busy: Busy, pull: Callable[[Busy], float]) -> float:
    """Seconds from the switch to the last byte at any tap, or to the end of the local program."""
    busy.fill()
    began = time.monotonic()
    clock = threading.Event()
    while min(tap.last for tap in busy.taps.values()) < began:
        assert not clock.wait(0.02)
        assert time.monotonic() < began + 60, {n: t.last for n, t in busy.taps.items()}
    ended: list[float] = []
    watcher = threading.Thread(target=_watch_to_the_end, args=(busy.group, ended))
    watcher.start()
    pulled = pull(busy)
    busy.core.wait(KillSwitchChanged, switched_on)
    clock.wait(QUIET)
    watcher.join(30)
    return max(busy.last_byte(), *ended) - pulled


def _press(busy: Busy) -> float:
    at = time.monotonic()
    busy.core.host.pull(ALL)
    busy.core.runtime.submit(busy.core.host.kill(ALL))
    return at


def _flag_while_blocked(busy: Busy) -> float:
    """The main thread spins and answers nobody; somebody else makes the file."""
    made: list[float] = []

    def touch() -> None:
        made.append(time.monotonic())
        (busy.home / "kill" / "all").touch()

    threading.Timer(0.1, touch).start()
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        continue
    return made[0]


def _resume(busy: Busy) -> None:
    busy.core.events.clear()
    busy.core.run(busy.core.host.resume(ALL))
    for key in (busy.server.key, "demo"):
        busy.core.wait(
            ServerChanged,
            lambda e, k=key: e.summary.config.key == k and e.summary.link is Link.ONLINE,
        )
    busy.core.events.clear()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("way", "pull"), [("pressed", _press), ("flag file, main thread blocked", _flag_while_blocked)]
)
def test_p10_the_last_byte_leaves_within_a_second_of_the_switch(
    tmp_path: Path,
    figures: Figures,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    pull: Callable[[Busy], float],
) -> None:
    took: list[float] = []
    with busy_core(tmp_path / "home", monkeypatch) as busy:
        for _ in range(TRIALS):
            took.append(_trial(busy, pull))
            _resume(busy)
    what = f"kill switch ({way}), last byte of {TRIALS} trials with 20 Views"
    figures.at_most(what, max(took), 1.0, "s")
