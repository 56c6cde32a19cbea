"""A declared domain is an origin or it is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.policy.origins import parse_domain


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://API.Example.COM/", "https://api.example.com"),
        ("https://api.example.com:443", "https://api.example.com"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("https://*.example.com", "https://*.example.com"),
        ("wss://live.example.com", "wss://live.example.com"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_has_one_spelling(text: str, spelled: str) -> None:
    assert parse_domain(text, websocket=True).serialise() == spelled


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "https:", "https://", "https://*", "https://*.com",
        "https://intranet", "https://a.*.example.com",
        "http://example.com", "ftp://example.com", "data:", "blob:", "javascript:alert(1)",
        "example.com", "//example.com", "https://example.com/path", "https://example.com?q",
        "https://example.com#f", "https://user@example.com", "https://u:p@example.com",
        "https://example.com; script-src *", "https://example.com 'unsafe-eval'",
        "https://example.com,https://b.example", "https://example.com\n", "https://exa\tmple.com",
        "https://example.com:0", "https://example.com:99999", "https://example.com:",
        "https://-a.example.com", "https://a..example.com", "https://example.com.",
        "https://93.184.216.34", "https://[::1]", "https://0x7f.0x1", "https://127.1",
        "https://localhost", "https://127.0.0.1", "http://localhost:3000", "https://bücher.example",
        "https://" + "a" * 64 + ".example", "https://" + "a." * 130 + "example",
        "https://*.co.uk", "https://*.com.au", "https://*.github.io", "wss://*.workers.dev",
        "https://*.kobe.jp", "https://*.xn--55qx5d.cn", "https://*.s3.amazonaws.com", "https://*.amazonaws.com",
        "https://**.example.com", "https://*example.com", "https://*.*.example.com",
        "https://example.com%2f.evil.example", "https://example%2ecom", "https://ex\x00ample.com",
        "https://example.com\\@evil.example", "https:\\\\example.com", "https:/example.com",
        "https://example.com/;script-src", "https://example.com\u2028", "https://example.com\xa0",
        "https://example.com&#59;script-src", '"https://example.com"', "'self'", "'nonce-abc'",
        "https://example.com/*", "https://example.com:443:80", "https://example.com:-1",
        "https://example.com:0x50", "https://example.com:*", "https://.example.com", "https://a.1",
        "https://2130706433", "https://0177.0.0.1", "https://[::ffff:127.0.0.1]",
        "filesystem:https",
        "mcpapp://abababababababab", "mcphost://abababababababab", "file:///etc/passwd", "about:",
        "https://exam\u0440le.com", "https://example\u3002com", "HTTPS://EXAMPLE.COM\u200b",
        "wss:x", "https://\u212aexample.com", "https://x.localhost", "https://*.localhost",
        "https://a.b.localhost:8080", "https://example.com:0443", "https://localhost.localdomain",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parse_domain(text, websocket=True)


def test_a_websocket_is_an_origin_only_where_it_may_connect() -> None:
    with pytest.raises(ValueError, match="wss"):
        parse_domain("wss://live.example.com", websocket=False)


@pytest.mark.parametrize("text", ["http://localhost:3000", "ws://127.0.0.1:9", "https://localhost"])
def test_this_computer_is_an_origin_only_for_developers(text: str) -> None:
    assert parse_domain(text, websocket=True, local=True).serialise() == text
    with pytest.raises(ValueError):
        parse_domain(text, websocket=True)


@pytest.mark.parametrize("text", ["http://example.com", "ws://live.example.com"])
def test_what_is_not_encrypted_is_an_origin_on_this_computer_only(text: str) -> None:
    with pytest.raises(ValueError, match="only for localhost"):
        parse_domain(text, websocket=True, local=True)


def test_a_wildcard_below_localhost_is_refused() -> None:
    with pytest.raises(ValueError):
        parse_domain("http://*.localhost", websocket=False, local=True)


def test_matching_is_exact_on_scheme_host_and_port() -> None:
    pattern = parse_domain("https://api.example.com", websocket=False)
    assert pattern.matches("https", "api.example.com", 443)
    assert not pattern.matches("wss", "api.example.com", 443)
    assert not pattern.matches("https", "api.example.com", 8443)
    assert not pattern.matches("https", "x.api.example.com", 443)
    assert not pattern.matches("https", "evilapi.example.com", 443)


def test_a_wildcard_covers_names_below_but_not_the_name_itself() -> None:
    pattern = parse_domain("https://*.example.com", websocket=False)
    assert pattern.matches("https", "a.b.example.com", 443)
    assert not pattern.matches("https", "example.com", 443)
    assert not pattern.matches("https", "evilexample.com", 443)


@settings(database=None)
@given(st.text(max_size=60))
def test_whatever_parses_is_safe_inside_a_header(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://a.example{text}"):
        try:
            spelled = parse_domain(candidate, websocket=True).serialise()
        except ValueError:
            continue
        assert not set(spelled) - set("abcdefghijklmnopqrstuvwxyz0123456789.:/*-")
        assert parse_domain(spelled, websocket=True).serialise() == spelled
