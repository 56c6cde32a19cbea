"""The guards of `tests/conftest.py` are seen to fire, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.tree import ROOT

NOISY = {
    "a stray log line": (
        "import logging\ndef test_it():\n    logging.getLogger('x').warning('oh')\n"
    ),
    "a stray warning": "import warnings\ndef test_it():\n    warnings.warn('oh')\n",
    "a thread left behind": (
        "import threading\ndef test_it():\n"
        "    threading.Thread(target=threading.Event().wait, args=(300,), daemon=True).start()\n"
    ),
    "a Qt warning": "from PySide6.QtCore import qWarning\ndef test_it(qapp):\n    qWarning('oh')\n",
}


def _pytest(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_planted.py").write_text(source, encoding="utf-8")
    guards = (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8")
    assert "_THREAD_PATIENCE = 10.0" in guards
    hasty = guards.replace("_THREAD_PATIENCE = 10.0", "_THREAD_PATIENCE = 0.5")
    (folder / "conftest.py").write_text(hasty, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml")]
    return subprocess.run(
        [*command, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},  # what the guards import
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("noise", NOISY.values(), ids=NOISY.keys())
def test_a_noisy_test_fails(tmp_path: Path, noise: str) -> None:
    said = _pytest(tmp_path, noise)
    assert said.returncode == 1, said.stdout


def test_an_expected_log_line_is_no_noise(tmp_path: Path) -> None:
    marked = "import pytest\n@pytest.mark.expects_log('oh')\n" + (
        "def test_it():\n    import logging\n    logging.getLogger('x').warning('oh dear')\n"
    )
    assert _pytest(tmp_path, marked).returncode == 0
