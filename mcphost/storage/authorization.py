"""What a person chose about signing in to a server, as JSON, and back.

Law: pure; only what differs from the strict default is written, so that `{}` is the strict default;
what does not parse is a `StorageError`. Used by `StateStore` only.
"""

from __future__ import annotations

from dataclasses import fields

from mcphost.domain.authorization import STRICT, AuthorizationSettings
from mcphost.domain.errors import StorageError
from mcphost.domain.json import Json, JsonObject

_NAMES = tuple(field.name for field in fields(AuthorizationSettings))


def authorization_to_json(settings: AuthorizationSettings) -> JsonObject:
    """*settings* without what is as it is by default."""
    chosen = {name: getattr(settings, name) for name in _NAMES}
    return {name: value for name, value in chosen.items() if value != getattr(STRICT, name)}


def authorization_from_json(value: Json) -> AuthorizationSettings:
    """The settings that `authorization_to_json` wrote. Raises `StorageError`."""
    if not isinstance(value, dict):
        raise StorageError("a stored server has sign-in settings that cannot be read.")
    known = {name: value[name] for name in _NAMES if name in value}
    wrong = [name for name in known if type(known[name]) is not type(getattr(STRICT, name))]
    if wrong or len(known) != len(value):
        raise StorageError("a stored server has sign-in settings that cannot be read.")
    return AuthorizationSettings(**known)  # pyright: ignore[reportArgumentType]
