"""Sealed tokens: how a stateless server remembers. The caller carries the state, the seal proves
that it is ours and unaltered.

A token is `<payload>.<tag>`, both base64url: JSON and an HMAC-SHA-256 over purpose and payload.
The key lives as long as the process, or is shared between instances through the environment
variable `MCPHOST_DEMO_KEY`. Pure but for the choice of the key; called on the serving thread.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from typing import Any, Final

KEY_VARIABLE: Final = "MCPHOST_DEMO_KEY"
MIN_KEY: Final = 16


class BadSeal(Exception):
    """The token is not one of ours, or was altered."""


def key_from_environment() -> bytes:
    """The shared key, or a fresh one for this process. Raises `ValueError` when it is too short."""
    text = os.environ.get(KEY_VARIABLE, "")
    if not text:
        return secrets.token_bytes(32)
    if len(text) < MIN_KEY:
        raise ValueError(f"{KEY_VARIABLE} must have at least {MIN_KEY} characters")
    return hashlib.sha256(text.encode()).digest()


class Sealer:
    """Makes and opens tokens for one *purpose* each; a token for one purpose opens no other."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, purpose: str, value: Any) -> str:  # any JSON value
        """The token that carries *value*."""
        payload = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        return f"{_text(payload)}.{_text(self._tag(purpose, payload))}"

    def open(self, purpose: str, token: str) -> Any:
        """What *token* carries. Raises `BadSeal`."""
        head, _, tail = token.partition(".")
        try:
            payload, tag = _bytes(head), _bytes(tail)
        except (binascii.Error, ValueError) as error:
            raise BadSeal("not a token") from error
        exact = _text(payload) == head and _text(tag) == tail  # base64 has spare bits at the end
        if not exact or not hmac.compare_digest(tag, self._tag(purpose, payload)):
            raise BadSeal("the seal does not match")
        return json.loads(payload)

    def _tag(self, purpose: str, payload: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + payload, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
