"""What a question and its row say of where the data comes from: places and parties, no content."""

from __future__ import annotations

import json

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.errors import ConsentRefused
from tests.helpers.flow_parts import HANDLE, ReadFromBank


def refused(house: ReadFromBank, arguments: dict[str, object]) -> None:
    house.stage.broker.answer = Answer.DENY
    with pytest.raises(ConsentRefused):
        house.ask_shop(arguments)  # type: ignore[arg-type]


def test_a_question_says_which_value_came_from_where_and_what_was_read() -> None:
    house = ReadFromBank()
    refused(house, {"deep": [{"to": HANDLE}], "n": 1})
    [asked] = house.stage.broker.asked
    values, *rest = asked.flow
    assert values.caption == "Where values come from"
    assert values.items == (("/deep/0/to ← a result of bank (balance)", False),)
    assert [fact.caption for fact in rest] == ["What was read before"]
    assert HANDLE not in str(asked.flow)


def test_a_value_behind_an_encoding_is_said_to_be_behind_it() -> None:
    house = ReadFromBank()
    refused(house, {"q": HANDLE.encode().hex()})
    [(line, _)] = house.stage.broker.asked[0].flow[0].items
    assert line.startswith("/q ← a result of bank (balance), behind ")


def test_the_row_names_items_and_parties_and_holds_nothing_that_was_said() -> None:
    house = ReadFromBank()
    refused(house, {"q": HANDLE})
    row = house.stage.audit.last(AuditKind.ACTION_DECIDED)
    flow = row["flow"]
    assert isinstance(flow, dict)
    assert flow["read"] == [{"item": "run-1", "what": "a result of bank (balance)"}]
    assert flow["values"] == [{"at": "/q", "item": "run-1", "how": "exact"}]
    [owner] = flow["owners"]  # type: ignore[misc]
    assert str(owner).startswith("server:bank:")
    rows = json.dumps([each.data for each in house.stage.audit.rows])
    assert HANDLE not in rows
    assert "Your handle" not in rows


def test_a_long_name_in_the_arguments_is_not_written_into_the_row() -> None:
    house = ReadFromBank()
    refused(house, {f"{HANDLE}-as-a-name-of-a-member": HANDLE})
    flow = house.stage.audit.last(AuditKind.ACTION_DECIDED)["flow"]
    assert HANDLE not in json.dumps(flow)
    assert "/…" in json.dumps(flow, ensure_ascii=False)


def test_words_of_a_server_in_the_names_of_its_tools_are_made_visible() -> None:
    house = ReadFromBank(tool_name="bal\u202eance\U000e0041\n← yours")
    refused(house, {"q": HANDLE})
    [(line, _)] = house.stage.broker.asked[0].flow[0].items
    assert not {"\u202e", "\U000e0041", "\n"} & set(line)
