"""The linters themselves: each house rule that they hold is seen to fire on a planted offence."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.tree import ROOT

DOORS = [
    ("import sqlite3\n", "mcphost/chat/planted.py"),
    ("import httpx\n", "mcphost/gate/planted.py"),
    ("import keyring\n", "mcphost/servers/planted.py"),
    ("import bleach\n", "ui/panes/planted.py"),
    ("import subprocess\n", "mcphost/views/planted.py"),
    ("import asyncio\n\nasyncio.create_subprocess_exec\n", "mcphost/gate/planted.py"),
    ("from PySide6.QtWebEngineCore import QWebEnginePage\n", "ui/panes/planted.py"),
    ("from PySide6.QtGui import QDesktopServices\n", "ui/dialogs/planted.py"),
    ("from PySide6.QtCore import QEventLoop\n", "ui/dialogs/planted.py"),
    ("from unittest.mock import Mock\n", "mcphost/gate/planted.py"),
]
IMPORTS = [
    ("import PySide6\n", "mcphost/domain/planted.py", "mcphost never imports ui or Qt"),
    ("import mcphost.host\n", "mcphost/storage/planted.py", "mcphost layers"),
    ("import asyncio\n", "mcphost/policy/planted.py", "domain, protocol and policy are pure"),
    ("import mcp\n", "mcphost/servers/planted.py", "the official SDK is a development dependency"),
    ("import asyncio\n", "ui/panes/planted.py", "only ui.bridge touches asyncio"),
    ("import mcphost.gate\n", "ui/models/planted.py", "ui reaches the core only through"),
]


@pytest.mark.parametrize(("source", "name"), DOORS)
def test_ruff_refuses_a_second_door(source: str, name: str) -> None:
    command = ["ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", name, "-"]
    said = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, input=source, capture_output=True, text=True
    )
    assert said.returncode == 1
    assert "TID251" in said.stdout


@pytest.fixture(scope="module")
def broken_contracts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the packages with every wrong import planted."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in ("mcphost", "ui"):
        shutil.copytree(ROOT / package, copy / package)
    for source, name, _ in IMPORTS:
        (copy / name).write_text(source, encoding="utf-8")
    said = _lint_imports(copy)
    assert said.returncode == 1
    return said.stdout.split("Broken contracts")[1]


@pytest.mark.parametrize("contract", [contract for _, _, contract in IMPORTS])
def test_import_linter_refuses_a_wrong_import(broken_contracts: str, contract: str) -> None:
    assert contract in broken_contracts


def _lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    call = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    return subprocess.run(
        [sys.executable, "-c", call], cwd=tree, capture_output=True, text=True, check=False
    )
