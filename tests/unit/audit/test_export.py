"""The export holds exactly what the log holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mcphost.audit.export import export_lines
from mcphost.audit.verify import verify_file
from mcphost.domain.errors import StorageError
from tests.helpers.audit_files import make_log


def test_the_chain_can_be_checked_from_the_export_alone(tmp_path: Path) -> None:
    path = make_log(tmp_path / "a.db", 700)
    prev = "0" * 64
    for line in export_lines(path):
        assert json.loads(line)["prev"] == prev
        prev = hashlib.sha256(b"\x00" + line.encode()).hexdigest()
    assert verify_file(path).checkpoint == f"702:{prev}"


def test_one_run_can_be_exported(tmp_path: Path) -> None:
    path = make_log(tmp_path / "a.db", 2)
    assert len(list(export_lines(path, run="run"))) == 4
    assert list(export_lines(path, run="other")) == []


def test_exporting_what_is_missing_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        list(export_lines(tmp_path / "a.db"))
