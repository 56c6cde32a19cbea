"""The Python half of `./packaging/run`, `test` and `lock`: standard library only.

Exit codes are those of the program that was started; 3 when it could not be started.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import checks
import lock
import run
import say

CHECKOUT = Path(__file__).resolve().parent.parent.parent
COMMANDS = {"run": run.main, "test": checks.main, "lock": lock.main}


def main() -> int:
    """Dispatch, and turn a refusal into one clear message."""
    command, arguments = sys.argv[1], sys.argv[2:]
    try:
        return COMMANDS[command](CHECKOUT, arguments)
    except say.CannotRunError as refusal:
        say.step(str(refusal))
    except KeyboardInterrupt:
        say.step("stopped")
    except (OSError, subprocess.SubprocessError) as problem:
        say.step(f"could not go on: {problem}")
    return say.CANNOT_RUN


sys.exit(main())
