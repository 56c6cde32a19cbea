"""The token endpoint: every grant goes through here, with the client's own proof of who it is.

Law: (1) `resource` goes with every request; (2) what was refused is a `TokenRefused` with RFC
6749's code and nothing else of the answer; (3) a nonce that is asked for is sent once more, no
oftener. Loop thread.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_challenge import USE_DPOP_NONCE
from mcphost.protocol.oauth_token import Registration, TokenAnswer, error_code, parse_token_answer
from mcphost.servers.auth.fetch import REVOCATION, Errand, Fetched, Fetcher
from mcphost.servers.auth.proof import client_assertion, dpop_proof

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_NONCES: Final = 100


class TokenRefused(UserFacingError):
    """The token endpoint said no. *code* is RFC 6749's, or empty."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a registration, and a key where it is one."""

    client: Registration
    private_key: Secret | None = None
    algorithm: str = ""
    audience: str = ""
    """Of the assertion that the key signs: the issuer."""


class TokenEndpoint:
    """One for all authorization servers; remembers only their nonces."""

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float]) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._nonces: dict[str, str] = {}

    async def ask(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        caller: Caller,
        errand: Errand,
        step: str,
        dpop_key: Secret | None = None,
        to_exchange: bool = False,
    ) -> TokenAnswer:
        """Ask for a token; *to_exchange*: one that goes on to another endpoint. Raises
        `TokenRefused`, and as `Fetcher` does.
        """
        fetched = await self._post(url, fields, caller, errand, step, dpop_key)
        if dpop_key is not None and error_code(fetched.document) == USE_DPOP_NONCE:
            fetched = await self._post(url, fields, caller, errand, step, dpop_key)
        if fetched.status != 200:
            code = error_code(fetched.document)
            raise TokenRefused(
                f"the authorization server of {errand.config.title} gave no token "
                f"({one_line(code) or f'HTTP {fetched.status}'}). {_advice(code)}",
                code=code,
            )
        answer = parse_token_answer(fetched.document)
        if (answer.to_exchange and not to_exchange) or (answer.dpop and dpop_key is None):
            raise UserFacingError(
                f"the authorization server of {errand.config.title} gave a token of another kind "
                "than was asked for; it was not used. Report it to whoever runs the server."
            )
        return answer

    async def revoke(
        self, url: str, token: Secret, hint: str, *, caller: Caller, errand: Errand
    ) -> int:
        """Ask that *token* be of no use any more (RFC 7009); the HTTP status of the answer. Raises
        as `Fetcher` does.
        """
        fields = {"token": token.reveal(), "token_type_hint": hint}
        return (await self._post(url, fields, caller, errand, REVOCATION, None)).status

    async def _post(
        self,
        url: str,
        fields: Mapping[str, str],
        caller: Caller,
        errand: Errand,
        step: str,
        dpop_key: Secret | None,
    ) -> Fetched:
        extra, headers = self._proof_of(caller)
        if dpop_key is not None:
            proof = dpop_proof(
                dpop_key, verb="POST", url=url, now=self._clock(), nonce=self._nonces.get(url)
            )
            headers = (*headers, ("DPoP", proof))
        fetched = await self._fetcher.post_form(
            url, {**fields, **extra}, step=step, errand=errand, headers=headers
        )
        if fetched.nonce is not None and len(fetched.nonce) < 1000:
            if len(self._nonces) >= _MAX_NONCES:
                self._nonces.clear()
            self._nonces[url] = fetched.nonce
        return fetched

    def _proof_of(self, caller: Caller) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
        client = caller.client
        secret = client.secret.reveal() if client.secret is not None else ""
        match client.auth_method:
            case "client_secret_basic":
                pair = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
                token = base64.b64encode(pair.encode()).decode()
                # The id is no proof, and the official SDK's server looks the program up by it.
                return {"client_id": client.client_id}, (("Authorization", f"Basic {token}"),)
            case "client_secret_post":
                return {"client_id": client.client_id, "client_secret": secret}, ()
            case "private_key_jwt" if caller.private_key is not None:
                assertion = client_assertion(
                    caller.private_key,
                    algorithm=caller.algorithm,
                    client_id=client.client_id,
                    audience=caller.audience,
                    now=self._clock(),
                )
                return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}, ()
            case _:
                return {"client_id": client.client_id}, ()


def choose_auth_method(offered: tuple[str, ...] | None, *, has_secret: bool, has_key: bool) -> str:
    """How a client shows who it is, of the ways the authorization server takes; RFC 8414's default
    where it does not say. Raises `UserFacingError` when there is none in common.
    """
    taken = ("client_secret_basic",) if offered is None else offered
    ours = (
        *(("private_key_jwt",) if has_key else ()),
        *(("client_secret_basic", "client_secret_post") if has_secret else ()),
        "none",
    )
    for method in ours:
        if method in taken:
            return method
    if not has_secret and not has_key and offered is None:
        return "none"
    raise UserFacingError(
        "the authorization server takes no kind of client authentication that this program can "
        f"give; it takes: {one_line(', '.join(taken) or 'none')}."
    )


def _advice(code: str) -> str:
    match code:
        case "invalid_client" | "unauthorized_client":
            return "It does not know this program under that id, or not for this: sign in again."
        case "invalid_scope":
            return "It does not grant the permissions that the server asks for."
        case "invalid_target":
            return "It gives no tokens for this server."
        case _:
            return "Sign in again; if that does not help, ask whoever runs the server."
