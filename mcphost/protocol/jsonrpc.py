"""JSON-RPC 2.0 on the wire: one strict parser for everything that comes in, encoders for what goes.

Law: (1) a message is well-formed or it is refused, never repaired: duplicate keys, NaN, infinities,
lone surrogates, batches, unknown top-level keys and ids that are not strings or integers are
errors. (2) Size and depth are checked before anything is built. (3) Every step is linear in the
size of the input. Pure; called on the loop thread by the servers and views rooms.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, TypeAlias, cast

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.protocol.long_strings import LONG, MAX_QUOTES, put_aside

MAX_DEPTH: Final = 64
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_VALUES: Final = 500_000
_SLICE: Final = 65_536
_COUNTED: Final = 1024 * 1024

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603

MessageId: TypeAlias = "int | str"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call that wants an answer."""

    id: MessageId
    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A call that wants none."""

    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The good answer. In MCP a result is always an object."""

    id: MessageId
    result: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """The bad answer. *id* is None when the peer could not read the id of what it refuses."""

    id: MessageId | None
    code: int
    untrusted_message: str
    data: Json = None


Message: TypeAlias = Request | Notification | Response | ErrorResponse

_KEYS_OF: Final = {
    Request: frozenset({"jsonrpc", "id", "method", "params"}),
    Response: frozenset({"jsonrpc", "id", "result"}),
    ErrorResponse: frozenset({"jsonrpc", "id", "error"}),
}
# The alternative at the end lets an unterminated string match too, so that no text is read twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_TO_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse_message(
    data: bytes | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
) -> Message:
    """The one message in *data*. Raises `ProtocolViolation` saying what is wrong with it."""
    return _message(_parse(data, max_bytes, max_depth, max_values))


