"""A link in the talk is opened by the gate and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcphost.domain.consent import Answer
from mcphost.domain.errors import ConsentRefused, PolicyDenied
from mcphost.domain.ids import ConversationId
from tests.helpers.core import Core, TestPerson, core

URL = "https://example.com/?q=a%20b"


def _talk(one: Core) -> ConversationId:
    return one.run(one.host.new_conversation("links"))


def test_a_link_is_decided_consented_recorded_and_then_opened(tmp_path: Path) -> None:
    with core(tmp_path) as one:
        talk = _talk(one)
        one.run(one.host.open_link(talk, URL))
        (asked,) = one.person.consents
        kinds = [json.loads(row)["kind"] for row in one.run(one.host.run_rows())]
    assert (asked.subject, asked.destination, asked.conversation) == (URL, URL, talk)
    assert one.opened == [URL]
    walk = ["action_decided", "consent_asked", "consent_answered", "action_finished"]
    assert [kind for kind in kinds if kind in {*walk, "action_failed"}] == walk


@pytest.mark.requirement("MCP-031")
def test_a_denied_link_is_not_opened(tmp_path: Path) -> None:
    with core(tmp_path, person=TestPerson(answer=Answer.DENY)) as one:
        talk = _talk(one)
        with pytest.raises(ConsentRefused):
            one.run(one.host.open_link(talk, URL))
    assert one.opened == []


@pytest.mark.requirement("MCP-031")
@pytest.mark.parametrize("url", ["http://example.com/", "file:///etc/passwd", "javascript:x", ""])
def test_only_web_links_are_even_asked_about(tmp_path: Path, url: str) -> None:
    with core(tmp_path) as one:
        talk = _talk(one)
        with pytest.raises(PolicyDenied):
            one.run(one.host.open_link(talk, url))
        assert one.person.consents == []
    assert one.opened == []
