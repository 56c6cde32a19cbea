"""Whether a frame of ours is what the specification says: envelope, schema, metadata, headers.

The shapes are those of the official SDK, which are generated from the official JSON schemas; what
schemas cannot say (grammar of keys, agreement of headers and body, codes) is checked by hand.
"""

from __future__ import annotations

import json
import re
from typing import Any

from mcp_types.methods import (
    CLIENT_REQUESTS,
    validate_client_notification,
    validate_client_request,
    validate_client_result,
)
from pydantic import ValidationError

from mcphost.domain.ports import OutboundFrame
from tests.helpers.servers.http_peer import Seen

MODERN, LEGACY = "2026-07-28", "2025-11-25"
_SPEC = "io.modelcontextprotocol/"
_KNOWN = {f"{_SPEC}{name}" for name in ("protocolVersion", "clientCapabilities", "clientInfo")}
_PLAIN = {"progressToken", "traceparent"}
_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
PREFIXED = re.compile(rf"{_LABEL}(?:\.{_LABEL})*/[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
CODES = {-32700, -32600, -32601, -32602, -32603}
"""What the client may answer an older server with."""


def faults(frame: OutboundFrame) -> list[str]:
    """What is wrong with *frame*; nothing for a frame that is no message (GET, DELETE)."""
    if not frame.body:
        return [] if frame.method in {"GET", "DELETE"} else [f"{frame.method} without a body"]
    message = json.loads(frame.body)
    if b"\n" in frame.body or message.get("jsonrpc") != "2.0":
        return ["no message on one line"]
    if "method" not in message:
        return _answer(message)
    meta = message.get("params", {}).get("_meta", {})
    modern = f"{_SPEC}protocolVersion" in meta
    found = [*_shape(message, MODERN if modern else LEGACY), *_meta(meta)]
    return found + _headers(message, dict(frame.headers)) if modern and frame.headers else found


def seen_faults(seen: Seen) -> list[str]:
    """The same for what an HTTP server has received."""
    headers = tuple(seen.headers.items()) if "mcp-method" in seen.headers else ()
    verb = seen.method or seen.verb
    return faults(OutboundFrame(method=verb, request_id=None, body=seen.body, headers=headers))


def _shape(message: dict[str, Any], version: str) -> list[str]:
    method, params = message["method"], message.get("params")
    if not message.keys() <= {"jsonrpc", "id", "method", "params"}:
        return [f"{method} with odd members"]
    check = validate_client_request if "id" in message else validate_client_notification
    if "id" in message and (isinstance(message["id"], bool) or message["id"] is None):
        return [f"{method} with an id that is none"]
    if method.startswith("tasks/"):  # of an extension: its envelope is that of every request
        method, params = "server/discover", {"_meta": (params or {}).get("_meta", {})}
    try:
        check(method, version, params)
    except KeyError:
        known = any(name == method for name, _ in CLIENT_REQUESTS)
        return [f"{method} is not {'spoken in ' + version if known else 'a method'}"]
    except ValidationError as error:
        return [f"{method}: {error}"]
    return []


def _meta(meta: dict[str, Any]) -> list[str]:
    capabilities = meta.get(f"{_SPEC}clientCapabilities", {})
    found = [f"_meta key {key}" for key in meta if key not in _KNOWN | _PLAIN]
    extensions = capabilities.get("extensions", {})
    found += [f"extension {name}" for name in extensions if not PREFIXED.fullmatch(name)]
    found += [f"{old} declared" for old in ("roots", "sampling") if old in capabilities]
    trace = meta.get("traceparent")
    return found + ([f"trace {trace}"] if trace is not None and not TRACE.fullmatch(trace) else [])


def _headers(message: dict[str, Any], given: dict[str, str]) -> list[str]:
    headers = {name.lower(): value for name, value in given.items()}
    wanted = {
        "mcp-protocol-version": message["params"]["_meta"][f"{_SPEC}protocolVersion"],
        "mcp-method": message["method"],
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
    }
    odd = [name for name, value in wanted.items() if headers.get(name) != value]
    named = message["method"] in {"tools/call", "prompts/get", "resources/read"}
    named = named or message["method"].startswith("tasks/")
    if ("mcp-name" in headers) != named:
        odd.append("mcp-name")
    return [f"header {name}: {headers.get(name)}" for name in odd]


def _answer(message: dict[str, Any]) -> list[str]:
    if "error" in message:
        code = message["error"]["code"]
        return [] if code in CODES else [f"an answer with the code {code}"]
    method = "elicitation/create" if "action" in message["result"] else "ping"
    try:
        validate_client_result(method, LEGACY, message["result"])
    except ValidationError as error:
        return [f"an answer to {method}: {error}"]
    return []
