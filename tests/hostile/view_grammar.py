"""What a View may have the host do, written down a second time: the oracle of `view_fuzz`.

Law: (1) nothing here is imported from the program; it is what the Apps specification and JSON-RPC
say, in as few words as possible. (2) It is an upper bound: policy, person and server may all say no
to what stands here, and nothing else may happen. (3) Of each thing it says exactly what it may be,
so that a host which adds a field, or changes a word, is caught.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

READS, ACTS, NOT_FOR_APPS = "look", "buy", "hidden"
"""The tools of the server: one that only reads, one that does something, one for models alone."""
FROM_SERVER = "what the server has there"
MODES = ("inline", "fullscreen", "pip")
LISTS = ("resources/list", "resources/templates/list", "prompts/list")
CALM = ("ping", "tools/list", "ui/initialize", "initialize")
NOTES = (
    "notifications/message",
    "notifications/tools/list_changed",
    "notifications/progress",
    "ui/notifications/initialized",
)
ANY = "*"
Done: TypeAlias = tuple[str, str]
"""A kind of effect and exactly what was done, or `ANY` where only the kind is known."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that is one. *key* tells ids of different types apart."""

    method: str
    key: tuple[str, object] | None
    params: dict[str, Any]
    answer: bool = False


class NoMessage(ValueError):
    """It is not JSON, or not a message of JSON-RPC."""


def canon(value: object) -> str:
    """*value* as text that is the same for the same value."""
    return json.dumps(value, sort_keys=True)


def read(text: str) -> Said:
    """The message in *text*. Raises `NoMessage`."""
    try:
        text.encode()
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_none, parse_float=_finite)
        if "\\u" in text:  # a lone surrogate, written as an escape
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NoMessage("not JSON") from error
    if not isinstance(found, dict) or found.get("jsonrpc") != "2.0" or _depth(found) > 64:
        raise NoMessage("no message")
    if "method" not in found:
        return _answer(found)
    method, params = found["method"], found.get("params", {})
    strange = found.keys() - {"jsonrpc", "id", "method", "params"}
    if strange or not isinstance(method, str) or not method or not isinstance(params, dict):
        raise NoMessage("no call")
    return Said(method, _key(found["id"]) if "id" in found else None, params)


def _answer(found: dict[str, Any]) -> Said:
    for name in ("result", "error"):
        if found.keys() <= {"jsonrpc", "id", name} and isinstance(found.get(name), dict):
            return Said(name, _key(found.get("id")), found[name], answer=True)
    raise NoMessage("neither a call nor an answer")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("the same key twice")
    return dict(pairs)


