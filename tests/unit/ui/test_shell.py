"""How the process of a window is set up, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from ui.sandbox.environment import prepare_environment
prepare_environment()
from ui.shell import make_application
application = make_application()
print(sys.getswitchinterval())
"""


def test_the_window_need_not_wait_long_for_the_interpreter() -> None:
    """Python's own 5 ms, eleven times over, are what a person sees as a stutter."""
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert float(done.stdout) <= 0.001
