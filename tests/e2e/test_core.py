"""The mission without a window: the real demo server, the real gate, the real log."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest

from mcphost.domain.consent import Answer
from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import (
    ContextShelfChanged,
    DraftOffered,
    ItemChanged,
    ServerChanged,
    TemplateChanged,
    ViewClosed,
    ViewOpened,
    ViewPosted,
)
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.domain.template import ReviewState
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.host import DEMO_KEY
from mcphost.protocol.subscriptions import LISTEN
from tests.helpers.core import Core, TestPerson, core

NEWS = Path(__file__).parent.parent / "helpers" / "servers" / "sdk_news.py"
GROWING = Path(__file__).parent.parent / "helpers" / "servers" / "growing.py"
FORM = {"name": "Ada", "street": "Elm Street", "offers": ["kale"]}


def connected(made: Core, *, approve: bool = True) -> Core:
    made.run(made.host.connect(DEMO_KEY))
    if approve:
        for review in made.run(made.host.templates()):
            made.run(made.host.review_template(review.pin, True))
    return made


def run_tool(made: Core, tool: str, arguments: dict[str, object] | None = None) -> ToolRun:
    conversation = made.run(made.host.new_conversation(tool))
    return made.run(made.host.run_tool(conversation, DEMO_KEY, tool, arguments or {}))  # type: ignore[arg-type]


def open_app(made: Core) -> ViewId:
    run = run_tool(made, "garden_overview")
    assert run.view is not None
    shake_hands(made, run.view)
    return run.view


def shake_hands(made: Core, view: ViewId) -> None:
    say(made, view, {"id": 0, "method": "ui/initialize", "params": {}})
    say(made, view, {"method": "ui/notifications/initialized"})


def say(made: Core, view: ViewId, message: dict[str, object], *, at: float = 1.0) -> None:
    text = json.dumps({"jsonrpc": "2.0", **message})
    made.post(made.host.view_text, view, text, at)


def answer(made: Core, id: int) -> dict[str, object]:
    event = made.wait(ViewPosted, lambda e: json.loads(e.text).get("id") == id)
    return json.loads(event.text)


def test_where_a_run_is_on_the_path_is_said_once(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        run = run_tool(connected(made), "garden_overview")
        assert run.state is RunState.DONE, run.text
        said = [e.item for e in made.seen(ItemChanged) if e.item.id == run.id]
        assert len(said) > 2
        assert all(one != other for one, other in itertools.pairwise(said))


@pytest.mark.requirement("MCP-102")
def test_a_question_nobody_caused_is_never_drawn_and_the_same_one_after_a_run_is(
    tmp_path: Path,
) -> None:
    with core(tmp_path, person=TestPerson(form=FORM)) as made:
        connected(made)
        assert made.person.elicitations == []
        assert len(made.rows("elicitation_refused")) == 1
        run = run_tool(made, "join_seed_swap")
        assert run.state is RunState.DONE, run.text
        assert len(made.person.elicitations) == 1


def test_with_nobody_to_ask_nothing_state_changing_leaves(tmp_path: Path) -> None:
    with core(tmp_path, person=TestPerson(present=False), automation=True) as made:
        connected(made)
        run = run_tool(made, "record_watering", {"bed_id": "herbs", "litres": 2})
        assert run.state is RunState.REFUSED
        assert "ask-write-tool" in run.text
        assert "permit(" in run.text
        sent = [r["data"]["method"] for r in made.rows("frame_intended")]
        assert "tools/call" not in sent


def test_the_rule_a_refusal_prints_permits_exactly_that_call(tmp_path: Path) -> None:
    nobody = TestPerson(present=False)
    arguments: dict[str, object] = {"bed_id": "herbs", "litres": 2}
    with core(tmp_path / "a", person=nobody, automation=True) as made:
        text = run_tool(connected(made), "record_watering", arguments).text
    rule = text[text.index("permit(") : text.index(");") + 2]
    with core(tmp_path / "b", person=nobody, automation=True, policy=rule) as made:
        connected(made)
        assert run_tool(made, "record_watering", arguments).state is RunState.DONE
        assert run_tool(made, "order_seeds", {"seed": "kale", "packets": 1}).state is (
            RunState.REFUSED
        )


def test_no_view_is_opened_before_or_without_consent(tmp_path: Path) -> None:
    with core(tmp_path, person=TestPerson(answer=Answer.DENY)) as made:
        connected(made)
        assert run_tool(made, "record_watering", {"bed_id": "herbs", "litres": 2}).state is (
            RunState.REFUSED
        )
        assert made.seen(ViewOpened) == []


@pytest.mark.requirement("MCP-027", "MCP-041")
def test_a_template_nobody_approved_is_not_drawn_but_the_text_is_there(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        connected(made, approve=False)
        run = run_tool(made, "garden_overview")
        assert run.state is RunState.DONE
        assert run.view_state is ViewState.NEEDS_REVIEW
        assert "Tomatoes" in run.text
        assert made.seen(ViewOpened) == []


def test_a_template_changed_on_disk_is_refused(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        connected(made)
        for blob in (tmp_path / "blobs").rglob("*"):
            if blob.is_file():
                blob.chmod(0o600)
                blob.write_bytes(blob.read_bytes().replace(b"Kitchen", b"Kitschen"))
        run = run_tool(made, "garden_overview")
        assert run.view_state is ViewState.FAILED
        assert made.seen(ViewOpened) == []


@pytest.mark.requirement("APPS-20", "MCP-026")
def test_a_click_in_a_view_walks_the_same_path_as_a_direct_call(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        made.post(made.host.view_gesture, view, 0.9)
        params = {"name": "record_watering", "arguments": {"bed_id": "herbs", "litres": 2}}
        say(made, view, {"id": 1, "method": "tools/call", "params": params})
        assert "result" in answer(made, 1)
        [asked] = made.person.consents
        assert json.loads(asked.canonical)["params"] == params
        kinds = [row["lineage"] for row in made.rows("consent_asked")]
        assert kinds == ["gesture"]


def test_a_view_without_a_gesture_may_read_but_never_asks(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        say(made, view, {"id": 1, "method": "tools/call", "params": {"name": "garden_overview"}})
        assert "result" in answer(made, 1)
        params = {"name": "record_watering", "arguments": {"bed_id": "herbs", "litres": 2}}
        say(made, view, {"id": 2, "method": "tools/call", "params": params})
        assert "prompt-needs-gesture" in str(answer(made, 2)["error"])
        assert made.person.consents == []


def test_a_view_cannot_call_a_tool_that_is_not_there(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        made.post(made.host.view_gesture, view, 0.9)
        say(made, view, {"id": 1, "method": "tools/call", "params": {"name": "no_such_tool"}})
        assert "refused by rule" in str(answer(made, 1)["error"])


@pytest.mark.requirement("APPS-32")
def test_what_an_app_says_becomes_a_draft_and_a_shelf_item_never_a_message(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        block = [{"type": "text", "text": "buy\u202e seeds"}]
        say(made, view, {"id": 3, "method": "ui/message", "params": {"content": block}}, at=0.5)
        assert answer(made, 3)["result"] == {"isError": True}
        assert made.seen(DraftOffered) == []
        made.post(made.host.view_gesture, view, 0.9)
        say(made, view, {"id": 1, "method": "ui/message", "params": {"content": block}})
        assert made.wait(DraftOffered).text == "buy⟨U+202E⟩ seeds"
        params = {"content": block}
        say(made, view, {"id": 2, "method": "ui/update-model-context", "params": params})
        assert answer(made, 2)["result"] == {}
        assert len(made.wait(ContextShelfChanged).items) == 1


def test_an_app_does_not_put_back_what_a_person_took_off_the_shelf(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        params = {"content": [{"type": "text", "text": "notes"}]}
        say(made, view, {"id": 1, "method": "ui/update-model-context", "params": params})
        shown = made.wait(ContextShelfChanged)
        made.run(made.host.drop_context(shown.conversation, shown.items[0].key))
        say(made, view, {"id": 2, "method": "ui/update-model-context", "params": params})
        assert "took away" in str(answer(made, 2)["error"])
        assert made.run(made.host.shelf(shown.conversation)) == []
        made.post(made.host.view_gesture, view, 0.9)
        say(made, view, {"id": 3, "method": "ui/update-model-context", "params": params})
        assert answer(made, 3)["result"] == {}


@pytest.mark.requirement("APPS-29", "APPS-T14")
def test_only_https_links_are_opened_and_only_after_a_yes(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        for number, url in enumerate(("javascript:alert(1)", "file:///etc/passwd"), start=1):
            made.post(made.host.view_gesture, view, 0.9)
            say(made, view, {"id": number, "method": "ui/open-link", "params": {"url": url}})
            assert answer(made, number)["result"] == {"isError": True}
        assert made.opened == []
        made.post(made.host.view_gesture, view, 0.9)
        link = {"url": "https://example.com/a"}
        say(made, view, {"id": 9, "method": "ui/open-link", "params": link})
        assert answer(made, 9)["result"] == {}
        assert made.opened == ["https://example.com/a"]


def test_an_app_that_never_initialises_is_said_so_in_place(tmp_path: Path) -> None:
    with core(tmp_path, initialize_seconds=0.2) as made:
        run = run_tool(connected(made), "garden_overview")
        event = made.wait(
            ItemChanged, lambda e: isinstance(e.item, ToolRun) and "handshake" in e.item.view_note
        )
        assert isinstance(event.item, ToolRun)
        assert event.item.text == run.text
        assert event.item.view_state is ViewState.LIVE


def test_what_was_said_of_a_late_app_is_taken_back_when_it_arrives(tmp_path: Path) -> None:
    def notes(made: Core) -> list[str]:
        cards = [event.item for event in made.seen(ItemChanged)]
        return [card.view_note for card in cards if isinstance(card, ToolRun)]

    with core(tmp_path, initialize_seconds=0.2) as made:
        run = run_tool(connected(made), "garden_overview")
        made.wait(ItemChanged, lambda _event: "handshake" in notes(made)[-1])
        assert run.view is not None
        shake_hands(made, run.view)
        made.wait(ItemChanged, lambda _event: notes(made)[-1] == "")


@pytest.mark.requirement("APPS-T15")
def test_an_app_that_crashes_is_closed_and_said_so(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        view = open_app(connected(made))
        gone = ViewIncident(kind=IncidentKind.RENDERER_GONE, detail="signal 9")
        made.post(made.host.view_incident, view, gone)
        assert "crashed" in made.wait(ViewClosed).reason
        with pytest.raises(UserFacingError):
            made.run(made.host.view_launch(view))


@pytest.mark.requirement("APPS-36")
def test_a_reopened_app_gets_the_recorded_input_and_result(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        connected(made)
        conversation = made.run(made.host.new_conversation("x"))
        run = made.run(made.host.run_tool(conversation, DEMO_KEY, "garden_overview", {}))
        assert run.view is not None
        made.run(made.host.close_view(run.view))
        made.run(made.host.open_view(conversation, run.id))
        again = made.seen(ViewOpened)[-1].view
        shake_hands(made, again)
        made.wait(ViewPosted, lambda e: e.view == again and "tool-result" in e.text)


def test_every_frame_that_left_has_a_decision_before_it(tmp_path: Path) -> None:
    with core(tmp_path, person=TestPerson(form=FORM)) as made:
        connected(made)
        run_tool(made, "join_seed_swap")
        decided = {row["seq"] for row in made.rows("action_decided")}
        frames = made.rows("frame_intended")
        assert len(frames) >= 6
        for frame in frames:
            assert frame["data"]["decided_seq"] in decided
            assert frame["data"]["decided_seq"] < frame["seq"]
        assert made.run(made.host.verify_log())[0]


def test_a_view_whose_template_is_rejected_is_closed_at_once(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        open_app(connected(made))
        [review] = made.run(made.host.templates())
        made.run(made.host.review_template(review.pin, False))
        assert "rejected" in made.wait(ViewClosed).reason


def test_a_tool_registered_later_is_found_when_the_server_says_so(tmp_path: Path) -> None:
    key = ServerKey("growing")
    command = StdioCommand(argv=(sys.executable, str(GROWING)))
    with core(tmp_path) as made:
        config = ServerConfig(key=key, title="Growing", endpoint=command)
        made.run(made.host.add_server(config, keep=False))
        made.run(made.host.connect(key))
        made.wait(ServerChanged, lambda e: e.summary.config.key == key and e.summary.tools == 2)
        names = [each.tool.name for each in made.run(made.host.tools(key))]
        assert names == ["first", "second"]
        sent = {row["data"]["method"] for row in made.rows("frame_intended")}
        assert LISTEN not in sent  # an older server knows no such request


@pytest.mark.requirement("MCP-068")
def test_what_a_server_of_now_changes_is_noticed_and_a_changed_template_waits_for_review(
    tmp_path: Path,
) -> None:
    key = ServerKey("news")
    with core(tmp_path) as made:
        command = StdioCommand(argv=(sys.executable, str(NEWS), "stdio"))
        server = ServerConfig(key=key, title="News", endpoint=command)
        made.run(made.host.add_server(server, keep=False))
        made.run(made.host.connect(key))
        [first] = made.run(made.host.templates())
        made.run(made.host.review_template(first.pin, True))
        talk = made.run(made.host.new_conversation("news"))
        made.run(made.host.run_tool(talk, key, "repaint", {}))
        changed = made.wait(TemplateChanged, lambda e: e.review.pin.content != first.pin.content)
        assert changed.review.state is ReviewState.PENDING
        made.run(made.host.run_tool(talk, key, "grow", {}))
        made.wait(ServerChanged, lambda e: e.summary.config.key == key and e.summary.tools == 4)
        run = made.run(made.host.run_tool(talk, key, "show", {}))
        assert run.view is None
        listens = [r for r in made.rows("action_decided") if r["data"]["method"] == LISTEN]
        assert {row["lineage"] for row in listens} == {"background"}
        assert len(listens) == 2  # the lists first, then with the template
