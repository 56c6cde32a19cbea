"""Packages of servers that tests talk to and that the tests' own environment cannot hold: each set
in a folder of its own, fetched once, pinned, wheels only.

The folder goes on the search path of the process that is started, and nowhere else.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers.npm import cache_folder, missing

_OLD = ("httpx-sse==0.4.3", "pydantic==2.11.9", "pydantic-core==2.33.2")
SETS: dict[str, tuple[str, ...]] = {
    "2025-06-18": ("mcp==1.12.4", *_OLD),
    "2025-03-26": ("mcp==1.9.4", *_OLD),
    "anywidget": (
        *("anywidget-mcp==0.2.1", "anywidget==0.11.0", "ipywidgets==8.1.9", "traitlets==5.16.1"),
        *("comm==0.2.3", "ipython==9.18.1", "jupyterlab_widgets==3.0.17", "psygnal==0.16.1"),
        *("widgetsnbextension==4.0.16", "ipython_pygments_lexers==1.1.1", "jedi==0.20.1"),
        *("matplotlib-inline==0.2.2", "pexpect==4.9.0", "prompt_toolkit==3.0.53"),
        *("stack-data==0.6.3", "asttokens==3.0.2", "executing==2.3.0", "parso==0.8.7"),
        *("ptyprocess==0.7.0", "wcwidth==0.9.4", "pure_eval==0.2.4", "psutil==7.2.2"),
    ),
}
"""The SDK as it was when a revision was the newest, and what serves AnyWidgets as Apps. What they
need beside this is in the tests' environment.
"""


def package_folder(name: str) -> Path:
    """The folder with the packages of set *name*. Installs at need."""
    root = cache_folder() / "pypi"
    root.mkdir(exist_ok=True)
    done, folder = root / f"{name}.txt", root / name
    wanted = "\n".join(SETS[name])
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, SETS[name])
            done.write_text(wanted)
    return folder


def _install(folder: Path, wanted: tuple[str, ...]) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    words = ["--no-deps", "--only-binary", ":all:", "--target", str(folder), "-q"]
    command = [*pip, *words, *wanted]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        missing(f"pip install failed: {done.stderr.decode(errors='replace')[-500:]}")
