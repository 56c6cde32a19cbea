"""Memory bound and end of one renderer process. Main thread.

Law: only exactly the pid that the page names is ever limited or killed; a wrong child of the
engine leaves the profile unable to render.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from PySide6.QtWebEngineCore import QWebEnginePage


def limit_memory(pid: int, limit: int) -> bool:
    """Bound the renderer's memory; True when the bound holds. Linux only: elsewhere no bound."""
    if sys.platform != "linux" or pid <= 0:
        return False
    import resource

    try:
        resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
    except (OSError, ValueError):  # the process is already gone
        return False
    return True


def memory_limit(pid: int) -> int | None:
    """The bound that the kernel holds the renderer to, or None where there is none."""
    if sys.platform != "linux" or pid <= 0:
        return None
    import resource

    try:
        return resource.prlimit(pid, resource.RLIMIT_DATA)[0]
    except (OSError, ValueError):
        return None


def kill_renderer(page: QWebEnginePage) -> None:
    """End the renderer of *page*, and nothing else."""
    pid = page.renderProcessPid()
    if pid > 0:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
