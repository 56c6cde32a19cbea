"""A file of a View is saved by consent to exactly it, in the host's folder, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.json import digest
from mcphost.storage.downloads import DownloadsFolder
from mcphost.views.controller import ViewController
from tests.helpers.view_parts import ViewHouse, eventually

Scene = Callable[[ViewHouse, ViewController], Awaitable[None]]
REPORT = {"type": "resource", "resource": {"uri": "file:///../report.csv", "text": "a;b"}}
LINK = {"type": "resource_link", "uri": "demo://notes.txt", "name": "notes"}
WEB = {"type": "resource_link", "uri": "https://evil.example/x.exe", "name": "x"}


def play(scene: Scene, folder: Path | None) -> None:
    async def whole() -> None:
        house = ViewHouse(saver=None if folder is None else DownloadsFolder(folder))
        await scene(house, await house.ready())
        await house.end()

    asyncio.run(whole())


async def offer(
    house: ViewHouse, view: ViewController, *contents: Any, press: bool = True
) -> dict[str, Any]:
    if press:
        view.gesture(1.0)
    house.say(view, {"id": 1, "method": "ui/download-file", "params": {"contents": contents}})
    await eventually(lambda: house.answers(1))
    return house.answers(1)[0]


@pytest.mark.requirement("APPS-30")
def test_a_file_is_saved_after_consent_to_its_very_bytes(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        answer = await offer(house, view, REPORT)
        assert answer["result"] == {}
        (asked,) = house.stage.broker.asked
        assert (asked.verb, asked.subject) == ("Save a file", "report.csv")
        assert asked.destination == "your downloads folder"
        assert digest(b"a;b").encode() in asked.canonical
        assert house.stage.audit.last(AuditKind.ACTION_DECIDED)["name"] == "report.csv"
        assert house.troubles == ["Saved in your downloads folder: report.csv."]

    play(scene, tmp_path)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("report.csv", b"a;b")]


@pytest.mark.requirement("APPS-30")
@pytest.mark.parametrize("answer", [Answer.DENY, Answer.TIMEOUT, Answer.ABORTED])
def test_without_a_yes_nothing_is_saved_and_the_app_hears_no(
    tmp_path: Path, answer: Answer
) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.answer = answer
        assert (await offer(house, view, REPORT))["result"] == {"isError": True}

    play(scene, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.requirement("APPS-30")
def test_an_app_that_nobody_pressed_may_not_even_ask(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        assert (await offer(house, view, REPORT, press=False))["result"] == {"isError": True}
        assert house.stage.broker.asked == []

    play(scene, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_folder_saves_nothing_and_does_not_say_that_it_could() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        (hello,) = house.answers("hello")
        assert "downloadFile" not in hello["result"]["hostCapabilities"]
        assert (await offer(house, view, REPORT))["result"] == {"isError": True}
        assert "--downloads" in house.deck.report(view.id).denials[-1]
        assert house.stage.audit.of(AuditKind.ACTION_DECIDED) == []

    play(scene, None)


@pytest.mark.requirement("APPS-22")
def test_a_run_with_a_folder_says_so(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, _view: ViewController) -> None:
        (hello,) = house.answers("hello")
        assert hello["result"]["hostCapabilities"]["downloadFile"] == {}

    play(scene, tmp_path)


@pytest.mark.requirement("APPS-31")
def test_a_link_of_the_web_is_fetched_by_nobody(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        assert (await offer(house, view, WEB))["result"] == {"isError": True}
        assert "an address on the web" in house.deck.report(view.id).denials[-1]
        assert (house.stage.broker.asked, house.stage.connection.sent) == ([], [])

    play(scene, tmp_path)


@pytest.mark.requirement("APPS-31")
def test_a_link_of_its_server_is_read_there_and_then_asked_about(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        contents = [{"uri": "demo://notes.txt", "text": "seeds"}]
        house.stage.connection.replies.append({"contents": contents})
        assert (await offer(house, view, LINK))["result"] == {}
        assert [m["method"] for m in house.stage.connection.sent] == ["resources/read"]
        assert len(house.stage.broker.asked) == 1

    play(scene, tmp_path)
    assert (tmp_path / "notes.txt").read_bytes() == b"seeds"


def test_what_can_run_is_said_in_the_question(tmp_path: Path) -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.answer = Answer.DENY
        await offer(house, view, {"type": "resource", "resource": {"uri": "a:/b.exe", "text": ""}})
        (asked,) = house.stage.broker.asked
        assert asked.warnings[0].startswith("b.exe can run something")

    play(scene, tmp_path)


def test_a_disk_that_is_full_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    async def scene(house: ViewHouse, view: ViewController) -> None:
        assert (await offer(house, view, REPORT))["result"] == {"isError": True}
        assert "was not saved" in house.deck.report(view.id).denials[-1]

    play(scene, tmp_path / "file")
