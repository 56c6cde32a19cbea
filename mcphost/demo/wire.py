"""The wire format of 2026-07-28 as a server sees it: strict parsing, `_meta`, results, errors.

Pure: bytes in, values out. Called by `stdio` and `http` for every message. Written apart from the
host's own protocol room on purpose, so that each side checks the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn, cast

VERSION: Final = "2026-07-28"
MAX_MESSAGE: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 32

_PREFIX = "io.modelcontextprotocol/"
META_VERSION: Final = _PREFIX + "protocolVersion"
META_CAPABILITIES: Final = _PREFIX + "clientCapabilities"
META_SERVER: Final = _PREFIX + "serverInfo"
UI_EXTENSION: Final = _PREFIX + "ui"

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022

Object = dict[str, Any]


class Refused(Exception):
    """A request this server answers with a JSON-RPC error; *status* is the HTTP status for it."""

    def __init__(self, code: int, message: str, data: Object | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data
        self.status = 404 if code == METHOD_NOT_FOUND else 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One parsed request. *id* is None for a notification, which nobody answers."""

    id: int | str | None
    method: str
    params: Object


def as_object(value: Any) -> Object | None:  # any JSON value
    """*value* when it is a JSON object, else None."""
    return cast("Object", value) if isinstance(value, dict) else None


def parse_call(data: bytes) -> Call:
    """One JSON-RPC request or notification, strictly. Raises `Refused`."""
    if len(data) > MAX_MESSAGE:
        raise Refused(INVALID_REQUEST, f"the message is larger than {MAX_MESSAGE} bytes")
    message = _parse_object(data)
    if message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise Refused(INVALID_REQUEST, "not a JSON-RPC 2.0 request")
    if not message.keys() <= {"jsonrpc", "id", "method", "params"}:
        raise Refused(INVALID_REQUEST, "unknown members beside jsonrpc, id, method and params")
    identifier = message.get("id")
    if "id" in message and (isinstance(identifier, bool) or not isinstance(identifier, int | str)):
        raise Refused(INVALID_REQUEST, "the id must be a string or an integer")
    params = as_object(message.get("params", {}))
    if params is None:
        raise Refused(INVALID_PARAMS, "params must be an object")
    return Call(id=identifier, method=message["method"], params=params)


def check_meta(params: Object) -> Object:
    """The client capabilities of this request, after checking the required `_meta` keys."""
    meta = as_object(params.get("_meta"))
    if meta is None:
        raise Refused(INVALID_PARAMS, "params._meta is required on every request")
    version = meta.get(META_VERSION)
    if not isinstance(version, str):
        raise Refused(INVALID_PARAMS, f"params._meta needs {META_VERSION}")
    if version != VERSION:
        raise unsupported(version)
    capabilities = as_object(meta.get(META_CAPABILITIES))
    if capabilities is None:
        raise Refused(INVALID_PARAMS, f"params._meta needs {META_CAPABILITIES}")
    return capabilities


def claimed_version(params: Object) -> str | None:
    """The protocol version a request claims, if it claims one."""
    meta = as_object(params.get("_meta"))
    version = meta.get(META_VERSION) if meta else None
    return version if isinstance(version, str) else None


def unsupported(requested: str) -> Refused:
    """The refusal of a protocol version we do not speak."""
    return Refused(
        UNSUPPORTED_VERSION,
        "this server speaks only " + VERSION,
        {"supported": [VERSION], "requested": requested[:40]},
    )


def encode_result(identifier: int | str, result: Object) -> bytes:
    """The bytes of a successful answer."""
    return _encode({"jsonrpc": "2.0", "id": identifier, "result": result})


def encode_refusal(identifier: int | str | None, refusal: Refused) -> bytes:
    """The bytes of an error answer; without an id when the request had none we could read."""
    error: Object = {"code": refusal.code, "message": str(refusal)}
    if refusal.data is not None:
        error["data"] = refusal.data
    message: Object = {"jsonrpc": "2.0", "error": error}
    if identifier is not None:
        message["id"] = identifier
    return _encode(message)


def _encode(message: Object) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _parse_object(data: bytes) -> Object:
    try:
        parsed = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Refused(PARSE_ERROR, "the message is not JSON") from error
    value = as_object(parsed)
    if value is None:
        raise Refused(INVALID_REQUEST, "a message is one JSON object; there are no batches")
    _check_depth(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: object) -> None:
    """Raise when *value* nests deeper than MAX_DEPTH or holds a lone surrogate."""
    layer: list[object] = [value]
    for _ in range(MAX_DEPTH):
        layer = [inner for outer in layer for inner in _children(outer)]
        if not layer:
            return
    raise Refused(INVALID_REQUEST, f"nested deeper than {MAX_DEPTH}")


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        members = cast("Object", value)
        return [*members.keys(), *members.values()]
    if isinstance(value, list):
        return cast("list[object]", value)
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise Refused(PARSE_ERROR, "the message holds a lone surrogate")
    return []
