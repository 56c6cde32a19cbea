"""The record names every message without reading the large ones again."""

from __future__ import annotations

import asyncio
import json

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.tool import Effect
from mcphost.domain.view import Direction, EntryVerdict, IncidentKind, ViewIncident
from mcphost.views import record
from tests.helpers.gate_parts import Stage, asks_form, tool
from tests.helpers.view_parts import ViewHouse, until

LISTED = [
    ("view", "ui/initialize"),
    ("host", "ui/initialize (answer)"),
    ("view", "ui/notifications/initialized"),
    ("host", "ui/notifications/tool-input"),
    ("view", "ping"),
    ("host", "ping (answer)"),
    ("view", "nonsense"),
    ("host", "nonsense (error)"),
    ("host", "ui/notifications/tool-result"),
    ("host", "ui/resource-teardown"),
    ("view", "ui/resource-teardown (answer)"),
]


@pytest.mark.requirement("MCP-027")
def test_every_message_is_listed_under_its_method() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        house.say(view, {"id": 1, "method": "ping"})
        house.say(view, {"id": 2, "method": "nonsense"})
        view.result({"content": []})
        ended = asyncio.create_task(view.close("over"))
        await asyncio.sleep(0)
        house.say(view, {"id": 1, "result": {}})
        await ended
        listed = [(e.direction[:4], e.method) for e in house.deck.report(view.id).entries]
        assert listed == LISTED
        await house.end()

    asyncio.run(scene())


def test_an_id_is_not_kept_when_it_is_too_long_to_be_one() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        for number in range(3):
            message = {"id": f"{number}" + "i" * 1_000, "method": "tools/list", "more": 1}
            house.say(view, message)  # a key too many: it is not taken, and never answered
        assert max((len(str(id)) for id in view._record._open), default=0) < 300
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize("id", [True, 1.0, "1", None])
def test_only_a_number_answers_what_the_host_asked(id: object) -> None:
    """To Python each of the first two is the same key as 1."""

    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        ended = asyncio.create_task(view.close("over"))
        await asyncio.sleep(0)
        house.say(view, {"id": id, "result": {}})
        house.say(view, {"id": 1, "result": {}})
        await ended
        *_, other, answer = house.deck.report(view.id).entries
        assert (other.method, other.answers) == ("? (answer)", None)
        assert answer.method == "ui/resource-teardown (answer)"
        await house.end()

    asyncio.run(scene())


def test_what_the_host_says_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    real = record.json.loads

    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        monkeypatch.setattr(record, "json", Counting())
        view.result({"content": [{"type": "text", "text": "large"}]})
        assert parsed == []
        assert house.deck.report(view.id).entries[-1].method == "ui/notifications/tool-result"
        await house.end()

    class Counting:
        def loads(self, text: str) -> object:
            parsed.append(text)
            return real(text)

    asyncio.run(scene())


def test_a_call_is_listed_with_its_rule_and_what_the_server_was_told_and_said() -> None:
    async def scene() -> None:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        house.stage.connection.replies.append({"content": [{"type": "text", "text": "leaves"}]})
        view = await house.ready()
        house.say(view, {"id": 7, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.answers(7))
        asked, left, came, answer = house.deck.report(view.id).entries[-4:]
        assert [each.direction.value for each in (asked, left, came, answer)] == [
            *("view→host", "host→server", "server→host", "host→view")
        ]
        assert (asked.verdict, bool(asked.rules)) == (EntryVerdict.ALLOWED, True)
        assert {each.answers for each in (left, came, answer)} == {asked.number}
        decided = house.stage.audit.of(AuditKind.ACTION_DECIDED)[-1]
        assert asked.invocation == left.invocation == decided.invocation
        assert list(asked.rules) == decided.data["rules"]
        assert json.loads(left.body) == house.stage.connection.sent[-1]
        assert json.loads(came.body)["content"][0]["text"] == "leaves"
        await house.end()

    asyncio.run(scene())


def test_a_refused_call_says_which_rule_and_nothing_leaves() -> None:
    async def scene() -> None:
        house = ViewHouse(tools=(tool("look", visible_to_app=False),))
        view = await house.ready()
        house.say(view, {"id": 7, "method": "tools/call", "params": {"name": "look"}})
        await until(lambda: house.answers(7))
        asked, answer = house.deck.report(view.id).entries[-2:]
        assert (asked.verdict, answer.method) == (EntryVerdict.DENIED, "tools/call (error)")
        row = house.stage.audit.last(AuditKind.ACTION_DECIDED)
        assert list(asked.rules) == row["rules"]
        assert asked.reason
        assert house.deck.summaries()[0].refused == 1
        await house.end()

    asyncio.run(scene())


def test_a_person_who_says_no_is_on_the_record() -> None:
    async def scene() -> None:
        house = ViewHouse(tools=(tool("buy"),))
        house.stage.broker.hold = asyncio.Event()
        house.stage.broker.answer = Answer.DENY
        view = await house.ready()
        house.click_and_call(view, "buy")
        await until(lambda: house.stage.broker.asked)
        asked = house.deck.report(view.id).entries[-1]
        assert asked.verdict is EntryVerdict.ASKED
        house.stage.broker.hold.set()
        await until(lambda: house.answers(1))
        asked = house.deck.report(view.id).entries[asked.number - 1]
        assert asked.verdict is EntryVerdict.DENIED
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"id": 3, "method": "nonsense"}, "does not speak nonsense"),
        ({"id": 3, "method": "ui/open-link", "params": {}}, "`url` must be"),
        ({"id": True, "method": "ping"}, "an id that is neither"),
    ],
)
def test_what_the_host_does_not_take_says_why(message: dict[str, object], why: str) -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.ready()
        house.say(view, message)
        (heard,) = (e for e in house.deck.report(view.id).entries[-2:] if e.verdict)
        assert heard.verdict is EntryVerdict.REFUSED
        assert why in heard.reason
        await house.end()

    asyncio.run(scene())


