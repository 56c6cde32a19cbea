"""`sampling/createMessage` of a View: what is taken, and what is refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import ViewProtocolError
from mcphost.domain.sampling import SampleTurn
from mcphost.protocol.apps_sampling import MAX_TEXT, MAX_TOKENS, MAX_TURNS, parse_create_message

USER = {"role": "user", "content": {"type": "text", "text": "hi"}}
MODEL = {"role": "assistant", "content": [{"type": "text", "text": "a"}]}


def test_text_of_one_or_several_blocks_is_taken_and_the_length_is_capped() -> None:
    several = {**USER, "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    params: dict[str, Any] = {
        "messages": [USER, MODEL, several],
        "maxTokens": 10**9,
        "modelPreferences": {"hints": [{"name": "best"}]},
        "includeContext": "allServers",
        "_meta": {"progressToken": 0},
    }
    asked = parse_create_message(3, params)
    assert asked.asked.turns == (
        SampleTurn(by_model=False, text="hi"),
        SampleTurn(by_model=True, text="a"),
        SampleTurn(by_model=False, text="a\nb"),
    )
    assert (asked.asked.max_tokens, asked.progress_token) == (MAX_TOKENS, 0)


def test_what_hides_is_spelled_out_for_person_and_model_alike() -> None:
    hidden = {**USER, "content": {"type": "text", "text": "pay\u202eme"}}
    params: dict[str, Any] = {"messages": [hidden], "maxTokens": 1, "systemPrompt": "\u200bbe"}
    asked = parse_create_message(1, params).asked
    assert (asked.turns[0].text, asked.system) == ("pay⟨U+202E⟩me", "⟨U+200B⟩be")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tools": [{"name": "x"}]}, "`tools` is not taken"),
        ({"toolChoice": {"mode": "auto"}}, "`toolChoice` is not taken"),
        ({"messages": []}, "one or more"),
        ({"messages": "hi"}, "one or more"),
        ({"messages": [USER] * (MAX_TURNS + 1)}, "more than 64 messages"),
        ({"messages": [{"role": "system", "content": []}]}, "neither `user` nor"),
        ({"messages": [USER, MODEL]}, "first and the last"),
        ({"messages": [{"role": "user", "content": {"type": "image"}}]}, "other than text"),
        ({"messages": [{"role": "user"}]}, "without `content`"),
        ({"systemPrompt": "x" * MAX_TEXT}, "characters"),
        ({"systemPrompt": 1}, "must be text"),
        ({"maxTokens": 0}, "maxTokens"),
        ({"maxTokens": True}, "maxTokens"),
        ({"maxTokens": None}, "maxTokens"),
    ],
)
def test_what_this_host_does_not_do_is_refused_in_words(
    changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(ViewProtocolError, match=words):
        parse_create_message(1, {"messages": [USER], "maxTokens": 10, **changed})
