"""The kill switch of a whole core: what it ends, what it refuses, what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcphost.domain.audit import AuditRecord
from mcphost.domain.conversation import RunState, ViewState
from mcphost.domain.errors import KillSwitchOn
from mcphost.domain.events import AuditAppended, KillSwitchChanged, ServerChanged, ViewOpened
from mcphost.domain.ids import ServerKey
from mcphost.domain.kill import ALL, KillScope, parse_scope
from mcphost.domain.summaries import Link
from mcphost.views.deck import ViewDeck
from tests.helpers.core import core

DEMO = ServerKey("demo")


def _off(event: KillSwitchChanged) -> bool:
    return not event.kills


def test_what_is_stopped_is_refused_whatever_the_policy_says(tmp_path: Path) -> None:
    with core(tmp_path, policy="permit(principal, action, resource);", automation=True) as run:
        run.run(run.host.connect(DEMO))
        run.run(run.host.kill(ALL))
        with pytest.raises(KillSwitchOn, match="mcphost kill --resume"):
            run.run(run.host.connect(DEMO))
        decided = run.rows("action_decided")[-1]["data"]
        assert (decided["verdict"], decided["rules"]) == ("deny", ["kill-switch"])


def test_the_program_of_a_local_server_is_ended_and_comes_back_on_resume(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.connect(DEMO))
        run.run(run.host.kill(parse_scope("server:demo")))
        stopped = run.wait(ServerChanged, lambda e: "kill switch" in e.summary.problem)
        assert stopped.summary.link is Link.FAILED
        run.wait(AuditAppended, lambda e: e.line.kind == "server_stopped")
        run.events.clear()
        run.run(run.host.resume(parse_scope("server:demo")))
        run.wait(ServerChanged, lambda e: e.summary.link is Link.ONLINE)


def test_an_app_that_is_just_opening_when_all_is_stopped_is_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with core(tmp_path) as run:
        run.run(run.host.connect(DEMO))
        for review in run.run(run.host.templates()):
            run.run(run.host.review_template(review.pin, True))
        make_room = ViewDeck._make_room

        async def stopped_meanwhile(self: ViewDeck, row: AuditRecord) -> None:
            await make_room(self, row)
            await run.host.kill(ALL)

        monkeypatch.setattr(ViewDeck, "_make_room", stopped_meanwhile)
        talk = run.run(run.host.new_conversation("garden"))
        card = run.run(run.host.run_tool(talk, DEMO, "garden_overview", {}))
        assert card.view_state is ViewState.FAILED
        assert "kill switch" in card.view_note
        assert run.seen(ViewOpened) == []


def test_it_stays_on_after_a_restart_and_the_start_says_so(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.kill(ALL))
    with core(tmp_path) as again:
        assert [str(kill.scope) for kill in again.run(again.host.kills())] == ["all"]
        with pytest.raises(KillSwitchOn):
            again.run(again.host.connect(DEMO))
        again.wait(KillSwitchChanged)
        assert again.rows("kill_switch_applied")[0]["data"]["on"] is True
        assert again.rows("kill_switch_turned") == []


def test_a_flag_file_made_by_hand_is_seen_and_recorded(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.connect(DEMO))
        (tmp_path / "kill" / "all").touch()
        run.wait(KillSwitchChanged)
        run.wait(ServerChanged, lambda e: "kill switch" in e.summary.problem)
        run.wait(AuditAppended, lambda e: e.line.kind == "kill_switch_applied")
        run.events.clear()
        turned = run.rows("kill_switch_turned")[-1]
        assert (turned["data"]["how"], turned["data"]["scope"]) == ("flag file", "all")
        (tmp_path / "kill" / "all").unlink()
        run.wait(KillSwitchChanged, _off)
        run.wait(ServerChanged, lambda e: e.summary.link is Link.ONLINE)


def test_every_turn_is_a_row_with_who_scope_and_way(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.kill(parse_scope("conversation:abc")))
        run.wait(KillSwitchChanged)
        run.run(run.host.resume(parse_scope("conversation:abc")))
        run.wait(KillSwitchChanged, _off)
        rows = run.rows("kill_switch_turned")
        assert [(r["data"]["on"], r["principal"], r["data"]["how"]) for r in rows] == [
            (True, "user:local", "window"),
            (False, "user:local", "window"),
        ]


def test_another_server_goes_on_while_one_is_stopped(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.kill(parse_scope("server:other")))
        run.run(run.host.connect(DEMO))
        assert run.run(run.host.tools(DEMO))


def test_a_stopped_conversation_refuses_its_runs_only(tmp_path: Path) -> None:
    with core(tmp_path) as run:
        run.run(run.host.connect(DEMO))
        one, two = (run.run(run.host.new_conversation(name)) for name in "ab")
        run.run(run.host.kill(parse_scope(f"conversation:{one}")))
        tool = run.run(run.host.tools(DEMO))[0].tool.name
        states = [run.run(run.host.run_tool(talk, DEMO, tool, {})).state for talk in (one, two)]
        assert states[0] is RunState.REFUSED
        assert states[1] is not RunState.REFUSED


@pytest.mark.parametrize("text", ["", "server", "server:", "view:a b", "all:x", "planet:x", "*"])
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a scope is"):
        parse_scope(text)


@pytest.mark.parametrize("name", ["everything", "server.", "server.a b", "ALL"])
def test_a_flag_whose_name_says_nothing_stops_everything(tmp_path: Path, name: str) -> None:
    from mcphost.storage.kill_flags import KillFlags

    (tmp_path / name).touch()
    assert [kill.scope for kill in KillFlags(tmp_path).read()] == [ALL]


def test_a_flag_says_who_and_how_and_is_not_believed_more_than_that(tmp_path: Path) -> None:
    from mcphost.storage.kill_flags import KillFlags

    note = json.dumps({"who": "eve\u202e\n", "how": 7, "scope": "view:x"})
    (tmp_path / "server.demo").write_text(note, encoding="utf-8")
    (kill,) = KillFlags(tmp_path).read()
    assert kill.scope == KillScope(kind=parse_scope("server:demo").kind, ident="demo")
    assert "\n" not in kill.who
    assert "\u202e" not in kill.who
