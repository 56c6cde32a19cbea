"""Files named on the command line of a run that is not the caller's own account."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Stage = Callable[[str], ModuleType]


@pytest.fixture
def staging(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A staging folder whose account is this very user, in an empty working folder."""
    work, staged = tmp_path / "work", tmp_path / "staged"
    work.mkdir()
    staged.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("SUDO_UID", raising=False)
    accounts, files = stage("account"), stage("files")
    account = accounts.Account(name="me", uid=os.getuid(), gid=os.getgid(), home=tmp_path)
    return files.Staging(folder=staged, account=account)


def _staged(staging: Any) -> Path:
    """Where the program is to write what the caller wants as `r.json`."""
    name = staging.arguments(["--report", "r.json"])[-1]
    return staging.here / name


@pytest.mark.parametrize("words", [["--report", "r.json"], ["--report=r.json"]])
def test_an_output_lands_where_the_caller_asked(staging: Any, words: list[str]) -> None:
    translated = staging.arguments(["demo", *words])
    assert translated == ["demo", *words]
    (staging.here / "r.json").write_text("report")
    staging.bring_back()
    assert Path("r.json").read_text() == "report"


def test_an_output_elsewhere_lands_there(staging: Any, tmp_path: Path) -> None:
    wanted = tmp_path / "work" / "r.json"
    staged = Path(staging.arguments(["--report", str(wanted)])[-1])
    assert staged != wanted
    staged.write_text("report")
    staging.bring_back()
    assert wanted.read_text() == "report"


def test_an_output_that_was_not_written_leaves_what_was_there(staging: Any) -> None:
    Path("r.json").write_text("old")
    staging.arguments(["demo", "--report", "r.json"])
    staging.bring_back()
    assert Path("r.json").read_text() == "old"


def test_a_link_at_the_wanted_name_is_replaced_and_not_followed(staging: Any) -> None:
    Path("precious").write_text("mine")
    Path("r.json").symlink_to("precious")
    staged = _staged(staging)
    staged.write_text("report")
    staging.bring_back()
    assert Path("precious").read_text() == "mine"
    assert not Path("r.json").is_symlink()


def test_a_link_made_by_the_program_is_not_followed(staging: Any, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    _staged(staging).symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        staging.bring_back()
    assert not Path("r.json").exists()


def test_a_second_name_of_another_file_is_not_brought_back(
    staging: Any, stage: Stage, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    _staged(staging).hardlink_to(secret)
    with pytest.raises(stage("say").CannotRunError):
        staging.bring_back()
    assert not Path("r.json").exists()


def test_a_pipe_made_by_the_program_does_not_hang_the_caller(staging: Any, stage: Stage) -> None:
    os.mkfifo(_staged(staging))
    with pytest.raises(stage("say").CannotRunError):
        staging.bring_back()


def test_a_missing_folder_is_said_before_anything_runs(staging: Any, stage: Stage) -> None:
    with pytest.raises(stage("say").CannotRunError, match="there is no folder"):
        staging.arguments(["--report", "nowhere/r.json"])


def test_inputs_are_copied_and_outputs_of_other_programs_are_not_touched(staging: Any) -> None:
    Path("p.cedar").write_text("rules")
    words = ["call", "demo", "t", "--policy", "p.cedar", "--arguments", "r.json"]
    translated = staging.arguments(words)
    assert Path(translated[4]).read_text() == "rules"
    assert translated[4] != "p.cedar"
    assert [*translated[:4], *translated[5:]] == [*words[:4], *words[5:]]


def test_the_file_of_an_import_is_copied(staging: Any) -> None:
    Path("servers.json").write_text("{}")
    translated = staging.arguments(["servers", "import", "servers.json"])
    assert Path(translated[2]).read_text() == "{}"
    assert translated[2] != "servers.json"


def test_an_audit_log_is_copied_with_its_newest_rows(staging: Any) -> None:
    Path("a.db").write_text("old rows")
    Path("a.db-wal").write_text("new rows")
    translated = staging.arguments(["audit", "verify", "a.db"])
    assert Path(f"{translated[2]}-wal").read_text() == "new rows"