def parse_messages(
    data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> tuple[Message, ...]:
    """Like `parse_message`, but a batch is accepted: revision 2025-03-26 obliges clients to."""
    untrusted = _parse(data, max_bytes, max_depth)
    if isinstance(untrusted, list):
        batch = cast("list[Any]", untrusted)
        if not batch:
            raise ProtocolViolation("an empty batch")
        return tuple(_message(item) for item in batch)
    return (_message(untrusted),)


def parse_json(
    data: bytes | str,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
) -> Json:
    """Any JSON value, with the same strictness. Raises `ProtocolViolation`."""
    return _parse(data, max_bytes, max_depth, max_values)


def values_in(text: str) -> int:
    """About how many values the JSON in *text* holds; commas in its strings are none."""
    return _values(_outside_strings(text.encode("utf-8", "surrogatepass")))


def object_or_empty(value: Json) -> JsonObject:
    """*value* when it is an object, else an empty one: for optional parts of a message."""
    empty: JsonObject = {}
    return value if isinstance(value, Mapping) else empty


def encode_request(message_id: MessageId, method: str, params: JsonObject) -> bytes:
    """A request, ready to send."""
    return _encode({"jsonrpc": "2.0", "id": message_id, "method": method, "params": params})


def encode_notification(method: str, params: JsonObject | None = None) -> bytes:
    """A notification, ready to send."""
    head: dict[str, Json] = {"jsonrpc": "2.0", "method": method}
    return _encode(head if params is None else {**head, "params": params})


def encode_response(message_id: MessageId, result: JsonObject) -> bytes:
    """The answer to a request, ready to send."""
    return _encode({"jsonrpc": "2.0", "id": message_id, "result": result})


def encode_error(message_id: MessageId | None, code: int, message: str, data: Json = None) -> bytes:
    """The refusal of a request, ready to send. *data* None is left out."""
    error: dict[str, Json] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return _encode({"jsonrpc": "2.0", "id": message_id, "error": error})


def _encode(message: JsonObject) -> bytes:
    text = json.dumps(
        message, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_plain
    )
    return text.encode()


def _as_plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    if isinstance(value, tuple | list):
        return list(cast("tuple[object, ...]", value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _parse(data: bytes | str, max_bytes: int, max_depth: int, max_values: int = MAX_VALUES) -> Any:
    # 1. size
    if len(data) > max_bytes:
        raise ProtocolViolation(f"a message of more than {max_bytes} bytes")
    raw = _utf8(data) if isinstance(data, str) else data
    if len(raw) > max_bytes:
        raise ProtocolViolation(f"a message of more than {max_bytes} bytes")
    # 2. depth and number of values
    _check_shape(raw, max_depth, max_values)
    # 3. JSON itself
    try:
        value: Any = _load(raw)
    except UnicodeDecodeError as error:
        raise ProtocolViolation("not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ProtocolViolation(f"not JSON: {type(error).__name__}") from error
    # 4. text that no encoding can carry
    if _SURROGATE_ESCAPE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def _load(raw: bytes) -> Any:
    aside: list[str] = []
    text = raw
    if len(raw) > LONG and _count(raw, b'"') <= MAX_QUOTES:
        text, aside = put_aside(raw)
    left = iter(aside)

    def constant(name: str) -> str:
        string = next(left, None) if name == "NaN" else None
        if string is None:
            raise ProtocolViolation(f"{name} is not JSON")
        return string

    value: Any = json.loads(
        text.decode("utf-8"),
        object_pairs_hook=_unique,
        parse_constant=constant,
        parse_float=_finite,
    )
    if next(left, None) is not None:
        raise ProtocolViolation("not JSON: a string where none can be")
    return value


def _refuse_lone_surrogates(value: Any) -> None:
    """Every text of *value* can be encoded. A walk, so that nothing large is built for it."""
    rest: list[Any] = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            if not item.isascii():
                _utf8(item)
        elif isinstance(item, dict):
            whole = cast("dict[str, Any]", item)
            rest.extend(whole)
            rest.extend(whole.values())
        elif isinstance(item, list):
            rest.extend(cast("list[Any]", item))


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ProtocolViolation("a lone surrogate") from error


def _values(bare: bytes) -> int:
    """How many values there are about, outside of strings."""
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{")


def _check_shape(raw: bytes, max_depth: int, max_values: int) -> None:
    """Refuse nesting beyond *max_depth* and more values than anybody can want.

    Each step in C is short: other threads draw a window and serve other calls meanwhile.
    """
    if _count(raw, b"[", b"{") <= max_depth and _count(raw, b",") <= max_values:
        return
    many = ProtocolViolation(f"a message of more than {max_values} values")
    if _count(raw, b'"') > 2 * max_values:
        raise many
    bare = _outside_strings(raw)
    if _values(bare) > max_values:
        raise many
    steps = memoryview(bare.translate(_TO_STEPS, _NOT_BRACKETS)).cast("b")
    depth = 0
    for start in range(0, len(steps), _SLICE):
        depths = tuple(accumulate(steps[start : start + _SLICE], initial=depth))
        if max(depths) > max_depth:
            raise ProtocolViolation(f"JSON nested deeper than {max_depth} levels")
        depth = depths[-1]


def _count(raw: bytes, *what: bytes) -> int:
    if len(raw) <= _COUNTED:  # nearly every message
        return sum(map(raw.count, what))
    slices = (raw[start : start + _COUNTED] for start in range(0, len(raw), _COUNTED))
    return sum(piece.count(one) for piece in slices for one in what)


def _outside_strings(raw: bytes) -> bytes:
    parts: list[bytes] = []
    end = 0
    for string in _STRING.finditer(raw):
        if string.start() > end:
            parts.append(raw[end : string.start()])
        end = string.end()
    parts.append(raw[end:])
    return b"".join(parts)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ProtocolViolation("an object with the same key twice")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ProtocolViolation("a number too large to hold")
    return value


def _message(untrusted: Any) -> Message:
    if isinstance(untrusted, list):
        raise ProtocolViolation("a batch where one message was expected")
    if not isinstance(untrusted, dict):
        raise ProtocolViolation("a message that is not an object")
    fields = cast("dict[str, Any]", untrusted)
    if fields.get("jsonrpc") != "2.0":
        raise ProtocolViolation('a message without "jsonrpc": "2.0"')
    if "method" in fields:
        return _call(fields)
    if "result" in fields:
        _only(fields, _KEYS_OF[Response])
        return Response(id=_id(fields.get("id")), result=_object(fields["result"], "result"))
    if "error" in fields:
        return _error(fields)
    raise ProtocolViolation("a message with neither method, result nor error")


def _call(fields: dict[str, Any]) -> Request | Notification:
    _only(fields, _KEYS_OF[Request])
    method = fields["method"]
    if not isinstance(method, str) or not method:
        raise ProtocolViolation("a method that is not a name")
    params = _object(fields.get("params", {}), "params")
    if "id" in fields:
        return Request(id=_id(fields["id"]), method=method, params=params)
    return Notification(method=method, params=params)


def _error(fields: dict[str, Any]) -> ErrorResponse:
    _only(fields, _KEYS_OF[ErrorResponse])
    error = _object(fields["error"], "error")
    code, message = error.get("code"), error.get("message")
    if not isinstance(code, int) or isinstance(code, bool):
        raise ProtocolViolation("an error without an integer code")
    if not isinstance(message, str):
        raise ProtocolViolation("an error without a message")
    untrusted_id = fields.get("id")
    return ErrorResponse(
        id=None if untrusted_id is None else _id(untrusted_id),
        code=code,
        untrusted_message=message,
        data=error.get("data"),
    )


def _only(fields: dict[str, Any], known: frozenset[str]) -> None:
    if not fields.keys() <= known:
        raise ProtocolViolation("a message with keys that JSON-RPC does not know")


def _object(untrusted: Any, what: str) -> JsonObject:
    if not isinstance(untrusted, dict):
        raise ProtocolViolation(f"{what} that is not an object")
    return cast("JsonObject", untrusted)


def _id(untrusted: Any) -> MessageId:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | str):
        raise ProtocolViolation("an id that is neither a string nor an integer")
    return untrusted
