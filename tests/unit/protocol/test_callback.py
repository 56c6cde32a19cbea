"""Only the one answer that is waited for counts as a browser's return."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcphost.protocol.callback import Expected, StrayVisit, answer_of, state_of

EXPECTED = Expected(authority="127.0.0.1:4711", path="/callback/x1", state="s-1")
GOOD = "/callback/x1?code=c&state=s-1"


def head(
    target: str = GOOD, *, method: str = "GET", host: str = "127.0.0.1:4711", **more: str
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines).encode()


def status_of(data: bytes) -> int:
    with pytest.raises(StrayVisit) as stray:
        answer_of(data, EXPECTED)
    return stray.value.status


def test_the_answer_to_this_very_request_is_taken() -> None:
    assert answer_of(head(), EXPECTED) == GOOD
    refused = "/callback/x1?error=access_denied&state=s-1"
    assert answer_of(head(refused, Sec_Fetch_Dest="document"), EXPECTED) == refused


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (head(host="127.0.0.1:4712"), 421),
        (head(host="localhost:4711"), 421),
        (head(host="evil.example"), 421),
        (head() + b"\r\nHost: 127.0.0.1:4711", 421),
        (b"GET " + GOOD.encode() + b" HTTP/1.1", 421),
        (head(method="POST"), 405),
        (head(method="HEAD"), 405),
        (head("/callback/x2?code=c&state=s-1"), 404),
        (head("/callback?code=c&state=s-1"), 404),
        (head("/favicon.ico"), 404),
        (head("/callback/x1"), 400),
        (head("/callback/x1?code=c"), 400),
        (head("/callback/x1?code=c&state=s-2"), 400),
        (head("/callback/x1?code=c&state=s-1&state=s-1"), 400),
        (head("/callback/x1?state=s-1"), 400),
        (head(Sec_Fetch_Dest="image"), 400),
        (head(Sec_Fetch_Dest="iframe"), 400),
        (head("http://127.0.0.1:4711/callback/x1?code=c&state=s-1"), 400),
        (head("/callback/x1?code=" + "c" * 9000 + "&state=s-1"), 400),
        (head() + b"\r\nX: 1" * 80, 400),
        (head() + b"\r\n folded: no", 400),
        (head() + b"\r\nX: a\x00b", 400),
        (b"", 400),
    ],
)
def test_anything_else_is_a_stray_visit(data: bytes, status: int) -> None:
    assert status_of(data) == status


@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    for candidate in (data, head().replace(b"code=c", data)):
        with suppress(StrayVisit):
            assert answer_of(candidate, EXPECTED).startswith("/callback/x1?")


def test_the_state_that_was_sent_is_read_from_the_address() -> None:
    assert state_of("https://as.example/authorize?client_id=a&state=s%2F1") == "s/1"
    assert state_of("https://as.example/authorize") is None
    assert state_of("https://as.example/authorize?state=a&state=b") is None
