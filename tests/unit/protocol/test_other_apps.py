"""An App that is none here is spoken of, in the host's words alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcphost.domain.json import JsonObject
from mcphost.protocol.other_apps import IN_THE_ANSWER, OF_ANOTHER_KIND, other_app_words
from tests.helpers.gate_parts import tool

PLAIN = replace(tool("look"), ui_resource=None, definition={"name": "look"})
OTHER = replace(PLAIN, definition={"_meta": {"openai/outputTemplate": "ui://widget/x.html"}})
EMBEDDED = {"type": "resource", "resource": {"uri": "ui://garden/x", "mimeType": "text/html"}}


@pytest.mark.parametrize(
    "answer",
    [
        {"_meta": {"ui": {"resourceUri": "ui://garden/x"}}, "content": []},
        {"_meta": {"ui/resourceUri": "ui://garden/x"}, "content": []},
        {"content": [{"type": "text", "text": "4 beds"}, EMBEDDED]},
    ],
)
def test_an_app_that_only_the_answer_brings_is_spoken_of(answer: JsonObject) -> None:
    assert other_app_words(PLAIN, answer) == IN_THE_ANSWER


def test_a_tool_with_an_app_for_one_other_program_says_so() -> None:
    assert other_app_words(OTHER, {"content": []}) == OF_ANOTHER_KIND


@pytest.mark.parametrize(
    "answer",
    [
        {"content": [{"type": "text", "text": "ui://garden/x"}]},
        {"content": "ui://garden/x", "_meta": ["ui://garden/x"]},
        {
            "_meta": {"ui": {"resourceUri": 4}},
            "content": [None, {"resource": {"uri": "file:///x"}}],
        },
    ],
)
def test_an_answer_without_an_app_is_left_alone(answer: JsonObject) -> None:
    assert other_app_words(PLAIN, answer) == ""


def test_a_tool_that_declares_its_app_may_name_it_in_its_answers_too() -> None:
    declaring = replace(OTHER, ui_resource="ui://garden/x")
    assert other_app_words(declaring, {"content": [EMBEDDED]}) == ""
