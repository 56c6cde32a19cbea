"""Content-addressed files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest
from mcphost.storage.blobs import BlobStore


def only_file(folder: Path) -> Path:
    [path] = [path for path in folder.rglob("*") if path.is_file()]
    return path


def test_bytes_come_back_under_their_digest(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    name = store.put(b"<html>")
    assert name == hashlib.sha256(b"<html>").hexdigest()
    assert store.get(name) == b"<html>"
    assert store.put(b"<html>") == name
    assert only_file(tmp_path).read_bytes() == b"<html>"


def test_an_altered_blob_is_never_returned(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    name = store.put(b"<html>")
    only_file(tmp_path).write_bytes(b"<HTML>")
    with pytest.raises(StorageError, match="altered"):
        store.get(name)


def test_putting_again_heals_an_altered_blob(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    name = store.put(b"<html>")
    only_file(tmp_path).write_bytes(b"<HTML>")
    store.put(b"<html>")
    assert store.get(name) == b"<html>"


def test_a_missing_blob_is_a_storage_error_and_deleting_it_is_fine(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    name = store.put(b"x")
    store.delete(name)
    store.delete(name)
    with pytest.raises(StorageError, match="could not be read"):
        store.get(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65])
def test_only_digests_name_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="not a digest"):
        BlobStore(tmp_path).get(Digest(name))


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    name = hashlib.sha256(b"x").hexdigest()
    (tmp_path / name[:2]).write_text("in the way")
    with pytest.raises(StorageError, match="could not be written"):
        BlobStore(tmp_path).put(b"x")
