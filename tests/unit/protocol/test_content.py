"""Content blocks and the text that stands for a result."""

from __future__ import annotations

from mcphost.protocol.mcp import (
    ImageContent,
    TextContent,
    UnknownContent,
    is_error,
    parse_content,
    result_text,
)


def test_text_blocks_are_joined_and_sanitised() -> None:
    blocks = [{"type": "text", "text": "one"}, {"type": "text", "text": "two\u200b"}]
    assert result_text({"content": blocks}) == "one\ntwo⟨U+200B⟩"


def test_binary_content_is_named_not_shown() -> None:
    block = {"type": "image", "mimeType": "image/png", "data": "AAAA"}
    assert parse_content([block]) == (ImageContent(mime_type="image/png", untrusted_data="AAAA"),)
    assert result_text({"content": [block]}) == "[a picture, image/png]"


def test_links_and_embedded_resources_are_named() -> None:
    link = {"type": "resource_link", "uri": "file:///a", "name": "A"}
    page = {"type": "resource", "resource": {"uri": "ui://a", "mimeType": "text/html", "text": "<"}}
    note = {"type": "resource", "resource": {"uri": "n", "mimeType": "text/plain", "text": "hi"}}
    said = result_text({"content": [link, page, note]})
    assert said == "[A: file:///a]\n[ui://a, text/html]\nhi"


def test_structured_content_speaks_when_nothing_else_does() -> None:
    assert result_text({"structuredContent": {"a": 1}}) == '{\n  "a": 1\n}'
    assert result_text({"content": [], "structuredContent": None}) == "null"
    assert result_text({}) == ""


def test_blocks_nobody_knows_are_kept_as_unknown() -> None:
    odd = [{"type": "hologram"}, 3, {"type": "text", "text": 5}, {"type": "resource"}]
    assert parse_content(odd) == (
        UnknownContent(kind="hologram"),
        UnknownContent(kind="?"),
        UnknownContent(kind="text"),
        UnknownContent(kind="resource"),
    )
    assert parse_content("text") == ()
    assert parse_content([{"type": "text", "text": "a"}]) == (TextContent(untrusted_text="a"),)


def test_long_text_is_cut_and_the_cut_is_said() -> None:
    said = result_text({"content": [{"type": "text", "text": "a" * 30_000}]})
    assert said.endswith("… (10000 more characters)")


def test_only_true_is_an_error() -> None:
    assert is_error({"isError": True})
    assert not is_error({"isError": "true"})
    assert not is_error({})
