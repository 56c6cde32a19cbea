"""What a `SecretStore` owes, whether a keyring or only memory is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backends import SecretService

from mcphost.storage.secrets import SecretStore, open_backend
from tests.helpers.keyring_daemon import session_bus, unlocked_keyring


@pytest.fixture(params=["keyring", "memory"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SecretStore]:
    if request.param == "memory":
        yield SecretStore(None, backend="memory", why="a test")
        return
    with session_bus(tmp_path) as address, unlocked_keyring(tmp_path, address):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield open_backend(SecretService.Keyring())


def test_a_secret_comes_back_until_it_is_deleted(store: SecretStore) -> None:
    assert store.get("a") is None
    store.set("a", "first")
    store.set("a", "second ✓ \n")
    assert store.get("a") == "second ✓ \n"
    store.delete("a")
    assert store.get("a") is None


def test_names_do_not_mix(store: SecretStore) -> None:
    store.set("a", "1")
    store.set("b", "2")
    store.delete("a")
    assert (store.get("a"), store.get("b")) == (None, "2")


def test_deleting_what_is_not_there_is_fine(store: SecretStore) -> None:
    store.delete("never")


def test_a_store_says_whether_it_lasts_and_if_not_why(store: SecretStore) -> None:
    assert store.persistent is (store.why == "")
    assert store.persistent is (store.backend != "memory")
