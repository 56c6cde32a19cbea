"""Secrets: a real keyring daemon on a private bus, and what happens without one."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, chainer, fail, null

from mcphost.domain.errors import StorageError
from mcphost.storage.secrets import SecretStore, open_backend
from tests.helpers.keyring_daemon import session_bus, unlocked_keyring


class PlaintextKeyring(KeyringBackend):
    """What a configuration file could name: it would write secrets to a file."""

    priority = 9  # pyright: ignore

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("a plaintext backend was asked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("a plaintext backend was given a secret")


class Chain(chainer.ChainerBackend):
    """A chain with chosen members."""

    backends = ()


Chain.__module__, Chain.__qualname__ = "keyring.backends.chainer", "ChainerBackend"

REPORT = """
import json, sys
from mcphost.storage.secrets import SecretStore
store = SecretStore.open()
store.set("a", "b")
print(json.dumps([store.backend, store.persistent, store.why, store.get("a")]))
"""


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def leaky_library() -> Iterator[None]:
    """`keyring` does not close its connection when no keyring answers on the bus."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def daemon(tmp_path: Path, bus: str) -> Iterator[None]:
    with unlocked_keyring(tmp_path, bus):
        yield


def opened_elsewhere(**environment: str) -> list[object]:
    """What `SecretStore.open` gives a new process."""
    run = subprocess.run(
        [sys.executable, "-c", REPORT],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.usefixtures("daemon")
def test_a_secret_is_kept_by_the_keyring() -> None:
    store = open_backend(SecretService.Keyring())
    assert store.persistent
    assert store.why == ""
    store.set("model-key", "s3cret ✓")
    assert open_backend(SecretService.Keyring()).get("model-key") == "s3cret ✓"
    store.delete("model-key")
    store.delete("model-key")
    assert store.get("model-key") is None


def test_a_new_process_finds_the_keyring_by_itself(tmp_path: Path, bus: str) -> None:
    with unlocked_keyring(tmp_path, bus):
        found = opened_elsewhere(DBUS_SESSION_BUS_ADDRESS=bus)
        assert found == ["keyring.backends.SecretService.Keyring", True, "", "b"]
        assert open_backend(SecretService.Keyring()).get("a") == "b"


def test_no_secret_is_readable_on_the_disk(tmp_path: Path, bus: str) -> None:
    with unlocked_keyring(tmp_path, bus):
        open_backend(SecretService.Keyring()).set("model-key", "very-secret-value")
    written = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert written
    assert all(b"very-secret-value" not in path.read_bytes() for path in written)


@pytest.mark.usefixtures("leaky_library")
def test_a_keyring_that_dies_is_a_storage_error_without_the_secret(
    tmp_path: Path, bus: str
) -> None:
    with unlocked_keyring(tmp_path, bus):
        store = open_backend(SecretService.Keyring())
    with pytest.raises(StorageError, match="Unlock the keyring") as caught:
        store.set("model-key", "very-secret-value")
    assert "very-secret-value" not in str(caught.value)
    with pytest.raises(StorageError):
        store.get("model-key")
    with pytest.raises(StorageError):
        store.delete("model-key")


@pytest.mark.usefixtures("leaky_library", "bus")
def test_a_bus_without_a_keyring_means_memory() -> None:
    store = open_backend(SecretService.Keyring())
    assert not store.persistent
    assert "did not answer" in store.why


@pytest.mark.parametrize("refused", [PlaintextKeyring, null.Keyring, fail.Keyring])
def test_an_untrusted_backend_is_never_asked(refused: type[KeyringBackend]) -> None:
    store = open_backend(refused())
    store.set("a", "b")
    assert (store.backend, store.persistent, store.get("a")) == ("memory", False, "b")
    assert "until mcphost ends" in store.why
    store.delete("a")
    assert store.get("a") is None


def test_a_computer_without_a_keyring_is_told_so_in_words() -> None:
    assert "because no keyring is running here" in open_backend(fail.Keyring()).why


@pytest.mark.usefixtures("daemon")
def test_a_chain_is_judged_by_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "backends", (PlaintextKeyring(), SecretService.Keyring()))
    assert open_backend(Chain()).backend == "keyring.backends.SecretService.Keyring"
    monkeypatch.setattr(Chain, "backends", (PlaintextKeyring(), null.Keyring()))
    assert not open_backend(Chain()).persistent


def test_a_configured_null_keyring_is_refused_in_a_new_process() -> None:
    backend, persistent, why, value = opened_elsewhere(
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"
    )
    assert (backend, persistent, value) == ("memory", False, "b")
    assert "null" in str(why)


def test_a_configured_backend_that_does_not_exist_means_memory() -> None:
    assert opened_elsewhere(PYTHON_KEYRING_BACKEND="no.such.Backend")[:2] == ["memory", False]


def test_no_bus_at_all_means_memory() -> None:
    assert opened_elsewhere(DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")[:2] == [
        "memory",
        False,
    ]


def test_memory_is_not_shared_between_stores() -> None:
    SecretStore(None, backend="memory").set("a", "b")
    assert SecretStore(None, backend="memory").get("a") is None
