"""Prompts, resources, templates and suggestions, as they are read from what a server says."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey
from mcphost.domain.offers import MOST_LINKS, PromptRef, TemplateRef, TypedSoFar, links_in
from mcphost.protocol import completion, prompts, resources

SERVER = ServerKey("shop")
NASTY = "pay\u202egnp\u200b\x1b[2J"


def message(content: Any, role: str = "user") -> dict[str, Any]:
    return {"role": role, "content": content}


def said(*messages: Any) -> Any:
    return prompts.parse_prompt_result(SERVER, "p", {"messages": list(messages)})


def test_a_prompt_keeps_its_exact_name_and_shows_its_title() -> None:
    argument = {"name": "to", "title": "Whom", "description": NASTY, "required": True}
    listed = {"name": "a/B é", "title": NASTY, "arguments": [argument, {"name": "x"}]}
    prompt = prompts.parse_prompt(SERVER, listed)
    assert prompt.name == "a/B é"
    assert prompt.title == "pay⟨U+202E⟩gnp⟨U+200B⟩⟨U+001B⟩[2J"
    assert [(a.name, a.title, a.required) for a in prompt.arguments] == [
        ("to", "Whom", True),
        ("x", "x", False),
    ]
    assert "⟨U+202E⟩" in prompt.arguments[0].description


@pytest.mark.requirement("MCP-109")
@pytest.mark.parametrize("listed", [{"name": "n"}, {"name": "n", "title": "  "}])
def test_without_a_title_the_name_is_shown(listed: Any) -> None:
    assert prompts.parse_prompt(SERVER, listed).title == "n"


@pytest.mark.requirement("MCP-028")
@pytest.mark.parametrize(
    "untrusted",
    [None, [], {}, {"name": ""}, {"name": 1}, {"name": "n" * 257}]
    + [{"name": "n", "arguments": bad} for bad in ({"a": 1}, "xyz", [1], [{}])]
    + [{"name": "n", "arguments": [{"name": "x"}, {"name": "x"}]}]
    + [{"name": "n", "arguments": [{"name": f"a{k}"} for k in range(51)]}],
)
def test_a_prompt_that_breaks_the_rules_is_refused_whole(untrusted: Any) -> None:
    with pytest.raises(ProtocolViolation):
        prompts.parse_prompt(SERVER, untrusted)


@pytest.mark.requirement("MCP-028")
def test_the_messages_of_a_prompt_are_sanitised_and_their_roles_told() -> None:
    text = said(message({"type": "text", "text": NASTY}), message({"type": "x"}, "assistant"))
    assert text.text == (
        "[user]\npay⟨U+202E⟩gnp⟨U+200B⟩⟨U+001B⟩[2J\n\n[assistant]\n[content of an unknown kind: x]"
    )


def test_a_prompt_of_the_person_alone_reads_as_their_text() -> None:
    one, two = ({"type": "text", "text": t} for t in ("Look.", "Then say."))
    assert said(message(one), message(two)).text == "Look.\n\nThen say."


def test_a_picture_in_a_prompt_is_named_and_a_resource_stays_apart() -> None:
    inside = {"uri": "note://1", "mimeType": "text/plain", "text": "milk"}
    picture = {"type": "image", "data": "AAAA", "mimeType": "image/png"}
    text = said(message({"type": "resource", "resource": inside}), message(picture))
    assert text.text == "[with the resource note://1]\n\n[a picture, image/png]"
    (part,) = text.embedded
    assert (part.uri, part.text, part.size) == ("note://1", "milk", 4)


@pytest.mark.requirement("MCP-028")
@pytest.mark.parametrize(
    "result",
    [
        {},
        {"messages": {}},
        {"messages": [None]},
        {"messages": [message({"type": "text", "text": "x"}, "system")]},
        {"messages": [message("text")]},
        {"messages": [message([])]},
        {"messages": [message({"type": "resource"})]},
        {"messages": [message({"type": "text", "text": ""})] * (prompts.MAX_MESSAGES + 1)},
        {"messages": [message({"type": "text", "text": "x" * (prompts.MAX_TEXT + 1)})]},
        {"messages": [message({"type": "text", "text": "x" * 1_000})] * 150},
    ],
)
def test_what_is_no_prompt_is_refused(result: Any) -> None:
    with pytest.raises(ProtocolViolation):
        prompts.parse_prompt_result(SERVER, "p", result)


def test_a_resource_keeps_its_address_and_shows_its_title() -> None:
    listed = {"uri": "file:///a%20b", "name": "n", "title": "T", "size": 12, "mimeType": NASTY}
    found = resources.parse_resource(SERVER, listed)
    assert (found.uri, found.title, found.size) == ("file:///a%20b", "T", 12)
    assert "\x1b" not in found.mime_type


@pytest.mark.parametrize("size", [-1, True, "12", 1.5, None])
def test_a_size_that_is_none_is_no_size(size: Any) -> None:
    assert resources.parse_resource(SERVER, {"uri": "a:b", "size": size}).size is None


@pytest.mark.parametrize("uri", [None, "", "a b:", "no-scheme", "a:\u202eb", "a:\n", "a:" * 1025])
def test_an_address_that_is_none_or_hides_something_is_refused(uri: Any) -> None:
    with pytest.raises(ProtocolViolation):
        resources.parse_resource(SERVER, {"uri": uri, "name": "n"})


def test_a_template_tells_its_variables_and_a_broken_one_is_refused() -> None:
    listed = {"uriTemplate": "file:///{+path}{?q}", "name": "Files"}
    found = resources.parse_resource_template(SERVER, listed)
    assert (found.title, found.variables) == ("Files", ("path", "q"))
    with pytest.raises(ProtocolViolation):
        resources.parse_resource_template(SERVER, {"uriTemplate": "file:///{", "name": "Files"})


@pytest.mark.requirement("MCP-111")
def test_reading_may_give_several_contents_and_the_bytes_are_only_measured() -> None:
    listed = [{"uri": "a:1", "text": NASTY}, {"uri": "a:2", "blob": "QUJD", "mimeType": "x/y"}]
    found = resources.parse_contents(SERVER, "a:", {"contents": listed})
    assert [part.text for part in found.parts] == ["pay⟨U+202E⟩gnp⟨U+200B⟩⟨U+001B⟩[2J", None]
    assert found.parts[1].words == "[x/y, 3 bytes]"
    assert found.text == found.parts[0].text


def test_reading_may_give_nothing() -> None:
    assert resources.parse_contents(SERVER, "a:", {"contents": []}).parts == ()


def test_much_text_is_cut_over_all_contents_and_the_cut_is_said() -> None:
    much = {"uri": "a:1", "text": "x" * 80_000}
    found = resources.parse_contents(SERVER, "a:", {"contents": [much, much, much]})
    assert sum(len(part.text or "") for part in found.parts) < resources.MAX_TEXT + 200
    assert "60000 more characters" in str(found.parts[1].text)
    assert found.parts[2].size == 80_000


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"contents": "x"},
        {"contents": [1]},
        {"contents": [{"uri": "a:"}]},
        {"contents": [{"uri": "a:", "text": ""}] * (resources.MAX_PARTS + 1)},
    ],
)
def test_what_is_no_content_is_refused(result: Any) -> None:
    with pytest.raises(ProtocolViolation):
        resources.parse_contents(SERVER, "a:", result)


@pytest.mark.requirement("MCP-116")
def test_the_values_given_so_far_go_with_a_request_for_suggestions() -> None:
    others = (("lang", "en"), ("name", "old"), ("empty", ""))
    typed = TypedSoFar(ref=PromptRef(name="p"), argument="name", value="a", others=others)
    assert completion.completion_params(typed) == {
        "ref": {"type": "ref/prompt", "name": "p"},
        "argument": {"name": "name", "value": "a"},
        "context": {"arguments": {"lang": "en"}},
    }
    bare = TypedSoFar(ref=TemplateRef(uri_template="f:{x}"), argument="x", value="")
    assert completion.completion_params(bare) == {
        "ref": {"type": "ref/resource", "uri": "f:{x}"},
        "argument": {"name": "x", "value": ""},
    }


@pytest.mark.requirement("MCP-117")
def test_a_suggestion_that_is_not_what_it_shows_is_left_out_and_counted() -> None:
    values = ["good", NASTY, "two\nlines", "x" * 501, "good", "gut é"]
    found = completion.parse_completion({"completion": {"values": values, "hasMore": True}})
    assert (found.values, found.unusable, found.has_more) == (("good", "gut é"), 3, True)
    assert found.total is None


@pytest.mark.requirement("MCP-117")
@pytest.mark.parametrize(
    "result",
    [
        {},
        {"completion": []},
        {"completion": {}},
        {"completion": {"values": "ab"}},
        {"completion": {"values": [1]}},
        {"completion": {"values": ["x"] * 101}},
    ],
)
def test_what_is_no_suggestion_is_refused(result: Any) -> None:
    with pytest.raises(ProtocolViolation):
        completion.parse_completion(result)


def test_the_log_tells_which_value_but_never_what_was_typed() -> None:
    typed = TypedSoFar(ref=PromptRef(name="p"), argument="pin", value="4711")
    words = completion.what_is_completed(completion.completion_params(typed))
    assert words == "pin of p"


@pytest.mark.requirement("MCP-112")
def test_annotations_decide_nothing() -> None:
    hints = {"audience": ["assistant"], "priority": 1, "lastModified": "2026-01-01T00:00:00Z"}
    bare = {"uri": "a:1", "name": "one"}
    plain = resources.parse_resource(SERVER, bare)
    for hint in (hints, {"audience": "x", "priority": "high"}, "nonsense", None):
        assert resources.parse_resource(SERVER, {**bare, "annotations": hint}) == plain
    block = {"type": "text", "text": "hi", "annotations": hints}
    assert said(message(block)) == said(message({"type": "text", "text": "hi"}))


def test_only_readable_addresses_of_a_result_can_be_followed() -> None:
    good = {"type": "resource_link", "uri": "note://1", "name": "n", "title": "One"}
    bad = [{**good, "uri": uri} for uri in ("ui://app", "", "a b:", "a:\u202eb", "x" * 2049, 7)]
    found = links_in({"content": [good, *bad, {"type": "text", "text": "note://2"}, 7]})
    assert [(link.uri, link.title) for link in found] == [("note://1", "One")]
    assert len(links_in({"content": [good] * 100})) == MOST_LINKS
    assert links_in({"content": "x"}) == links_in(None) == ()