def test_what_a_person_answered_to_a_server_is_never_on_the_record() -> None:
    async def scene() -> None:
        house = ViewHouse(Stage(judged={"look": Effect.READ}), (tool("look"),))
        house.stage.broker.content = {"name": "private words"}
        house.stage.connection.replies += [
            asks_form({"name": {"type": "string"}}, "opaque"),
            {"content": []},
        ]
        view = await house.ready()
        house.click_and_call(view, "look")
        await until(lambda: house.answers(1))
        assert "private words" in str(house.stage.connection.sent[-1])
        entries = house.deck.report(view.id).entries
        assert [e.method for e in entries if e.direction is Direction.FROM_SERVER] == [
            "tools/call (question)",
            "tools/call (answer)",
        ]
        assert not [e for e in entries if "private words" in e.body or "opaque" in e.body]
        await house.end()

    asyncio.run(scene())


def test_the_first_and_the_newest_messages_are_kept_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record, "MAX_ENTRIES", record.FIRST + 10)
    made = record.ViewRecord(opened_at=0.0)
    for number in range(record.FIRST + 50):
        made.heard(json.dumps({"method": f"m{number}"}), 1.0)
    numbers = [each.number for each in made.entries()]
    assert numbers[: record.FIRST] == list(range(1, record.FIRST + 1))
    assert numbers[record.FIRST :] == list(range(record.FIRST + 41, record.FIRST + 51))
    assert made.total == record.FIRST + 50


@pytest.mark.parametrize("letter", ["x", "ж"])
def test_bodies_take_no_more_than_they_may_and_what_is_cut_is_said(letter: str) -> None:
    made = record.ViewRecord(opened_at=0.0)
    for _ in range(record.FIRST + 40):
        made.heard(letter * record.MAX_BODY, 1.0)
    made.heard("y" * (record.MAX_BODY + 5), 1.0)
    entries = made.entries()
    assert sum(len(each.body.encode()) for each in entries) <= record.MAX_BODIES
    assert {each.missing for each in entries if not each.body} == {record.MAX_BODY}
    assert (entries[-1].missing, len(entries[-1].body)) == (5, record.MAX_BODY)
    assert entries[0].body


def test_an_id_that_is_open_already_takes_nothing_from_the_first_request() -> None:
    """What is decided of the first must not be listed at the second, which was refused."""
    made = record.ViewRecord(opened_at=0.0)
    for method in ("tools/call", "ui/open-link"):
        made.heard(json.dumps({"id": 1, "method": method}), 1.0)
    made.judged(1, EntryVerdict.DENIED, "r", "no")
    assert [(e.method, e.verdict) for e in made.entries()] == [
        ("tools/call", EntryVerdict.DENIED),
        ("ui/open-link", EntryVerdict.NONE),
    ]


def test_requests_that_nobody_answers_do_not_pile_up() -> None:
    made = record.ViewRecord(opened_at=0.0)
    for number in range(record._MAX_OPEN + 40):
        made.heard(json.dumps({"id": number, "method": "m"}), 1.0)
    assert list(made._open) == list(range(40, record._MAX_OPEN + 40))


def test_incidents_and_denials_are_a_bounded_list_of_the_first() -> None:
    made = record.ViewRecord(opened_at=0.0)
    fact = ViewIncident(kind=IncidentKind.CONSOLE_ERROR, detail="x")
    for number in range(record.MAX_INCIDENTS + 5):
        made.incident(fact, float(number))
        made.denied(f"no {number}")
    assert (len(made.incidents), len(made.denials)) == (record.MAX_INCIDENTS,) * 2
    assert (made.incidents[0][0], made.denials[0]) == (0.0, "no 0")


def test_names_and_ids_of_a_view_are_cut_where_they_are_listed() -> None:
    made = record.ViewRecord(opened_at=0.0)
    made.heard(json.dumps({"id": "i" * 9_000, "method": "m" * 9_000}), 1.0)
    made.heard('{"id": ' + "9" * 4_000 + ', "method": "m"}', 1.0)
    made.heard('{"id": ' + "9" * 9_000 + ', "method": "m"}', 1.0)
    first, second, third = made.entries()
    assert (len(first.method), len(second.id)) == (120, 120)
    assert len(first.id) <= 120
    assert (third.method, third.id) == ("(not JSON)", "")
