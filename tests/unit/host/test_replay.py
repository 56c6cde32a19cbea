"""A saved exchange is a stranger's file, and the template it is played to is reviewed by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.exchange import as_json, exchange_json
from mcphost.domain.template import ReviewState
from mcphost.domain.view import Direction, EntryVerdict
from mcphost.host.record_commands import MAX_EXCHANGE
from mcphost.views.record import MAX_BODIES, MAX_ENTRIES
from tests.helpers.core import core
from tests.helpers.fake_views import entry, report


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
            made.run(made.host.replay(recording))
        made.run(made.host.review_template(review.pin, True))
        run = made.run(made.host.replay(recording))
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
