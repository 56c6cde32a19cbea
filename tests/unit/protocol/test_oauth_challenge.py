"""Challenges as RFC 9110 writes them, and what is never mistaken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcphost.protocol.oauth_challenge import MAX_HEADER, challenge_of, parse_challenges

PRM = "https://example.com/.well-known/oauth-protected-resource"


@pytest.mark.requirement("MCP-148")
def test_a_bearer_challenge_is_read_whole() -> None:
    value = f'Bearer realm="x", resource_metadata="{PRM}", scope="read  write", error=invalid_token'
    found = challenge_of(401, [value])
    assert found is not None
    assert found.untrusted_metadata_url == PRM
    assert (found.scopes, found.error, found.dpop) == (("read", "write"), "invalid_token", False)


@pytest.mark.requirement("MCP-148")
@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="a, Bearer scope=\\"evil\\"", Bearer scope="read"',
        'Negotiate abc==, Bearer scope="read"',
        'Digest qop="auth", nonce=x , , bearer   scope = "read"',
        'Bearer error_description="needs scope=admin, resource_metadata=evil", scope="read"',
        'Bearer x_resource_metadata="https://evil", x_scope="admin", SCOPE="read"',
        'Bearer scope="re\\ad"',
    ],
)
def test_text_in_quotes_and_other_schemes_never_count(value: str) -> None:
    found = challenge_of(401, [value])
    assert found is not None
    assert (found.scopes, found.untrusted_metadata_url) == (("read",), None)


@pytest.mark.parametrize(
    "value",
    [
        'Bearer scope="read", scope="admin"',
        'Bearer scope="unterminated',
        'scope="read"',
        'Bearer scope="a" scope2="b"',
        "Bearer scope=",
        'Bearer scope="\x01"',
        "Bearer, " * 20 + 'Bearer scope="read"',
        'Bearer scope="' + "a" * MAX_HEADER + '"',
        'Bearer scope="read \\"write"',
    ],
)
def test_what_is_not_well_formed_says_nothing(value: str) -> None:
    found = challenge_of(401, [value])
    assert found is not None
    assert (found.scopes, found.error, found.untrusted_metadata_url) == ((), "", None)


def test_each_header_stands_for_itself() -> None:
    found = challenge_of(401, ['Bearer scope="broken', 'Bearer scope="read"'])
    assert found is not None
    assert found.scopes == ("read",)


def test_a_bearer_challenge_goes_before_a_dpop_one_which_is_noted() -> None:
    found = challenge_of(401, ['DPoP algs="ES256", scope="a"', 'Bearer scope="b"'])
    assert found is not None
    assert (found.scopes, found.dpop) == (("b",), True)


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (403, "Bearer"),
        (403, 'Bearer error="invalid_token"'),
        (403, 'Basic error="insufficient_scope"'),
        (400, 'Bearer error="insufficient_scope"'),
        (407, 'Bearer scope="x"'),
    ],
)
def test_nothing_else_is_a_wish_to_sign_in(status: int, value: str) -> None:
    assert challenge_of(status, [value]) is None


def test_a_401_without_any_challenge_is_one() -> None:
    assert challenge_of(401, []) is not None


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(value: str) -> None:
    try:
        for challenge in parse_challenges(value):
            assert challenge.scheme == challenge.scheme.lower()
    except ValueError:
        pass
    assert challenge_of(401, [value]) is not None


PARAMETERS = st.dictionaries(
    st.sampled_from(["scope", "realm", "error", "x-y"]),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20),
    max_size=4,
)


@given(st.lists(st.tuples(st.sampled_from(["Bearer", "Basic", "DPoP"]), PARAMETERS), max_size=5))
def test_what_is_written_is_what_is_read(challenges: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    value = ", ".join(
        f"{scheme} " + ", ".join(f"{n}={quoted(v)}" for n, v in parameters.items())
        for scheme, parameters in challenges
    )
    read = [(c.scheme, dict(c.parameters)) for c in parse_challenges(value)]
    assert read == [(scheme.lower(), parameters) for scheme, parameters in challenges]
