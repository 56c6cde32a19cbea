"""JSON values as Python sees them, and the one canonical form (RFC 8785).

Every digest the host shows, signs or compares is taken over `canonical_bytes`, so that
what a person approved and what left the machine can be compared byte by byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from mcphost.domain.ids import Digest

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Covariant and read-only on purpose: a parsed message is never changed, only rebuilt."""

JsonObject: TypeAlias = "Mapping[str, Json]"


def canonical_bytes(value: Json) -> bytes:
    """Serialise *value* by RFC 8785. Raises `rfc8785.CanonicalizationError` for NaN and huge
    integers.
    """
    return rfc8785.dumps(value)  # pyright: ignore[reportArgumentType]  # its stub wants dict, list


def canonical_digest(value: Json) -> Digest:
    """SHA-256 (hex) of the canonical form of *value*."""
    return digest(canonical_bytes(value))


def digest(data: bytes) -> Digest:
    """SHA-256 (hex) of exact bytes."""
    return Digest(hashlib.sha256(data).hexdigest())
