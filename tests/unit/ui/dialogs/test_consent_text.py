"""What the dialog says: everything, visibly, and provably."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from mcphost.domain.consent import ConsentFact, ConsentMatter, ConsentRequest
from mcphost.domain.decision import Tier
from mcphost.domain.json import canonical_bytes, digest
from tests.helpers.questions import consent_request
from ui.dialogs.consent_text import consent_text

CHANGES: dict[str, Any] = {
    "who": "somebody else",
    "verb": "Open a link",
    "subject": "other",
    "server_title": "other",
    "destination": "https://other.example/",
    "canonical": b'{"other":1}',
    "digest": digest(b"other"),
    "reason": "other",
    "rules": ("other",),
    "tier": Tier.EVERY_TIME,
    "reversible": "no",
    "offers": (),
    "server_text": "other",
    "detail": "other",
    "warnings": ("mind the gap",),
    "cautions": ("look twice",),
    "schema": {"type": "object", "properties": {"guests": {}, "name": {"title": "Other"}}},
    "repeated": ("other (header Mcp-Param-Other)",),
    "again": "other",
    "matter": ConsentMatter.VIEW_GRANT,
    "facts": (ConsentFact(caption="c", text="t", exact="e", items=(("i", True),)),),
    "differing": ConsentFact(caption="2 calls", items=(("1", False), ("2", False))),
    "flow": (ConsentFact(caption="from", items=(("/to ← a result of shop", False),)),),
    "requests": (digest(b"1"), digest(b"2")),
    "deadline": 7.0,
}
NOT_DRAWN = {"id", "conversation", "server", "editing"}


def test_every_field_is_either_drawn_or_known_not_to_be() -> None:
    assert {f.name for f in fields(ConsentRequest)} == set(CHANGES) | NOT_DRAWN


@pytest.mark.parametrize("name", list(CHANGES))
def test_any_change_of_what_is_drawn_changes_the_digest(name: str) -> None:
    request = consent_request()
    other = replace(request, **{name: CHANGES[name]})
    assert consent_text(request).presented != consent_text(other).presented


@pytest.mark.parametrize(
    ("matter", "title", "button"),
    [
        (ConsentMatter.SIGN_IN, "A server wants you to sign in", "Sign in in my browser"),
        (ConsentMatter.APP_GRANT, "An App would get more", "Allow until I take it back"),
        (ConsentMatter.VIEW_GRANT, "An App would get more", "Allow until this App is closed"),
        (ConsentMatter.LAUNCH, "A program wants to run", "Run it, and remember this command"),
        (ConsentMatter.LINK, "A page would open", "Open it in my browser"),
        (ConsentMatter.DOWNLOAD, "A file would be saved", "Save it"),
        (ConsentMatter.APP, "This needs your decision", "Allow once"),
        (ConsentMatter.MODEL, "This needs your decision", "Allow once"),
        (ConsentMatter.SERVER, "This needs your decision", "Allow once"),
    ],
)
def test_each_matter_has_its_heading_and_its_button(
    matter: ConsentMatter, title: str, button: str
) -> None:
    about = CHANGES["facts"] if matter is not ConsentMatter.SERVER else ()
    text = consent_text(
        replace(consent_request(), matter=matter, facts=about, tier=Tier.SHOW_ARGUMENTS)
    )
    assert text.title.startswith(title)
    assert [permission.button for permission in text.allow][:1] == [button]


@pytest.mark.parametrize(
    ("matter", "exactly", "says"),
    [
        (ConsentMatter.SERVER, "sent", "server"),
        (ConsentMatter.APP, "given to the App", "App"),
        (ConsentMatter.MODEL, "sent", "server"),
        (ConsentMatter.LAUNCH, "started", "server"),
        (ConsentMatter.LINK, "opened", "server"),
        (ConsentMatter.DOWNLOAD, "saved", "server"),
    ],
)
def test_what_becomes_of_the_bytes_and_whose_words_are_folded_fit_the_matter(
    matter: ConsentMatter, exactly: str, says: str
) -> None:
    text = consent_text(consent_request(matter=matter))
    assert text.exactly == f"Exactly this will be {exactly}"
    assert text.says == f"What the {says} says about this"


def test_the_same_request_always_reads_the_same() -> None:
    assert consent_text(consent_request()).presented == consent_text(consent_request()).presented


def test_hiding_characters_are_spelled_out_in_every_text() -> None:
    evil = "safe\u202e\u200b\x07"
    text = consent_text(
        consent_request(
            {"x": evil},
            **dict.fromkeys(("who", "subject", "reason", "server_text", "again"), evil),
            repeated=(evil,),
        )
    )
    said_of_it = (text.who, text.subject, text.reason, text.server_text, text.readable, text.exact)
    for said in (*said_of_it, text.repeated, text.again):
        assert "⟨U+202E⟩" in said
        assert not set(said) & set(evil[4:])


@pytest.mark.requirement("MCP-071")
def test_long_values_are_never_cut() -> None:
    long = "x" * 300_000
    text = consent_text(consent_request({"x": long}, subject=long, destination=long))
    assert all(long in said for said in (text.readable, text.exact, text.subject, text.destination))


@pytest.mark.requirement("MCP-025")
def test_the_exact_view_is_the_canonical_bytes() -> None:
    params = {"b": 1, "a": ["é", {"z": None}]}
    text = consent_text(consent_request(params))
    assert text.exact.encode() == canonical_bytes(params)


def test_bytes_that_are_not_json_are_shown_as_they_are() -> None:
    text = consent_text(replace(consent_request(), canonical=b"\xff{not json"))
    assert text.readable == text.exact == "\\xff{not json"


@pytest.mark.parametrize(
    ("word", "shown"), [("yes", "can be undone"), ("no", "cannot be"), ("unknown", "Unknown")]
)
def test_reversibility_is_said_in_a_sentence(word: str, shown: str) -> None:
    assert shown in consent_text(consent_request(reversible=word)).reversible


def test_a_link_that_needs_close_reading_says_so() -> None:
    text = consent_text(consent_request(matter=ConsentMatter.LINK, tier=Tier.EVERY_TIME))
    assert text.title.startswith("Read this closely")
