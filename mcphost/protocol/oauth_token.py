"""The answers of a token endpoint and of a registration endpoint, read strictly.

Law: pure; secrets are `Secret` from the moment they are read; of an error only its code is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_scopes import parse_scopes

MAX_TOKEN: Final = 32_768
_TOKEN = re.compile(r"[\x21-\x7e]+")
_MAX_LIFE: Final = 366 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """RFC 6749 §5.1. *scopes* None: as asked for. *life* is in seconds, None when not said."""

    access: Secret
    dpop: bool
    refresh: Secret | None = None
    scopes: tuple[str, ...] | None = None
    life: int | None = None
    issued_type: str = ""
    """What a token exchange gave."""
    to_exchange: bool = False
    """It is no token to show to a server (RFC 8693's `N_A`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a client is to one authorization server."""

    client_id: str
    secret: Secret | None = field(default=None)
    auth_method: str = "none"
    expires_at: float = 0.0
    """When the secret ends; 0: never."""


def parse_token_answer(untrusted: JsonObject) -> TokenAnswer:
    """Raises `UserFacingError` when it is none that can be used."""
    kind = untrusted.get("token_type")
    if not isinstance(kind, str) or kind.lower() not in {"bearer", "dpop", "n_a"}:
        raise UserFacingError(
            "the authorization server gave a token of a kind that this program does not know "
            f"(“{one_line(str(kind), limit=40)}”). Report it to whoever runs the server."
        )
    refresh, scope = untrusted.get("refresh_token"), untrusted.get("scope")
    issued = untrusted.get("issued_token_type")
    return TokenAnswer(
        access=_token(untrusted.get("access_token"), "access"),
        dpop=kind.lower() == "dpop",
        to_exchange=kind.lower() == "n_a",
        refresh=None if refresh is None else _token(refresh, "refresh"),
        scopes=parse_scopes(scope) if isinstance(scope, str) else None,
        life=_seconds(untrusted.get("expires_in")),
        issued_type=issued if isinstance(issued, str) else "",
    )


def parse_registration(untrusted: JsonObject, *, asked_method: str) -> Registration:
    """RFC 7591 §3.2.1. Raises `UserFacingError`."""
    client_id, secret = untrusted.get("client_id"), untrusted.get("client_secret")
    # Who gives no secret and does not speak of one has registered a public client.
    usual = asked_method if secret else "none"
    method = untrusted.get("token_endpoint_auth_method", usual)
    if not isinstance(client_id, str) or not 0 < len(client_id) <= 2048:
        raise UserFacingError("the authorization server registered this program without an id")
    if method not in {"none", "client_secret_basic", "client_secret_post"}:
        raise UserFacingError(
            "the authorization server wants a kind of client authentication that was not asked "
            f"for (“{one_line(str(method), limit=60)}”)"
        )
    if secret is not None and not isinstance(secret, str):
        raise UserFacingError("the authorization server gave a client secret that is no text")
    if method != "none" and not secret:
        raise UserFacingError("the authorization server wants a client secret and gave none")
    return Registration(
        client_id=client_id,
        secret=Secret(secret) if secret and method != "none" else None,
        auth_method=str(method),
        expires_at=float(_seconds(untrusted.get("client_secret_expires_at"), _FAR) or 0),
    )


def error_code(untrusted: JsonObject) -> str:
    """The error of RFC 6749 §5.2, fit to show; empty when there is none."""
    code = untrusted.get("error")
    return one_line(code, limit=60) if isinstance(code, str) else ""


_FAR: Final = 32_503_680_000  # the year 3000


def _seconds(value: Json, most: int = _MAX_LIFE) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)  # seen in the wild
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return int(min(value, most))


def _token(value: Json, what: str) -> Secret:
    if not isinstance(value, str) or len(value) > MAX_TOKEN or not _TOKEN.fullmatch(value):
        raise UserFacingError(
            f"the authorization server gave no {what} token that can be used. "
            "Report it to whoever runs it."
        )
    return Secret(value)
