"""What came back from the authorization server by way of the browser, judged in a fixed order.

1. it came to our address; 2. `state` is ours; 3. `iss` is the recorded issuer, by RFC 9207's table;
4. only then is an error believed; 5. else there is exactly one code.

Law: pure; what fails at 1 to 3 is neither acted on nor shown, not even its error text.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line

MAX_CALLBACK: Final = 16_384
MAX_FIELDS: Final = 50


class SignInDenied(UserFacingError):
    """The authorization server, or the person in front of it, said no. *code* is RFC 6749's."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What was recorded before the browser was opened."""

    redirect_uri: str
    state: Secret
    issuer: str
    states_iss: bool


def code_from(untrusted_url: str, awaited: Awaited) -> Secret:
    """The authorization code. Raises `SignInDenied` for a believed no, else `UserFacingError`."""
    fields = _fields(untrusted_url, awaited.redirect_uri)
    if not hmac.compare_digest(
        fields.get("state", "").encode("utf-8", "surrogatepass"), awaited.state.reveal().encode()
    ):
        raise UserFacingError(
            "the answer of the browser does not belong to this sign-in and was thrown away. "
            "Try again."
        )
    _require_issuer(fields.get("iss"), awaited)
    if "error" in fields:
        raise _denied(fields, awaited.issuer)
    code = fields.get("code", "")
    if not code:
        raise UserFacingError(
            f"the authorization server {one_line(awaited.issuer)} sent no code back. Try again."
        )
    return Secret(code)


def _fields(untrusted_url: str, redirect_uri: str) -> dict[str, str]:
    strange = UserFacingError(
        "the browser came back to another address than was agreed, or with something that cannot "
        "be read; it was thrown away. Try again."
    )
    if len(untrusted_url) > MAX_CALLBACK:
        raise strange
    try:
        came, agreed = urlsplit(untrusted_url), urlsplit(redirect_uri)
        pairs = parse_qsl(
            came.query,
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise strange from error
    here = (came.scheme, came.netloc, came.path) == (agreed.scheme, agreed.netloc, agreed.path)
    fields = dict(pairs)
    if not here or len(fields) != len(pairs):  # a parameter given twice means nothing
        raise strange
    return fields


def _require_issuer(iss: str | None, awaited: Awaited) -> None:
    if iss is None and not awaited.states_iss:
        return
    if iss is None or iss != awaited.issuer:
        raise UserFacingError(
            "the answer of the browser does not come from the authorization server "
            f"{one_line(awaited.issuer)} and was thrown away: it may be an attempt to mix two of "
            "them up. Report it to whoever runs the server."
        )


def _denied(fields: dict[str, str], issuer: str) -> SignInDenied:
    code = one_line(fields["error"], limit=60)
    if code == "access_denied":
        words = f"signing in at {one_line(issuer)} was refused there, by you or by its rules."
    else:
        words = f"the authorization server {one_line(issuer)} refused the sign-in ({code})."
    described = fields.get("error_description", "")
    said = f" It says: “{one_line(described, limit=300)}”." if described else ""
    return SignInDenied(f"{words}{said}", code=code)
