"""The shelf holds what Apps said, and what a person takes away stays away."""

from __future__ import annotations

import pytest

from mcphost.chat.shelf import Shelf
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ConversationId, ServerKey, ShelfKey, ViewId
from mcphost.domain.labels import app_data

TALK, VIEW, OTHER = ConversationId("talk"), ViewId("v"), ViewId("w")
LABEL = app_data(ServerKey("shop"), "1f" * 32)


def _put(shelf: Shelf, text: str, view: ViewId = VIEW) -> None:
    shelf.put(TALK, view, "App of shop", text, LABEL)


def _removed() -> Shelf:
    shelf = Shelf(lambda _event: None)
    _put(shelf, "one")
    shelf.drop(TALK, ShelfKey(VIEW))
    return shelf


def test_what_a_person_took_away_is_not_put_back_by_its_app() -> None:
    shelf = _removed()
    with pytest.raises(UserFacingError, match="took away"):
        _put(shelf, "two")
    _put(shelf, "")
    assert shelf.items(TALK) == ()


def test_what_another_app_says_stands_there_all_the_same() -> None:
    shelf = _removed()
    _put(shelf, "mine", OTHER)
    assert [item.text for item in shelf.items(TALK)] == ["mine"]


def test_an_app_that_a_person_has_used_since_may_say_something_again() -> None:
    shelf = _removed()
    shelf.readmit(OTHER)
    with pytest.raises(UserFacingError):
        _put(shelf, "two")
    shelf.readmit(VIEW)
    _put(shelf, "three")
    assert [item.text for item in shelf.items(TALK)] == ["three"]


def test_nothing_is_remembered_of_apps_that_have_ended() -> None:
    shelf = _removed()
    shelf.readmit(VIEW)
    assert shelf._removed == set()
