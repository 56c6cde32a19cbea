"""Every way to a local server leads past one question about the exact program (SEP-1024)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.consent import Answer, ConsentMatter
from mcphost.domain.errors import ConsentRefused, UserFacingError
from mcphost.domain.summaries import Link
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.launches import NOTES, script, touch


def started(made: Core) -> int:
    return len(made.rows("server_started"))


def link(made: Core) -> Link:
    return next(s.link for s in made.run(made.host.servers()) if s.config.key == NOTES)


@pytest.mark.requirement("MCP-071")
def test_a_stored_program_is_asked_about_once_and_remembered_over_runs(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        made.run(made.host.connect(NOTES))
        assert len(made.person.consents) == 1
        assert started(made) == 2
    with core(tmp_path / "home") as again:
        again.run(again.host.connect(NOTES))
        assert again.person.consents == []


@pytest.mark.requirement("MCP-071")
def test_the_question_shows_the_whole_command_and_its_dangers(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        asked = made.person.consents[0]
        text = asked.canonical.decode()
        assert str(tmp_path / "notes.py") in text
        assert '"sha256"' in text
        assert "It runs as you" in asked.warnings[0]
        assert asked.matter is ConsentMatter.LAUNCH


@pytest.mark.requirement("MCP-071")
def test_a_changed_file_is_asked_about_again_and_the_change_is_said(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        touch(tmp_path)
        made.run(made.host.connect(NOTES))
        assert "notes.py has other contents than when you" in made.person.consents[1].warnings[0]
        assert made.person.consents[1].rules == ("ask-changed-program",)


@pytest.mark.requirement("MCP-071")
def test_no_means_that_nothing_runs(tmp_path: Path) -> None:
    with core(tmp_path / "home", person=TestPerson(answer=Answer.DENY)) as made:
        made.run(made.host.add_server(script(tmp_path)))
        with pytest.raises(ConsentRefused):
            made.run(made.host.connect(NOTES))
        assert started(made) == 0


@pytest.mark.requirement("MCP-071")
def test_without_a_person_nothing_that_nobody_approved_runs(tmp_path: Path) -> None:
    with core(tmp_path / "home", person=TestPerson(present=False), automation=True) as made:
        made.run(made.host.add_server(script(tmp_path)))
        with pytest.raises(ConsentRefused, match="nobody is here to ask"):
            made.run(made.host.connect(NOTES))
        assert started(made) == 0


@pytest.mark.requirement("MCP-071")
@pytest.mark.parametrize("changed", [False, True])
def test_a_reopened_host_starts_only_what_was_approved(tmp_path: Path, changed: bool) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
    if changed:
        touch(tmp_path)
    with core(tmp_path / "home") as again:
        again.run(again.host.connect_all())
        assert link(again) is (Link.FAILED if changed else Link.ONLINE)
        assert again.person.consents == []
        problem = next(s for s in again.run(again.host.servers()) if s.config.key == NOTES).problem
        assert ("Connect it yourself to see what would run now" in problem) == changed


def test_a_command_typed_for_this_run_is_not_asked_about_until_it_changes(tmp_path: Path) -> None:
    person = TestPerson(answer=Answer.DENY)
    with core(tmp_path / "home", person=person, automation=True) as made:
        made.run(made.host.add_server(script(tmp_path), keep=False))
        made.run(made.host.connect(NOTES))
        made.run(made.host.connect(NOTES))
        assert made.person.consents == []
        touch(tmp_path)
        with pytest.raises(ConsentRefused):
            made.run(made.host.connect(NOTES))
        decided = [r for r in made.rows("action_decided") if "standing" in r["data"]]
        assert [r["data"]["standing"] for r in decided] == ["typed", "typed", "changed"]


def test_what_a_person_approved_goes_with_the_server(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        for _ in range(2):
            made.run(made.host.add_server(script(tmp_path)))
            made.run(made.host.connect(NOTES))
            made.run(made.host.remove_server(NOTES))
        assert len(made.person.consents) == 2


def test_a_policy_file_starts_a_program_without_approving_it(tmp_path: Path) -> None:
    rule = (
        'permit(principal == McpHost::Automation::"cli", '
        'action == McpHost::Action::"start_server", resource == McpHost::Server::"notes");'
    )
    nobody = TestPerson(present=False)
    with core(tmp_path / "home", person=nobody, policy=rule, automation=True) as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        assert link(made) is Link.ONLINE
    with (
        core(tmp_path / "home", person=nobody, automation=True) as again,
        pytest.raises(UserFacingError),
    ):
        again.run(again.host.connect(NOTES))
