"""`elicitation/create`, parsed strictly: what a form may be, and what an answer must be."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.demo.definitions import FORMS
from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.errors import PolicyDenied, ProtocolViolation
from mcphost.protocol.elicitation import FormSpec, UrlSpec, check_content, parse_elicitation


def params(properties: Any, message: str = "Tell me", **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, **more}
    return {"mode": "form", "message": message, "requestedSchema": schema}


def field(spec: Any, name: str = "f", *, required: bool = False) -> FormField:
    parsed = parse_elicitation(params({name: spec}, required=[name] if required else []))
    assert isinstance(parsed, FormSpec)
    return parsed.fields[0]


@pytest.mark.requirement("MCP-085")
def test_a_missing_mode_means_a_form() -> None:
    plain = params({"a": {"type": "string"}})
    del plain["mode"]
    assert isinstance(parse_elicitation(plain), FormSpec)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_forms_of_the_demo_server_are_shown(name: str) -> None:
    form = {key: FORMS[name][key] for key in ("type", "properties", "required")}
    parsed = parse_elicitation({"message": "Plan", "requestedSchema": form})
    assert isinstance(parsed, FormSpec)


@pytest.mark.requirement("MCP-094")
@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 5, "format": "email"}, FieldType.STRING),
        ({"type": "integer", "minimum": 1, "maximum": 9, "default": 3}, FieldType.INTEGER),
        ({"type": "number", "minimum": 0.5, "default": 1}, FieldType.NUMBER),
        ({"type": "boolean", "default": True}, FieldType.BOOLEAN),
        ({"type": "string", "enum": ["a", "b"], "default": "b"}, FieldType.ENUM),
        ({"type": "string", "oneOf": [{"const": "a", "title": "A"}]}, FieldType.ENUM),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, FieldType.MULTI_ENUM),
        (
            {"type": "array", "items": {"anyOf": [{"const": "a", "title": "A"}]}},
            FieldType.MULTI_ENUM,
        ),
    ],
)
def test_the_kinds_of_fields(spec: Any, kind: FieldType) -> None:
    assert field(spec).type is kind


@pytest.mark.requirement("MCP-094")
def test_choices_carry_their_titles() -> None:
    named = field({"type": "string", "enum": ["s", "l"], "enumNames": ["Small", "Large"]})
    titled = field({"type": "string", "oneOf": [{"const": "s", "title": "Small"}]})
    assert named.choices == (("s", "Small"), ("l", "Large"))
    assert titled.choices == (("s", "Small"),)


@pytest.mark.requirement("MCP-094")
def test_a_multi_choice_keeps_its_default_and_bounds() -> None:
    spec = {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1}
    parsed = field({**spec, "maxItems": 2, "default": ["b"]})
    assert (parsed.default, parsed.min_items, parsed.max_items) == (("b",), 1, 2)


@pytest.mark.requirement("MCP-094")
@pytest.mark.parametrize(
    "spec",
    [
        {"type": "object", "properties": {}},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"type": "object"}},
        {"type": ["string", "null"]},
        {"type": "string", "pattern": "^(a+)+$"},
        {"type": "string", "format": "password"},
        {"type": "string", "$ref": "#/$defs/x"},
        {"type": "string", "minLength": -1},
        {"type": "string", "minLength": 5, "maxLength": 2},
        {"type": "string", "default": 3},
        {"type": "integer", "default": 1.5},
        {"type": "boolean", "default": "yes"},
        {"type": "string", "enum": []},
        {"type": "string", "enum": ["a", "a"]},
        {"type": "string", "enum": ["a"], "enumNames": ["A", "B"]},
        {"type": "string", "enum": ["a"], "default": "b"},
        {"type": "string", "enum": [1]},
        {"type": "number", "minimum": "1"},
        {"type": "number", "minimum": True},
        "string",
        None,
    ],
)
def test_what_a_form_may_not_have_refuses_the_form(spec: Any) -> None:
    with pytest.raises(ProtocolViolation):
        field(spec)


@pytest.mark.parametrize(
    "untrusted",
    [
        {},
        {"message": 3},
        {"message": "x", "mode": "video"},
        {"message": "x", "requestedSchema": []},
        {"message": "x", "requestedSchema": {"type": "array"}},
        {"message": "x", "requestedSchema": {"type": "object", "properties": {}}},
        params({"a": {"type": "string"}}, required=["b"]),
        params({"a": {"type": "string"}}, patternProperties={}),
        params({str(n): {"type": "string"} for n in range(65)}),
    ],
)
def test_a_malformed_question_is_a_violation(untrusted: Any) -> None:
    with pytest.raises(ProtocolViolation):
        parse_elicitation(untrusted)


@pytest.mark.requirement("MCP-100")
def test_texts_are_made_visible() -> None:
    spec = {"type": "string", "title": "a\u202eb", "description": "\u200b"}
    parsed = parse_elicitation(params({"a": spec}, "hi\u2066"))
    assert isinstance(parsed, FormSpec)
    assert parsed.message == "hi⟨U+2066⟩"
    assert parsed.fields[0].title == "a⟨U+202E⟩b"


def url(text: Any) -> UrlSpec:
    parsed = parse_elicitation({"mode": "url", "message": "Go", "url": text})
    assert isinstance(parsed, UrlSpec)
    return parsed


@pytest.mark.requirement("AMB-13")
@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://pay.example/x?y=1#z", "pay.example"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("http://localhost/x", "localhost"),
        ("http://[::1]:3000/", "::1"),
        ("https://xn--pple-43d.com/", "аpple.com (xn--pple-43d.com)"),
        ("https://аpple.com/", "аpple.com (xn--pple-43d.com)"),
        ("HTTPS://Pay.Example/Q", "pay.example"),
    ],
)
def test_a_url_is_kept_exact_and_its_host_is_spelled_out(text: str, host: str) -> None:
    parsed = url(text)
    assert (parsed.url, parsed.url_host) == (text, host)


@pytest.mark.requirement("AMB-13", "MCP-031")
@pytest.mark.parametrize(
    "text",
    [
        "http://pay.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "https://bank.example@evil.example/",
        "https://a:b@evil.example/",
        "https://evil.example\\@bank.example/",
        "https://a.example/\r\nx",
        " https://a.example/",
        "https://a.example:99999/",
        "https://",
        "https:a.example",
        "//a.example",
        "https://a.exa\u200bmple/",
        "https://a.example/" + "x" * 9000,
        None,
        3,
    ],
)
def test_a_dubious_url_is_refused(text: Any) -> None:
    with pytest.raises(ProtocolViolation):
        url(text)


@pytest.mark.requirement("MCP-092")
@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd", 3, None]),
        ({"type": "string", "format": "email"}, ["a@b.example"], ["a", "a@b", "a b@c.example"]),
        ({"type": "string", "format": "uri"}, ["https://a.example/x"], ["a", "https://a b"]),
        ({"type": "string", "format": "date"}, ["2026-11-23"], ["2026-13-01", "23.11.2026"]),
        (
            {"type": "string", "format": "date-time"},
            ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.5+01:00"],
            ["2026-11-23", "2026-11-23T25:00:00Z"],
        ),
        ({"type": "integer", "minimum": 1, "maximum": 3}, [1, 3, 2.0], [0, 4, 1.5, "2", True]),
        ({"type": "number", "minimum": 0.5}, [0.5, 7], [0.4, "1", 2**60]),
        ({"type": "boolean"}, [True, False], [1, "true"]),
        ({"type": "string", "enum": ["a"]}, ["a"], ["b", ["a"], 1]),
        (
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1},
            [["a"], ["a", "b"]],
            [[], ["c"], ["a", "a"], "a", {"a": 1}],
        ),
    ],
)
def test_an_answer_is_held_to_its_field(spec: Any, good: list[Any], bad: list[Any]) -> None:
    asked = field(spec)
    for value in good:
        check_content([asked], {"f": value})
    for value in bad:
        with pytest.raises(ValueError):
            check_content([asked], {"f": value})


def test_a_required_field_must_be_answered_and_an_optional_one_need_not() -> None:
    check_content([field({"type": "string"})], {})
    with pytest.raises(ValueError, match="required"):
        check_content([field({"type": "string"}, required=True)], {})


@pytest.mark.requirement("MCP-092")
def test_what_was_not_asked_is_not_answered() -> None:
    with pytest.raises(ValueError, match="not asked"):
        check_content([field({"type": "string"})], {"g": "x"})


@pytest.mark.requirement("MCP-103")
def test_a_refused_secret_says_which_word() -> None:
    with pytest.raises(PolicyDenied, match='f says "password"') as caught:
        field({"type": "string", "description": "Your password"})
    assert caught.value.rules == ("elicit-no-secrets",)


def test_a_boolean_about_a_secret_is_no_secret() -> None:
    assert field({"type": "boolean"}, "use_token").type is FieldType.BOOLEAN


def test_a_count_of_tokens_is_no_secret_but_a_numeric_pin_is() -> None:
    assert field({"type": "integer"}, "max_tokens").type is FieldType.INTEGER
    with pytest.raises(PolicyDenied):
        field({"type": "integer"}, "pin")


def test_a_number_too_small_to_be_a_secret_may_speak_of_one() -> None:
    said = {"type": "integer", "minimum": 1, "description": "A number (do not give us your pin)"}
    assert field({**said, "maximum": 100}).maximum == 100
    for wide in ({}, {"maximum": 9_999}, {"maximum": 100, "minimum": -9_999}):
        with pytest.raises(PolicyDenied):
            field({**said, **wide} | ({} if wide else {"minimum": 0}))
    with pytest.raises(PolicyDenied):
        field({**said, "maximum": 100, "type": "number"})


@pytest.mark.requirement("MCP-103")
def test_a_message_that_asks_for_a_secret_is_refused() -> None:
    with pytest.raises(PolicyDenied, match="the message"):
        parse_elicitation(params({"value": {"type": "string"}}, "Please enter your API key below."))


def test_a_message_that_only_mentions_one_is_not() -> None:
    parse_elicitation(params({"email": {"type": "string"}}, "Password reset. Which address?"))
