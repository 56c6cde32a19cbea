"""Opens and closes Views and prints what stays.

`python -m tests.helpers.view_cycles [COUNT [warm]]`. Each View waits until the one before is gone.
With `warm` none waits: the next is opened as soon as one has spoken, in a frame that was made just
before and may not be up yet. One line for each tenth of the way, and one after `SETTLED` Views:
Views so far, resident memory of this process and of everything it started, its open files, the
engine's processes (helpers, and a renderer for each View left behind). It ends with 1 when files,
processes or memory have grown since `SETTLED`. Linux; an ordinary user.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.processes import process_tree
from ui.sandbox.environment import prepare_environment

COUNT = 1_000
SETTLED = 10
FILES, MEGABYTES = 3, 30
"""What may come on top of the start: a file opened late, caches that fill once."""
PAGE = "<script>parent.postMessage({method: 'hello'}, '*')</script>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """What is there while no View is open."""

    megabytes: float
    tree_megabytes: float
    files: int
    processes: int

    def is_flat_since(self, start: Stay) -> bool:
        """Whether nothing has grown since *start*."""
        return (
            self.files <= start.files + FILES
            and self.processes <= start.processes
            and self.megabytes <= start.megabytes + MEGABYTES
        )

    def __str__(self) -> str:
        memory = f"{self.megabytes:.1f} MB own, {self.tree_megabytes:.1f} MB with children"
        return f"{memory}, {self.files} files, {self.processes} engine processes"


def main() -> None:
    """Open, close, print."""
    prepare_environment()
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QWidget

    from tests.helpers.engine import launch_of
    from ui.sandbox.cell import living_cells
    from ui.sandbox.sandbox_view import SandboxView
    from ui.sandbox.self_test import run_self_test
    from ui.sandbox.spare import SpareFrame

    count = int(sys.argv[1]) if sys.argv[1:] else COUNT
    warm = sys.argv[2:] == ["warm"]
    application = QApplication(sys.argv[:1])
    tested: list[object] = []
    run_self_test(tested.append)
    while not tested:
        QTest.qWait(5)
    stays: list[Stay] = []
    window, spare, taken = QWidget(), SpareFrame.shared(), 0
    for number in range(1, count + 1):
        if warm:
            spare.keep(window)
            spare.make()
        heard: list[str] = []
        view = SandboxView(launch_of(PAGE))
        view.text_received.connect(lambda text, _at, heard=heard: heard.append(text))
        view.show()
        view.start()
        taken += warm and spare._assembly is None
        while not heard:
            QTest.qWait(2)
        view.close_view()
        view.deleteLater()
        settles = number == SETTLED or number % max(count // 10, SETTLED) == 0
        if settles:
            spare.stop()
        while living_cells() and (settles or not warm):
            QTest.qWait(2)
        if settles:
            QTest.qWait(300)  # the last renderer is still on its way out
            stays.append(_what_stays())
            print(f"{number}: {stays[-1]}", flush=True)
    print(f"{taken} in frames that were made before")
    application.exit()
    sys.exit(0 if stays[-1].is_flat_since(stays[0]) else 1)


def _what_stays() -> Stay:
    tree = process_tree(os.getpid())
    return Stay(
        megabytes=_resident(os.getpid()),
        tree_megabytes=sum(map(_resident, tree)),
        files=len(os.listdir("/proc/self/fd")),
        processes=len(tree) - 1,
    )


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
