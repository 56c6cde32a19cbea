"""Where an event stream can be taken up again: what a server says of it, within bounds."""

from __future__ import annotations

import pytest

from mcphost.servers.sse import Bookmark, ServerEvent


def event(*, id: str | None = None, retry: int | None = None) -> ServerEvent:
    return ServerEvent(event="message", data=b"", id=id, retry=retry)


@pytest.mark.requirement("LEG-11")
def test_the_last_id_and_the_wait_are_the_servers() -> None:
    bookmark = Bookmark()
    bookmark.follow(event(id="e1", retry=500))
    bookmark.follow(event())
    assert (bookmark.last_id, bookmark.retry) == ("e1", 0.5)


def test_a_server_cannot_make_the_host_wait_for_hours() -> None:
    bookmark = Bookmark()
    bookmark.follow(event(retry=999_999_999))
    assert bookmark.retry == 30.0


@pytest.mark.parametrize("id", ["", "two words", "e\r\nX: 1", "é", "x" * 1025])
def test_an_id_that_no_header_can_carry_is_not_kept(id: str) -> None:
    bookmark = Bookmark()
    bookmark.follow(event(id=id))
    assert bookmark.last_id is None
