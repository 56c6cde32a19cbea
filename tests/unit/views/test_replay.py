"""A played View: answered from the record, never by anybody else, and what is missing is said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.exchange import exchange_json
from mcphost.domain.recording import NOT_RECORDED, RECORDED, Recording, recording_of
from mcphost.domain.tool import Effect
from mcphost.domain.view import EntryVerdict, ViewReport
from mcphost.storage.downloads import DownloadsFolder
from tests.helpers.gate_parts import Stage, tool
from tests.helpers.view_parts import ViewHouse, eventually, until


def _says(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


def _call(house: ViewHouse, view: Any, id: int, name: str, **arguments: object) -> None:
    params = {"name": name, "arguments": arguments, "_meta": {"progressToken": id}}
    house.say(view, {"id": id, "method": "tools/call", "params": params})


async def _recorded() -> ViewReport:
    """A View that called three times, twice the same, and was refused once."""
    tools = (tool("look"), tool("hidden", visible_to_app=False))
    house = ViewHouse(Stage(judged={"look": Effect.READ, "hidden": Effect.READ}), tools)
    house.stage.connection.replies += [_says("one"), _says("two"), _says("roses")]
    view = await house.ready()
    view.result(_says("the run"))
    for id, arguments in ((5, {}), (6, {}), (7, {"bed": "roses"})):
        _call(house, view, id, "look", **arguments)
        await until(lambda id=id: house.answers(id))
    _call(house, view, 8, "hidden")
    await until(lambda: house.answers(8))
    report = house.deck.report(view.id)
    await house.end()
    return report


def _played(recording: Recording) -> ViewHouse:
    return ViewHouse(recording=recording)


def _text(house: ViewHouse, id: int) -> str:
    return house.answers(id)[0]["result"]["content"][0]["text"]


def test_what_was_saved_is_what_is_played() -> None:
    recording = recording_of(exchange_json(asyncio.run(_recorded())))
    assert recording.result == _says("the run")
    assert [call.method for call in recording.calls] == ["ui/initialize", *["tools/call"] * 4]
    assert recording.tool_info["name"] == "look"


def test_a_request_is_answered_as_it_was_then_in_order_and_nothing_leaves() -> None:
    async def scene() -> None:
        house = _played(recording_of(exchange_json(await _recorded())))
        view = await house.ready()
        _call(house, view, 31, "look", bed="roses")
        for id in (32, 33, 34):
            _call(house, view, id, "look")
        assert [_text(house, id) for id in (31, 32, 33, 34)] == ["roses", "one", "two", "two"]
        _call(house, view, 35, "hidden")
        assert "refused by rule" in house.answers(35)[0]["error"]["message"]
        assert house.stage.connection.sent == []
        assert house.stage.audit.kinds().count("action_decided") == 0
        assert house.deck.report(view.id).entries[-2].rules == (RECORDED,)
        await house.end()

    asyncio.run(scene())


def test_a_file_that_was_saved_is_answered_again_and_saved_nowhere(tmp_path: Path) -> None:
    def offer(house: ViewHouse, view: Any, id: int, blob: str) -> None:
        file = {"type": "resource", "resource": {"uri": "file:///a.bin", "blob": blob}}
        params = {"contents": [file]}
        house.say(view, {"id": id, "method": "ui/download-file", "params": params})

    async def scene() -> None:
        made = ViewHouse(saver=DownloadsFolder(tmp_path / "then"))
        view = await made.ready()
        view.gesture(1.0)
        offer(made, view, 1, "AAEC")
        await eventually(lambda: made.answers(1))
        played = _played(recording_of(exchange_json(made.deck.report(view.id))))
        played.saver = DownloadsFolder(tmp_path / "now")
        again = await played.ready()
        offer(played, again, 2, "AAEC")
        offer(played, again, 3, "AAED")
        assert played.answers(2)[0]["result"] == {}
        assert "no answer to this method" in played.answers(3)[0]["error"]["message"]
        await made.end()
        await played.end()

    asyncio.run(scene())
    assert [path.name for path in tmp_path.iterdir()] == ["then"]


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "tools/call", "params": {"name": "look", "arguments": {"bed": "herbs"}}},
        {"method": "tools/call", "params": {"name": "buy"}},
        {"method": "ui/open-link", "params": {"url": "https://example.org/"}},
        {"method": "ui/message", "params": {"content": {"type": "text", "text": "hi"}}},
        {"method": "resources/read", "params": {"uri": "file:///x"}},
    ],
)
def test_what_is_not_in_the_record_is_an_error_and_is_listed(asked: dict[str, Any]) -> None:
    async def scene() -> None:
        house = _played(recording_of(exchange_json(await _recorded())))
        view = await house.ready()
        view.gesture(1.0)
        house.say(view, {"id": 9, **asked})
        assert "the record has no answer" in house.answers(9)[0]["error"]["message"]
        heard = house.deck.report(view.id).entries[-2]
        assert (heard.verdict, heard.rules) == (EntryVerdict.REFUSED, (NOT_RECORDED,))
        assert (house.stage.opened, house.stage.broker.asked) == ([], [])
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize("method", ["ui/notifications/tool-input", "ui/notifications/tool-result"])
def test_a_record_without_the_whole_input_or_result_is_not_played(method: str) -> None:
    report = asyncio.run(_recorded())
    entries = tuple(
        replace(each, body=each.body[:5], missing=each.size - 5) if each.method == method else each
        for each in report.entries
    )
    with pytest.raises(UserFacingError, match="does not hold the whole"):
        recording_of(exchange_json(replace(report, entries=entries)))


def test_an_answer_that_was_not_kept_whole_is_not_played() -> None:
    report = asyncio.run(_recorded())
    entries = tuple(
        replace(each, body="", missing=each.size) if "roses" in each.body else each
        for each in report.entries
    )
    recording = recording_of(exchange_json(replace(report, entries=entries)))
    assert len(recording.calls) == 4