def _none(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("too large")
    return value


def _key(id: object) -> tuple[str, object]:
    if isinstance(id, bool) or not isinstance(id, int | str):
        raise NoMessage("no id")
    return type(id).__name__, id


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        return 0
    return 1 + max((_depth(each) for each in inner), default=0)


def known(said: Said) -> bool:
    """Whether a View that follows the specification could say this."""
    if said.key is None:
        return said.method in NOTES or bool(effects(said)) or bool(taken_back(said))
    return said.method in CALM or bool(effects(said))


def taken_back(said: Said) -> set[tuple[str, object]]:
    """The request that *said* takes back: it is not answered any more."""
    id = said.params.get("requestId")
    if said.key is None and said.method == "notifications/cancelled":
        return {(type(id).__name__, id)} if type(id) in (int, str) else set()
    return set()


def effects(said: Said) -> tuple[Done, ...]:
    """All that may be done because *said* was said, once."""
    params = said.params
    match said.method, said.key is not None:
        case "tools/call", True:
            return _call(params)
        case "resources/read", True if _text(params.get("uri")):
            return (_sent("resources/read", {"uri": params["uri"]}),)
        case method, True if method in LISTS and _cursor(params):
            given = {"cursor": params["cursor"]} if params.get("cursor") is not None else {}
            return (_sent(method, given),)
        case "ui/open-link", True if _text(params.get("url")) and _outside(params["url"]):
            return (("link", params["url"]),)
        case "ui/message", True if params.get("role", "user") == "user":
            return tuple(("draft", words) for words in _words(params) if words.strip())
        case "ui/update-model-context", True:
            return tuple(("shelf", words) for words in _words(params))
        case "ui/download-file", True:
            return tuple(_files(params))
        case "ui/request-display-mode", True if params.get("mode") in MODES:
            return (("mode", params["mode"]),)
        case "sampling/createMessage", True:
            return _sample(params)
        case "ui/notifications/size-changed", False if _number(params.get("height")):
            return (("height", ANY),)
        case "ui/notifications/request-teardown", False:
            return (("closed", ANY),)
        case _:
            return ()


def _sent(method: str, params: dict[str, Any]) -> Done:
    return "server", canon([method, params])


def _call(params: dict[str, Any]) -> tuple[Done, ...]:
    name, arguments = params.get("name"), params.get("arguments")
    if name not in (READS, ACTS) or not isinstance(arguments, dict | None):
        return ()
    return (_sent("tools/call", {"name": name, "arguments": arguments or {}}),)


def _outside(url: str) -> bool:
    local = ("http://localhost", "http://127.0.0.1", "http://[::1]")
    return url.lower().startswith(("https://", *local))


def _words(params: dict[str, Any]) -> Iterator[str]:
    """The text of a message or a context; what holds more than text is known by its kind only."""
    content = params.get("content")
    blocks = content if isinstance(content, list) else [] if content is None else [content]
    plain = all(isinstance(b, dict) and b.get("type") == "text" for b in blocks)
    if not isinstance(content, dict | list | None):
        return
    if params.get("structuredContent") is not None or not plain:
        yield ANY
    elif all(isinstance(b.get("text"), str) for b in blocks):
        words = "\n".join(b["text"] for b in blocks)
        if len(words) <= 8_000:
            yield words
    else:
        yield ANY


def _files(params: dict[str, Any]) -> Iterator[Done]:
    contents = params.get("contents")
    if not isinstance(contents, list) or len(contents) > 10:
        return
    found = [_file(item) for item in contents]
    if all(found):
        yield from (done for each in found for done in each)


def _file(item: Any) -> tuple[Done, ...]:
    """What one file leads to; nothing when it is none."""
    item = item if isinstance(item, dict) else {}
    match item.get("type"):
        case "resource_link" if _text(item.get("uri")):
            read = _sent("resources/read", {"uri": item["uri"]})
            return read, ("file", sha(FROM_SERVER.encode()))
        case "resource" if isinstance(inner := item.get("resource"), dict):
            text, blob = inner.get("text"), inner.get("blob")
            if not _text(inner.get("uri")) or (text is None) == (blob is None):
                return ()
            if isinstance(text, str):
                return (("file", sha(text.encode())),)
            data = _bytes(blob)
            return () if data is None else (("file", sha(data)),)
        case _:
            return ()


def _bytes(blob: object) -> bytes | None:
    try:
        return base64.b64decode(blob, validate=True) if isinstance(blob, str) else None
    except (binascii.Error, ValueError):
        return None


def sha(data: bytes) -> str:
    """The name of *data*."""
    return hashlib.sha256(data).hexdigest()


def _sample(params: dict[str, Any]) -> tuple[Done, ...]:
    messages, most = params.get("messages"), params.get("maxTokens")
    system = params.get("systemPrompt", "")
    odd = params.get("tools") or params.get("toolChoice") or not isinstance(system, str)
    if odd or isinstance(most, bool) or not isinstance(most, int) or most < 1:
        return ()
    if not isinstance(messages, list) or not messages:
        return ()
    turns = [_turn(each) for each in messages]
    if None in turns or (turns[0] or ("",))[0] != "user" or (turns[-1] or ("",))[0] != "user":
        return ()
    told = [[who, _spelled(text)] for who, text in filter(None, turns)]
    return (("model", canon([_spelled(system), told])),)


def _spelled(text: str) -> str:
    """*text* as a model is told it: each character that hides is spelled out."""
    kinds = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if c not in "\n\t" and unicodedata.category(c) in kinds else c
        for c in text
    )


def _turn(message: Any) -> list[str] | None:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        return None
    content = message.get("content")
    blocks = content if isinstance(content, list) else [content]
    if not all(isinstance(b, dict) and b.get("type") == "text" for b in blocks):
        return None
    if not all(isinstance(b.get("text"), str) for b in blocks):
        return None
    return [message["role"], "\n".join(b["text"] for b in blocks)]


def offered_names(said: Said) -> frozenset[str]:
    """The names of tools that a View's answer to `tools/list` may make the host offer."""
    tools = said.params.get("tools") if said.answer and said.method == "result" else None
    each = (
        [tool.get("name") for tool in tools or () if isinstance(tool, dict)]
        if isinstance(tools, list)
        else []
    )
    return frozenset(name for name in each if isinstance(name, str))


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cursor(params: dict[str, Any]) -> bool:
    cursor = params.get("cursor")
    return cursor is None or (isinstance(cursor, str) and len(cursor) <= 4096)
