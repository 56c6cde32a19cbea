"""The stand-in: consents to what is asked, gives a form's own defaults, makes nothing up."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from mcphost.cli.stand_in import StandIn
from mcphost.domain.consent import (
    Answer,
    ConsentMatter,
    ConsentRequest,
    ElicitationAction,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.decision import Tier
from mcphost.domain.ids import Digest, RequestId, ServerKey
from tests.helpers.questions import FOR_THE_CONVERSATION

FIELD = FormField(
    name="name", type=FieldType.STRING, title="Name", description="", required=False, default="Ada"
)
FORM = ElicitationRequest(
    id=RequestId("e1"),
    conversation=None,
    server=ServerKey("peer"),
    server_title="Peer",
    server_origin="http://127.0.0.1:9/",
    cause="You ran a tool",
    round=1,
    mode=ElicitationMode.FORM,
    message="?",
    fields=(FIELD,),
)
CONSENT = ConsentRequest(
    id=RequestId("c1"),
    matter=ConsentMatter.SERVER,
    conversation=None,
    who="The command line",
    verb="Call a tool",
    subject="add",
    server=ServerKey("peer"),
    server_title="Peer",
    destination="http://127.0.0.1:9/",
    canonical=b"{}",
    digest=Digest("d" * 64),
    reason="nobody has said",
    rules=("ask",),
    tier=Tier.SHOW_ARGUMENTS,
    reversible="unknown",
    offers=(FOR_THE_CONVERSATION,),
)


def test_it_consents_once_to_exactly_what_is_asked_and_says_that_it_is_a_script() -> None:
    answer = asyncio.run(StandIn().ask_consent(CONSENT))
    assert (answer.answer, answer.digest) == (Answer.ALLOW, CONSENT.digest)
    assert answer.offer is None
    assert answer.answered_by == "script"


@pytest.mark.requirement("MCP-091")
def test_it_gives_the_defaults_and_leaves_out_what_has_none() -> None:
    several = dataclasses.replace(FIELD, name="tags", type=FieldType.MULTI_ENUM, default=("a", "b"))
    optional = dataclasses.replace(FIELD, name="note", default=None)
    form = dataclasses.replace(FORM, fields=(FIELD, several, optional))
    answer = asyncio.run(StandIn().ask_elicitation(form))
    assert answer.action is ElicitationAction.ACCEPT
    assert answer.content == {"name": "Ada", "tags": ["a", "b"]}


@pytest.mark.parametrize(
    "question",
    [
        dataclasses.replace(
            FORM, fields=(dataclasses.replace(FIELD, required=True, default=None),)
        ),
        dataclasses.replace(
            FORM, mode=ElicitationMode.URL, fields=(), url="https://bistro.example/pay"
        ),
    ],
)
def test_it_declines_what_it_would_have_to_make_up_or_to_open(question: ElicitationRequest) -> None:
    answer = asyncio.run(StandIn().ask_elicitation(question))
    assert answer.action is ElicitationAction.DECLINE
    assert answer.content is None
