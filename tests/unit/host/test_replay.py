"""A saved exchange is a stranger's file, and the template it is played to is reviewed by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.conversation import ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ViewOpened
from mcphost.domain.exchange import as_json, exchange_json
from mcphost.domain.ids import ConversationId
from mcphost.domain.json import JsonObject
from mcphost.domain.recording import NOT_RECORDED, Recording
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.view import Direction, EntryVerdict
from mcphost.host.record_commands import MAX_EXCHANGE
from mcphost.views.record import MAX_BODIES, MAX_ENTRIES
from tests.helpers.core import Core, core
from tests.helpers.fake_views import entry, report

HELLO = {"appInfo": {"name": "a", "version": "1"}, "protocolVersion": "2026-01-26"}
ASKS = (
    {"jsonrpc": "2.0", "id": 1, "method": "ui/initialize", "params": HELLO},
    {"jsonrpc": "2.0", "method": "ui/notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "buy"}},
)


def _told(number: int, method: str, params: dict[str, Any]) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params})
    plain = {"verdict": EntryVerdict.NONE, "rules": (), "id": "", "direction": Direction.TO_VIEW}
    return entry(number, method=method, body=body, size=len(body), **plain)


def _exchange() -> dict[str, Any]:
    said = report(
        _told(1, "ui/notifications/tool-input", {"arguments": {"bed": "roses"}}),
        _told(2, "ui/notifications/tool-result", {"content": [{"type": "text", "text": "wet"}]}),
        entry(3),
    )
    return json.loads(as_json(exchange_json(said)))


def _play(made: Core, recording: Recording) -> tuple[ToolRun, ConversationId]:
    talk = made.run(made.host.new_conversation("replay"))
    return made.run(made.host.replay(talk, recording)), talk


def _put(made: Core, meta: JsonObject | None = None) -> tuple[Recording, TemplateReview]:
    """A recording, and the approved template that it is played to; *meta* is what that declares."""
    recording = made.run(made.host.read_exchange(json.dumps(_exchange()).encode()))
    recording = replace(recording, meta=meta or {})
    review = made.run(made.host.put_template(recording, b"<p>changed"))
    return recording, made.run(made.host.review_template(review.pin, True))


def test_what_the_inspector_saves_is_an_exchange_that_can_be_played(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        recording = made.run(made.host.read_exchange(json.dumps(_exchange()).encode()))
    assert recording.arguments == {"bed": "roses"}
    assert (recording.server, recording.uri) == ("demo", "ui://demo/planner")


def test_the_largest_record_there_can_be_is_saved_and_played(tmp_path: Path) -> None:
    small = _exchange()["messages"][:2]
    beds = json.dumps(["x" * 60] * (MAX_BODIES // 65 // 10))
    body = f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {{"beds": {beds}}}}}'
    many = [entry(n, body=body if n < 13 else "", size=len(body)) for n in range(3, MAX_ENTRIES)]
    rows = json.loads(as_json(exchange_json(report(*many))))["messages"]
    saved = as_json({**_exchange(), "messages": [*small, *rows]}).encode()
    with core(tmp_path) as made:
        recording = made.run(made.host.read_exchange(saved))
    assert recording.arguments == {"bed": "roses"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "does not fit its schema"),
        ({"format": "har"}, "does not fit its schema"),
        ({"more": 1}, "does not fit its schema"),
        ({"messages": [{"number": 1}]}, "does not fit its schema"),
        ({"messages": []}, "whole input"),
        ({"template": {"uri": "https://x", "sha256": "ab" * 32, "meta": {}}}, "does not fit"),
    ],
)
def test_a_file_that_is_no_exchange_is_refused(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    data = json.dumps(_exchange() | change).encode()
    with core(tmp_path) as made, pytest.raises(UserFacingError, match=why):
        made.run(made.host.read_exchange(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b" " * (MAX_EXCHANGE + 1),
    ],
)
def test_what_is_no_strict_json_object_is_refused(tmp_path: Path, data: bytes) -> None:
    with core(tmp_path) as made, pytest.raises(UserFacingError, match="no exchange"):
        made.run(made.host.read_exchange(data))


def test_a_changed_template_is_approved_for_the_replay_alone(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        recording = made.run(made.host.read_exchange(json.dumps(_exchange()).encode()))
        review = made.run(made.host.put_template(recording, b"<p>changed"))
        assert review.state is ReviewState.PENDING
        with pytest.raises(UserFacingError, match="not been reviewed"):
            _play(made, recording)
        made.run(made.host.review_template(review.pin, True))
        run, _ = _play(made, recording)
        assert run.view is not None
        assert review.pin.server.startswith("replay-")
        other = replace(recording, server="another")
        again = made.run(made.host.put_template(other, b"<p>changed"))
        assert again.state is ReviewState.PENDING
        kinds = {row["kind"] for row in map(json.loads, made.run(made.host.run_rows()))}
        assert kinds.isdisjoint({"frame_intended", "server_started", "server_connected"})


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        recording = made.run(made.host.read_exchange(json.dumps(_exchange()).encode()))
        with pytest.raises(UserFacingError, match="cannot be used"):
            made.run(made.host.put_template(recording, b"\xff\xfe"))


def test_a_closed_replay_opens_again_from_its_record_and_reaches_nobody(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        recording, _ = _put(made)
        run, talk = _play(made, recording)
        assert run.view is not None
        made.run(made.host.close_view(run.view))
        made.run(made.host.open_view(talk, run.id))
        opened = made.seen(ViewOpened)
        assert [event.item for event in opened] == [run.id, run.id]
        for message in ASKS:
            made.post(made.host.view_text, opened[-1].view, json.dumps(message), 0.0)
        said = made.run(made.host.view_report(opened[-1].view)).entries
        assert [each.verdict for each in said if each.rules == (NOT_RECORDED,)] == ["refused"]
        assert made.rows("frame_intended") == []


def test_what_stands_for_the_server_of_a_replay_is_never_connected(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        run, _ = _play(made, _put(made)[0])
        with pytest.raises(UserFacingError, match="is not a server"):
            made.run(made.host.connect(run.server))
        assert made.rows("frame_intended") == []


def test_a_replay_of_an_earlier_run_says_how_it_is_played_again(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        run, talk = _play(made, _put(made)[0])
        assert run.view is not None
        made.run(made.host.close_view(run.view))
    with core(tmp_path) as later, pytest.raises(UserFacingError, match="Play the exchange again"):
        later.run(later.host.open_view(talk, run.id))


def test_no_grant_lets_anything_leave_in_a_replay(tmp_path: Path) -> None:
    host = "https://weather.example.org"
    grant = AppGrant(kind=AppGrantKind.CONNECT, host=host)
    with core(tmp_path) as made:
        recording, review = _put(made, {"csp": {"connectDomains": [host]}})
        run, _ = _play(made, recording)
        assert run.view is not None
        with pytest.raises(UserFacingError, match="Nothing leaves the host in a replay"):
            made.run(made.host.give_to_view(run.view, grant))
        with pytest.raises(UserFacingError, match="Nothing leaves the host in a replay"):
            made.run(made.host.give_app_grant(review.pin, grant))
        assert made.person.consents == []
