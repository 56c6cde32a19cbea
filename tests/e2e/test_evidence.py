"""The log as a user holds it: good after a run, exported whole, and an edited byte is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.apps import APPS
from tests.helpers.cli import Cli


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A home in which one call has been refused."""
    cli = Cli(tmp_path_factory.mktemp("evidence") / "home")
    server = f"stdio:{' '.join(APPS['sdk'].command())} stdio"
    assert cli.run("call", server, "show_counter").code == 1
    return cli


def test_a_log_nobody_touched_is_good(used: Cli) -> None:
    verdict = used.run("audit", "verify")
    assert verdict.code == 0
    assert verdict.out.startswith("good: ")
    assert "checkpoint " in verdict.out


def test_an_edited_byte_is_found_at_its_entry(used: Cli, tmp_path: Path) -> None:
    wanted = used.rows("server_connected")[0]
    copy = tmp_path / "copy.db"
    whole = (used.home / "audit.db").read_bytes()
    old = f'"at":"{wanted["at"]}"'.encode()
    assert whole.count(old) == 1
    copy.write_bytes(whole.replace(old, old[:-3] + b"Q" + old[-2:]))
    verdict = used.run("audit", "verify", copy)
    assert verdict.code == 1
    assert f"at entry {wanted['seq']}" in verdict.out
    told = used.run("audit", "verify", copy, "--json")
    assert (told.code, told.json["status"], told.json["atSeq"]) == (1, "tampered", wanted["seq"])


def test_a_file_that_is_no_log_is_unreadable(used: Cli, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("this is not a database")
    assert used.run("audit", "verify", other).code == 3
    assert used.run("audit", "verify", tmp_path / "absent.db").code == 3


def test_the_export_has_every_row_in_order(used: Cli, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    ended = used.run("audit", "export", "--output", file)
    assert ended.code == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert f"wrote {len(rows)} rows" in ended.said[0]
    assert rows == used.rows()


def test_an_export_that_cannot_be_written_says_so(used: Cli, tmp_path: Path) -> None:
    ended = used.run("audit", "export", "--output", tmp_path / "absent" / "log.jsonl")
    assert ended.code in (2, 3)
    assert "cannot write" in ended.complaint


def test_the_tail_is_one_sentence_a_row(used: Cli) -> None:
    ended = used.run("audit", "tail", "-n", "3")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 3
    assert "The host ended." in ended.out.splitlines()[-1]
    told = used.run("audit", "tail", "-n", "1", "--json")
    assert json.loads(told.out)["kind"] == "run_ended"


def test_an_empty_home_has_an_empty_log(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "new")
    assert cli.run("audit", "tail").code == 0
    for words in (("audit", "export"), ("audit", "verify")):
        ended = cli.run(*words)
        assert ended.code in (0, 3)
        assert len(ended.said) <= 1
