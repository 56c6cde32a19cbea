"""Saved files: new, the person's own, whole or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mcphost.domain.errors import StorageError
from mcphost.storage.downloads import DownloadsFolder


@pytest.mark.requirement("APPS-31")
def test_what_is_there_already_is_never_overwritten(tmp_path: Path) -> None:
    save = DownloadsFolder(tmp_path)
    assert [save("a.csv", b"1"), save("a.csv", b"2")] == ["a.csv", "a (1).csv"]
    assert (tmp_path / "a.csv").read_bytes() == b"1"
    assert (tmp_path / "a (1).csv").read_bytes() == b"2"


def test_a_link_that_waits_there_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    (tmp_path / "a.csv").symlink_to(target)
    assert DownloadsFolder(tmp_path)("a.csv", b"1") == "a (1).csv"
    assert not target.exists()


def test_a_file_is_the_persons_alone_and_never_runs(tmp_path: Path) -> None:
    DownloadsFolder(tmp_path / "new")("run.sh", b"#!/bin/sh")
    mode = stat.S_IMODE((tmp_path / "new" / "run.sh").stat().st_mode)
    assert mode == 0o600


@pytest.mark.requirement("APPS-31")
@pytest.mark.parametrize("name", ["../a", "a/b", ".hidden", "", "..", "a\x00"])
def test_a_name_that_is_not_fit_is_refused_here_too(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError):
        DownloadsFolder(tmp_path)(name, b"1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_whole_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        DownloadsFolder(tmp_path)("a.csv", b"1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="downloads folder"):
        DownloadsFolder(tmp_path / "file" / "inner")("a.csv", b"1")
