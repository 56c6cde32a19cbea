"""What Apps keep: one folder for each grant, one View at a time, nothing without a grant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mcphost.domain.app_grant import KEPT_BYTES, AppGrant, AppGrantKind
from mcphost.domain.errors import StorageError, UserFacingError
from mcphost.domain.ids import Digest
from mcphost.domain.template import TemplatePin
from mcphost.storage.app_grants import AppGrantBook, KeptGrant
from mcphost.storage.kept import KeptStorage
from mcphost.storage.paths import Paths
from mcphost.storage.state import StateStore
from tests.helpers.view_parts import opening

STORAGE = AppGrant(kind=AppGrantKind.STORAGE)
PIN = opening().source.review.pin


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AppGrantBook]:
    state = StateStore.open(Paths.under(tmp_path).database)
    yield state.app_grants
    state.close()


@pytest.fixture
def storage(tmp_path: Path, book: AppGrantBook) -> KeptStorage:
    return KeptStorage(Paths.under(tmp_path).kept, book)


def give(book: AppGrantBook, pin: TemplatePin = PIN, *, at: float = 1.0) -> None:
    book.keep(pin, KeptGrant(grant=STORAGE, given_at=at, given_by="user:local"))


def test_without_the_grant_there_is_no_folder(storage: KeptStorage) -> None:
    assert storage.folder(PIN) is None
    with pytest.raises(UserFacingError, match="nobody allows"):
        storage.take(PIN)


def test_another_grant_finds_no_folder(book: AppGrantBook, storage: KeptStorage) -> None:
    other = AppGrant(kind=AppGrantKind.EVAL)
    book.keep(PIN, KeptGrant(grant=other, given_at=1.0, given_by="user:local"))
    assert storage.folder(PIN) is None


@pytest.mark.parametrize("change", [
    {"server_identity": Digest("0" * 64)}, {"uri": "ui://shop/other"},
    {"content": Digest("1" * 64)}, {"meta": Digest("2" * 64)},
])  # fmt: skip
def test_no_other_pin_and_no_later_grant_finds_it(
    book: AppGrantBook, storage: KeptStorage, change: dict[str, str]
) -> None:
    other = replace(PIN, **change)
    give(book)
    give(book, other)
    first = storage.folder(PIN)
    assert first != storage.folder(other)
    book.forget(PIN, STORAGE)
    give(book, at=2.0)
    assert storage.folder(PIN) not in (first, None)


def test_one_view_has_it_at_a_time(book: AppGrantBook, storage: KeptStorage) -> None:
    give(book)
    folder = storage.take(PIN)
    with pytest.raises(UserFacingError, match="another open App"):
        storage.take(PIN)
    storage.release(folder)
    assert storage.take(PIN) == folder
    assert folder.stat().st_mode & 0o077 == 0


def test_another_program_of_this_home_does_not_get_it_meanwhile(
    book: AppGrantBook, storage: KeptStorage
) -> None:
    give(book)
    lock = storage.take(PIN).parent / "in-use"
    script = f"import fcntl; fcntl.flock(open({str(lock)!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", script]
    tried = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert b"BlockingIOError" in tried.stderr


def test_a_folder_over_the_limit_is_not_opened(book: AppGrantBook, storage: KeptStorage) -> None:
    give(book)
    folder = storage.take(PIN)
    storage.release(folder)
    with (folder / "much").open("wb") as file:
        file.truncate(KEPT_BYTES + 1)
    with pytest.raises(UserFacingError, match="more than 64 MB"):
        storage.take(PIN)


def test_what_is_deleted_cannot_be_written_anew(book: AppGrantBook, storage: KeptStorage) -> None:
    give(book)
    folder = storage.take(PIN)
    (folder / "file").write_text("secret")
    storage.delete(folder.parent)
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        folder.mkdir(parents=True)
    storage.delete(folder.parent)  # again: nothing happens
    storage.sweep()
    book.forget(PIN, STORAGE)
    storage.sweep()
    assert list(folder.parent.parent.iterdir()) == []


def test_what_cannot_be_deleted_is_said(
    book: AppGrantBook, storage: KeptStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(book)
    folder = storage.take(PIN).parent

    def stuck(_path: object) -> None:
        raise PermissionError("stuck")

    monkeypatch.setattr("shutil.rmtree", stuck)
    with pytest.raises(StorageError, match="tries again at its next start"):
        storage.delete(folder)


def test_a_sweep_takes_what_nobody_owns_and_leaves_what_is_not_ours(
    book: AppGrantBook, storage: KeptStorage, tmp_path: Path
) -> None:
    give(book)
    owned = storage.take(PIN)
    root = Paths.under(tmp_path).kept
    (root / ("0" * 64) / "engine").mkdir(parents=True)
    (root / ("1" * 64 + ".gone")).mkdir()
    (root / "somebody's notes").mkdir()
    storage.sweep()
    assert {path.name for path in root.iterdir()} == {owned.parent.name, "somebody's notes"}


def test_only_folders_of_ours_are_ever_deleted(storage: KeptStorage, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "app-storage", tmp_path / ("0" * 64)):
        folder.mkdir(exist_ok=True)
        storage.delete(folder)
        assert folder.is_dir()
