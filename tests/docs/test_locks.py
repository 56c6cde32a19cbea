"""The lock files: everything by version and hash, nothing by address, and hashes do count."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.docs.tree import ROOT

LOCKS = [ROOT / "packaging" / "run.lock", ROOT / "packaging" / "test.lock"]
ENTRY = re.compile(r"^([a-z0-9._-]+)==\S+( ; [^\\\n]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$")


def _entries(lock: Path) -> list[str]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    body = "\n".join(line for line in lines if not line.startswith("#"))
    return re.split(r"\n(?=[a-z0-9])", body)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_entry_has_one_version_and_hashes_and_nothing_else(lock: Path) -> None:
    assert not [entry for entry in _entries(lock) if not ENTRY.match(entry)]


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["window"], *extras["test"]]
    names = {re.split(r"[\[<>=]", text)[0].lower() for text in wanted}
    locked = {entry.split("==")[0] for lock in LOCKS for entry in _entries(lock)}
    assert names <= locked


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    wheel = _tiny_wheel(tmp_path)
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    venv.create(tmp_path / "environment", with_pip=True)
    refused = _install(tmp_path, right[::-1])
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stdout
    assert _install(tmp_path, right).returncode == 0


def _tiny_wheel(folder: Path) -> Path:
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def _install(folder: Path, digest: str) -> subprocess.CompletedProcess[str]:
    """Install the tiny wheel through the very function that the set-up uses."""
    environment = folder / "environment"
    (folder / "tiny.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    call = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "import layers; layers.install_locked(layers.Layer(folder=Path(sys.argv[2])), "
        "Path(sys.argv[3]))"
    )
    arguments = [ROOT / "packaging" / "stage", environment, folder / "tiny.lock"]
    return subprocess.run(
        [sys.executable, "-c", call, *map(str, arguments)],
        env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
