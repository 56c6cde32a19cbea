"""How a program signs in by itself, as `servers sign-in NAME --machine` reads it: one JSON object.

Law: it comes by standard input, because it holds secrets; what is missing, unknown or of the wrong
kind is named, and nothing is kept. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, cast

from mcphost.domain.errors import NotConfigured
from mcphost.domain.json import Json
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line
from mcphost.servers.auth.records import MachineGrant

LONGEST: Final = 64 * 1024
_SECRETS: Final = frozenset({"client_secret", "private_key", "id_token", "assertion"})
_WAYS: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    "client_credentials": (
        frozenset({"client_secret"}),
        frozenset({"private_key", "algorithm"}),
    ),
    "enterprise": (
        frozenset({"client_secret", "id_token", "idp_client_id", "idp_token_endpoint"}),
        frozenset({"id_token", "idp_client_id", "idp_token_endpoint"}),
    ),
    "workload": (frozenset({"assertion"}),),
}
"""What each kind needs beside `kind` and `client_id`, in one of these sets."""
_OPTIONAL: Final = frozenset({"issuer", "idp_issuer"})


def parse_machine_grant(untrusted: str) -> MachineGrant:
    """The grant that *untrusted* spells. Raises `NotConfigured` saying what is wrong with it."""
    given = _fields(untrusted)
    kind = given.get("kind", "")
    ways = _WAYS.get(kind)
    if ways is None:
        raise NotConfigured(f"“kind” must be one of {', '.join(_WAYS)}")
    if not given.get("client_id"):
        raise NotConfigured("“client_id” is missing: how this program is known there")
    named = frozenset(given) - {"kind", "client_id"} - _OPTIONAL
    if named not in ways:
        wanted = " or ".join(", ".join(sorted(way)) for way in ways)
        raise NotConfigured(f"{kind} goes with exactly {wanted}; given: {_listed(named)}")
    plain = {name: value for name, value in given.items() if name not in _SECRETS}
    secrets = {name: Secret(value) for name, value in given.items() if name in _SECRETS}
    return MachineGrant(**plain, **secrets)  # pyright: ignore[reportArgumentType]


def _fields(untrusted: str) -> dict[str, str]:
    if len(untrusted) > LONGEST:
        raise NotConfigured(f"what was given is longer than {LONGEST} characters")
    try:
        value = cast("Json", json.loads(untrusted))
    except (ValueError, RecursionError) as error:  # its words could repeat a secret
        raise NotConfigured("standard input did not hold a JSON object") from error
    if not isinstance(value, Mapping):
        raise NotConfigured("standard input did not hold a JSON object")
    fields = {name: text for name, text in value.items() if isinstance(text, str) and text}
    if len(fields) != len(value):
        wrong = [name for name in value if name not in fields]
        raise NotConfigured(f"these are not plain text: {_listed(wrong)}")
    return fields


def _listed(names: object) -> str:
    words = sorted(one_line(str(name), limit=40) for name in cast("list[str]", names))
    return ", ".join(words) or "nothing"
