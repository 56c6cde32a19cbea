"""A program that has connected the demo server and then hangs, whole: `python -m … HOME`.

It prints the process group of the demo server, and stops itself as a debugger would.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mcphost.domain.ids import ServerKey
from mcphost.storage.running import running
from tests.helpers.core import core


def main() -> None:
    home = Path(sys.argv[1])
    with core(home) as run:
        run.run(run.host.connect(ServerKey("demo")))
        (here,) = running(home / "running")
        print(*here.groups, flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    main()
