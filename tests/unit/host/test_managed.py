"""A managed policy that could be somebody else's stops the program; one that is right is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.host.managed import ManagedPlace, managed_place
from mcphost.host.policy import load_policy

FORBID = '@id("no-links")\nforbid(principal, action == McpHost::Action::"open_link", resource);\n'


def place(tmp_path: Path, text: str = FORBID) -> ManagedPlace:
    folder = tmp_path / "policies"
    folder.mkdir(mode=0o755)
    (folder / "10-links.cedar").write_text(text, encoding="utf-8")
    (folder / "readme.txt").write_text("not a policy", encoding="utf-8")
    (folder / "10-links.cedar").chmod(0o644)
    return ManagedPlace(folder=folder, owner=os.geteuid())


def test_its_files_are_read_in_order_and_hold(tmp_path: Path) -> None:
    policy = load_policy((), place(tmp_path))
    assert policy.rules[0].id == "no-links"
    assert [text.managed for text in policy.texts] == [True, False]


def test_without_a_folder_there_is_no_managed_policy(tmp_path: Path) -> None:
    assert ManagedPlace(folder=tmp_path / "none", owner=0).texts() == []


def _of_somebody_else(folder: Path) -> ManagedPlace:
    return ManagedPlace(folder=folder, owner=0)


def _file_is_writable(folder: Path) -> ManagedPlace:
    (folder / "10-links.cedar").chmod(0o666)
    return ManagedPlace(folder=folder, owner=os.geteuid())


def _folder_is_writable(folder: Path) -> ManagedPlace:
    folder.chmod(0o775)
    return ManagedPlace(folder=folder, owner=os.geteuid())


def _unreadable(folder: Path) -> ManagedPlace:
    (folder / "10-links.cedar").chmod(0)
    return ManagedPlace(folder=folder, owner=os.geteuid())


def _no_folder(folder: Path) -> ManagedPlace:
    return ManagedPlace(folder=folder / "10-links.cedar", owner=os.geteuid())


def _dangling(folder: Path) -> ManagedPlace:
    (folder / "20-gone.cedar").symlink_to(folder / "nowhere")
    return ManagedPlace(folder=folder, owner=os.geteuid())


def _no_text(folder: Path) -> ManagedPlace:
    (folder / "10-links.cedar").write_bytes(b"\xff\xfe")
    return ManagedPlace(folder=folder, owner=os.geteuid())


FAULTS: list[tuple[Callable[[Path], ManagedPlace], str]] = [
    (_of_somebody_else, "does not belong to root"),
    (_file_is_writable, "others than root may write"),
    (_folder_is_writable, "others than root may write"),
    (_unreadable, "ermission denied"),
    (_no_folder, "Not a directory"),
    (_dangling, "No such file"),
    (_no_text, "not UTF-8"),
]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
@pytest.mark.parametrize(("fault", "word"), FAULTS, ids=[f[0].__name__ for f in FAULTS])
def test_one_that_cannot_be_relied_on_stops_the_program(
    tmp_path: Path, fault: Callable[[Path], ManagedPlace], word: str
) -> None:
    spoilt = fault(place(tmp_path).folder)
    with pytest.raises(NotConfigured, match="managed policy cannot be relied on") as caught:
        load_policy((), spoilt)
    assert word in str(caught.value)


@pytest.mark.parametrize("text", ["forbid(principal, action", "forbid(principal, action, res);"])
def test_one_that_is_not_understood_stops_the_program(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserFacingError, match=r"10-links\.cedar, line 1"):
        load_policy((), place(tmp_path, text))


def test_the_place_is_the_systems_own_and_no_variable_moves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = managed_place()
    for name in ("MCPHOST_HOME", "HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, "/tmp/elsewhere")
    assert managed_place() == before
