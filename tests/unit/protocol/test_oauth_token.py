"""The answers of a token endpoint and of a registration endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.protocol.oauth_token import error_code, parse_registration, parse_token_answer

GOOD: dict[str, Any] = {"access_token": "t-secret", "token_type": "bearer"}


def test_no_representation_of_an_answer_shows_a_token() -> None:
    answer = parse_token_answer({**GOOD, "refresh_token": "r-secret"})
    for text in (repr(answer), str(answer), f"{answer.access}", f"{answer.access!r}"):
        assert "secret" not in text
    assert answer.access.reveal() == "t-secret"


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a\r\nX: y"},
        {"access_token": "a b"},
        {"access_token": "a" * 40_000},
        {"access_token": 7},
        {"token_type": "mac"},
        {"token_type": None},
        {"refresh_token": "a\nb"},
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserFacingError):
        parse_token_answer({**GOOD, **wrong})


@pytest.mark.parametrize(
    ("said", "life"),
    [(60, 60), ("60", 60), (-1, None), (True, None), (None, None), (1e12, 31622400)],
)
def test_a_life_is_bounded(said: Any, life: int | None) -> None:
    assert parse_token_answer({**GOOD, "expires_in": said}).life == life


def test_a_registration_keeps_only_what_was_agreed() -> None:
    made = parse_registration({"client_id": "c", "client_secret": "s"}, asked_method="none")
    assert (made.client_id, made.secret, made.auth_method) == ("c", None, "none")
    basic = parse_registration(
        {"client_id": "c", "client_secret": "s"}, asked_method="client_secret_basic"
    )
    assert basic.secret is not None
    assert repr(basic.secret) != "s"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"client_id": ""},
        {"client_id": 1},
        {"client_id": "c", "token_endpoint_auth_method": "private_key_jwt"},
        {"client_id": "c", "token_endpoint_auth_method": "client_secret_basic"},
        {"client_id": "c", "client_secret": 1},
    ],
)
def test_a_registration_that_cannot_be_used_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(UserFacingError):
        parse_registration(document, asked_method="none")


def test_of_an_error_only_its_code_is_kept() -> None:
    assert error_code({"error": "invalid_grant\u202e", "error_description": "x"}) == (
        "invalid_grant⟨U+202E⟩"
    )
    assert error_code({"error": 1}) == ""
