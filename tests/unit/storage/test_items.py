"""Every conversation item survives being stored."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain import conversation
from mcphost.domain.conversation import (
    Item,
    ModelText,
    Notice,
    RunState,
    ServerWork,
    ToolRun,
    UserText,
)
from mcphost.domain.conversation import ViewState as Drawn
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import Json
from mcphost.domain.labels import PERSONS_WORDS, UNKNOWN, app_data, server_data
from mcphost.storage.items import item_from_json, item_to_json

RUN = ToolRun(
    id=ItemId("c"),
    invocation=InvocationId("i"),
    server=ServerKey("demo"),
    server_title="Demo",
    server_identity="1f",
    tool="t",
    title="T",
    by="you",
    arguments={"a": [1, 2.5, None, {"b": True}]},
    changed=True,
    state=RunState.DONE,
    text="text \ud800 ⟨U+202E⟩",
    result={"content": [{"type": "text", "text": "x"}]},
    view=ViewId("v"),
    view_state=Drawn.LIVE,
    view_note="note",
)
EXAMPLES: list[Item] = [
    UserText(id=ItemId("a"), text="hello\n"),
    ModelText(id=ItemId("b"), model="m", text="hi", done=False),
    RUN,
    replace(RUN, work=ServerWork(message="half", done=1.0, total=2.0, since=3.5, task=True)),
    replace(RUN, label=server_data(ServerKey("demo"), "1f").join(app_data(ServerKey("b"), "2e"))),
    UserText(id=ItemId("e"), text="hi", label=PERSONS_WORDS),
    Notice(id=ItemId("d"), text="no", level="error"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_the_examples_cover_every_item_type() -> None:
    assert {type(item) for item in EXAMPLES} == set(get_args(conversation.Item))


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: type(item).__name__)
def test_an_item_comes_back_as_it_was(item: Item) -> None:
    assert item_from_json(json.loads(json.dumps(item_to_json(item)))) == item


@pytest.mark.parametrize("item", EXAMPLES, ids=lambda item: type(item).__name__)
def test_a_missing_field_is_a_storage_error(item: Item) -> None:
    fields = dict(item_to_json(item))
    for name in fields:
        if name not in {"result", "view", "server_identity", "work", "label", "changed", "app"}:
            damaged = {key: value for key, value in fields.items() if key != name}
            with pytest.raises(StorageError):
                item_from_json(damaged)


def test_a_run_of_an_earlier_version_has_no_known_server() -> None:
    fields = {k: v for k, v in item_to_json(RUN).items() if k != "server_identity"}
    item = item_from_json(fields)
    assert isinstance(item, ToolRun)
    assert item.server_identity == ""


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("drawn", Drawn)
def test_every_state_survives(state: RunState, drawn: Drawn) -> None:
    fields = {**item_to_json(RUN), "state": state.value, "view_state": drawn.value}
    item = item_from_json(fields)
    assert isinstance(item, ToolRun)
    assert (item.state, item.view_state) == (state, drawn)


@settings(database=None, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from([*item_to_json(RUN), "done", "level"]), JSON), raw=JSON
)
def test_nonsense_is_a_storage_error_and_nothing_else(fields: dict[str, Json], raw: Json) -> None:
    for untrusted in (raw, fields, {**item_to_json(RUN), **fields}):
        try:
            item_from_json(untrusted)
        except StorageError:
            continue


def test_an_item_from_before_there_were_labels_is_of_nobody_knows_whom() -> None:
    old = {"type": "user_text", "id": "a", "text": "hello"}
    item = item_from_json(old)
    assert isinstance(item, UserText)
    assert item.label == UNKNOWN


@pytest.mark.parametrize(
    "label",
    [
        7,
        {"authors": []},
        {"authors": "x", "owners": []},
        {"authors": [["king", "a", "b"]], "owners": []},
    ],
)
def test_a_damaged_label_is_a_storage_error(label: Json) -> None:
    with pytest.raises(StorageError):
        item_from_json({"type": "user_text", "id": "a", "text": "hello", "label": label})
