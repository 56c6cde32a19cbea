"""What comes back from the browser: state, issuer, error, code, in that order."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.protocol.oauth_callback import Awaited, SignInDenied, code_from

HERE = "http://127.0.0.1:7000/callback/x"
ISSUER = "https://as.example"


def came(states_iss: bool = False, at: str = HERE, **fields: str) -> str:
    awaited = Awaited(redirect_uri=HERE, state=Secret("s-1"), issuer=ISSUER, states_iss=states_iss)
    return code_from(f"{at}?{urlencode(fields)}", awaited).reveal()


@pytest.mark.requirement("MCP-166")
@pytest.mark.parametrize(("states_iss", "iss"), [(True, ISSUER), (False, ISSUER), (False, None)])
def test_the_code_is_taken_when_the_issuer_fits(states_iss: bool, iss: str | None) -> None:
    extra = {} if iss is None else {"iss": iss}
    assert came(states_iss, state="s-1", code="c-1", **extra) == "c-1"


@pytest.mark.requirement("MCP-167")
@pytest.mark.parametrize("states_iss", [True, False])
@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example",
        "https://as.example/",
        "https://AS.example",
        "https://as.example:443",
        "https://as.exampl%65",
        "",
    ],
)
def test_another_issuer_is_refused_by_the_letter(states_iss: bool, iss: str) -> None:
    with pytest.raises(UserFacingError, match="does not come from"):
        came(states_iss, state="s-1", code="c-1", iss=iss)


@pytest.mark.requirement("MCP-166")
def test_a_missing_issuer_is_refused_where_it_was_promised() -> None:
    with pytest.raises(UserFacingError, match="does not come from"):
        came(True, state="s-1", code="c-1")


@pytest.mark.requirement("MCP-168")
def test_of_a_wrong_issuers_error_nothing_is_shown() -> None:
    with pytest.raises(UserFacingError) as caught:
        came(state="s-1", iss="https://evil.example", error="x-err", error_description="call 555")
    assert not isinstance(caught.value, SignInDenied)
    assert "555" not in str(caught.value)
    assert "x-err" not in str(caught.value)


@pytest.mark.requirement("MCP-168")
def test_of_an_error_without_the_promised_issuer_nothing_is_shown() -> None:
    with pytest.raises(UserFacingError) as caught:
        came(True, state="s-1", error="x-err", error_description="call 555")
    assert not isinstance(caught.value, SignInDenied)
    assert "555" not in str(caught.value)


@pytest.mark.requirement("MCP-169")
@pytest.mark.parametrize("state", ["", "s-2", "S-1", "s-1 "])
def test_an_answer_with_another_state_is_thrown_away_before_anything_else(state: str) -> None:
    with pytest.raises(UserFacingError, match="does not belong to this sign-in") as caught:
        came(state=state, code="c-1", error="access_denied", error_description="call 555")
    assert "555" not in str(caught.value)


def test_a_refusal_is_believed_when_state_and_issuer_fit() -> None:
    with pytest.raises(SignInDenied, match="was refused there") as caught:
        came(state="s-1", iss=ISSUER, error="access_denied", error_description="no\u202e!")
    assert caught.value.code == "access_denied"
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize(
    "at",
    [
        "http://127.0.0.1:7000/callback/y",
        "http://127.0.0.1:7001/callback/x",
        "https://127.0.0.1:7000/callback/x",
        "http://evil.example/callback/x",
    ],
)
def test_an_answer_at_another_address_is_thrown_away(at: str) -> None:
    with pytest.raises(UserFacingError, match="another address"):
        came(at=at, state="s-1", code="c-1")


def test_a_parameter_given_twice_means_nothing() -> None:
    awaited = Awaited(redirect_uri=HERE, state=Secret("s-1"), issuer=ISSUER, states_iss=False)
    with pytest.raises(UserFacingError, match="cannot be read"):
        code_from(f"{HERE}?state=s-1&code=a&code=b", awaited)


def test_an_answer_without_a_code_is_no_answer() -> None:
    with pytest.raises(UserFacingError, match="no code"):
        came(state="s-1")
