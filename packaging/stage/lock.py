"""`./packaging/lock`: resolve once, write two files that can be installed one after the other.

`run.lock` holds what the program needs, `test.lock` only what the tests need besides. Both name
every file by version and SHA-256, hold for Python 3.11 to 3.14, and name no registry.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import say

_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_HEADER = "# Written by ./packaging/lock. Do not edit.\n"


def main(checkout: Path, arguments: Sequence[str]) -> int:
    """Write both lock files."""
    uv = shutil.which("uv")
    if uv is None:
        say.refuse("needs `uv` on PATH (pip install uv, in an environment of its own)")
    here = checkout / "packaging"
    project, build, extra = checkout / "pyproject.toml", here / "build.in", here / "tools.in"
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "whole.txt"
        old = [here / "run.lock", here / "test.lock"]
        whole.write_text("".join(f.read_text() for f in old if f.exists()), encoding="utf-8")
        command = [uv, "pip", "compile", *_OPTIONS, *arguments]
        _compile([*command, "--extra", "window", "--extra", "test"], whole, project, build, extra)
        run = Path(temporary) / "run.txt"
        run.write_bytes(whole.read_bytes())
        _compile([*command, "--extra", "window"], run, project, build)
        entries, needed = _entries(whole.read_text()), _entries(run.read_text())
    differing = [name for name, text in needed.items() if entries.get(name) != text]
    if differing:
        say.refuse(f"the two resolutions differ in {', '.join(differing)}")
    _write(here / "run.lock", list(needed.values()))
    _write(here / "test.lock", [text for name, text in entries.items() if name not in needed])
    return 0


_OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"),
    *("--no-header", "--no-annotate", "--quiet"),
)


def _compile(command: Sequence[str], output: Path, *sources: Path) -> None:
    say.step(f"resolving {', '.join(source.name for source in sources)}")
    subprocess.run([*command, "-o", str(output), *map(str, sources)], check=True)


def _entries(text: str) -> dict[str, str]:
    starts = [match.start() for match in _ENTRY.finditer(text)]
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return {piece.split("==", 1)[0]: piece.rstrip() for piece in pieces}


def _write(path: Path, entries: Sequence[str]) -> None:
    path.write_text(_HEADER + "\n".join(entries) + "\n", encoding="utf-8")
    say.step(f"{path.name}: {len(entries)} packages")
