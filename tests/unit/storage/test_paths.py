"""Where state is kept, and who else may write there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mcphost.domain.errors import StorageError
from mcphost.storage.paths import Paths


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path / "a" / "home")
    assert {mode(paths.home), mode(paths.blobs), mode(paths.policies)} == {0o700}


def test_the_environment_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCPHOST_HOME", str(tmp_path / "elsewhere"))
    paths = Paths.from_environment()
    assert paths.home == tmp_path / "elsewhere"
    inside = (paths.database, paths.audit, paths.blobs, paths.policies)
    assert {path.parent for path in inside} == {paths.home}


def test_without_the_variable_the_platform_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MCPHOST_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Paths.from_environment().home == tmp_path / "mcphost"


def test_a_home_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(StorageError, match="other accounts may write"):
        Paths.under(tmp_path)
    assert mode(tmp_path) == 0o777


def test_a_home_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="MCPHOST_HOME"):
        Paths.under(tmp_path / "file")
