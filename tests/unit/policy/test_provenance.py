"""Where values come from: found as they are, re-spaced, encoded and embedded; bounded in cost."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from mcphost.domain.flow import Piece
from mcphost.domain.json import Json
from mcphost.domain.labels import UNKNOWN
from mcphost.policy import provenance
from mcphost.policy.provenance import MAX_VALUES, trace

SECRET = "order ZX-9921-ALPHA-7731 of quebec"
READ = Piece(id="r", words="a result", label=UNKNOWN, text=f"All is well. {SECRET}. Bye.")


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        "zx9921 alpha 7731 QUEBEC",
        "https://a.example/?q=ZX-9921-ALPHA-7731",
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(base64.b64encode(SECRET.encode())).decode(),
        f"x{base64.urlsafe_b64encode(SECRET.encode()).decode()}",
        SECRET.encode().hex(),
        quote(SECRET, safe=""),
        "ZX\u200b-9921\U000e0041-ALPHA",
        "Z⟨U+200B⟩X-9921-ALPHA",
    ],
)
def test_a_value_that_was_read_is_found_however_it_is_written(value: str) -> None:
    found = trace({"a": {"b": [value]}}, [READ])
    assert [(match.pointer, match.piece.id) for match in found.matches] == [("/a/b/0", "r")]


@pytest.mark.parametrize("value", ["hello", "well", 7, True, None, "a text of its own", ["", {}]])
def test_what_was_not_read_or_is_too_short_is_not_found(value: Json) -> None:
    found = trace({"a": value}, [READ])
    assert (found.matches, found.whole) == ((), True)


def test_a_name_that_is_long_enough_to_carry_something_is_a_value() -> None:
    found = trace({SECRET: 1}, [READ])
    assert len(found.matches) == 1


def test_more_than_can_be_compared_is_said() -> None:
    assert not trace({"a": "x" * (MAX_VALUES + 1)}, [READ]).whole
    many = [Piece(id=str(n), words="", label=UNKNOWN, text=f"{n} " * 9_000) for n in range(60)]
    assert not trace({"a": "short one"}, many).whole


def test_where_nothing_was_read_no_value_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """An App may send its server tens of thousands of them."""
    monkeypatch.setattr(provenance, "readings", None)
    found = trace({"a": ["a text of some length"] * 3}, [])
    assert (found.matches, found.whole) == ((), True)
    assert not trace({"a": "x" * (MAX_VALUES + 1)}, []).whole
