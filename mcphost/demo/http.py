"""The demo server over Streamable HTTP: POST `/mcp`, one JSON answer, no session, no stream.

A thread for each connection, all calling the same stateless `Service`. Strict on purpose: a
missing or contradicting header is an error with its own code, never a guess. On a loopback
address it answers loopback names and origins only, so that no web page can talk to it.
"""

from __future__ import annotations

import base64
import binascii
import sys
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from mcphost.demo import wire
from mcphost.demo.definitions import TOOLS
from mcphost.demo.service import Service
from mcphost.demo.wire import HEADER_MISMATCH, MAX_MESSAGE, Call, Object, Refused, as_object

PATH: Final = "/mcp"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SENTINEL: Final = ("=?base64?", "?=")
_TIMEOUT: Final = 30.0


def serve(service: Service, host: str, port: int) -> None:
    """Serve until interrupted. Says on standard error where."""
    with server_for(service, host, port) as server:
        print(f"demo server: http://{host}:{server.server_port}{PATH}", file=sys.stderr, flush=True)
        server.serve_forever()


def server_for(service: Service, host: str, port: int) -> ThreadingHTTPServer:
    """A listening server; port 0 takes a free one. The caller runs and closes it."""
    return _Server((host, port), partial(_Handler, service, host in _LOOPBACK))


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "mcphost-demo"
    sys_version = ""
    timeout = _TIMEOUT

    def __init__(self, service: Service, loopback: bool, *rest: object) -> None:
        self._service = service
        self._loopback = loopback
        super().__init__(*rest)  # pyright: ignore[reportArgumentType]  # socketserver's own triple

    def do_POST(self) -> None:
        status = self._door()
        if status != 200:
            self._send(status, None)
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(*self._reply(body))

    def do_GET(self) -> None:
        self._send(405 if self.path == PATH else 404, None)

    do_DELETE = do_GET  # noqa: N815  # named by http.server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: requests hold what people typed."""

    def _door(self) -> int:
        """200, or the status that refuses this request before its body is read."""
        headers = self.headers
        length = headers.get("Content-Length", "")
        counted = length.isascii() and length.isdigit()
        accepted = headers.get("Accept", "")
        checks = (
            (self.path == PATH, 404),
            (not self._loopback or _is_loopback("//" + headers.get("Host", "")), 403),
            (not self._loopback or _is_loopback(headers.get("Origin", "http://localhost")), 403),
            (headers.get_content_type() == "application/json", 415),
            ("application/json" in accepted and "text/event-stream" in accepted, 406),
            (counted and "Transfer-Encoding" not in headers, 411),
            (counted and len(length) < 12 and int(length) <= MAX_MESSAGE, 413),
        )
        return next((status for passed, status in checks if not passed), 200)

    def _reply(self, body: bytes) -> tuple[int, bytes | None]:
        try:
            call = wire.parse_call(body)
        except Refused as refusal:
            return refusal.status, wire.encode_refusal(None, refusal)
        if call.id is None:
            return 202, None
        try:
            check_headers(call, self.headers)
            return 200, wire.encode_result(call.id, self._service.answer(call))
        except Refused as refusal:
            return refusal.status, wire.encode_refusal(call.id, refusal)

    def _send(self, status: int, body: bytes | None) -> None:
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        if status == 405:
            self.send_header("Allow", "POST")
        self.send_header("Content-Length", str(len(body or b"")))
        if status not in (200, 202):  # the body may be unread, or the peer confused
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body or b"")


def check_headers(call: Call, headers: Message) -> None:
    """Raise -32020 unless the mirrored headers say exactly what the body says."""
    _same(headers, "MCP-Protocol-Version", wire.claimed_version(call.params))
    _same(headers, "Mcp-Method", call.method)
    named = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}.get(call.method)
    if named is not None:
        _same(headers, "Mcp-Name", call.params.get(named))
    if call.method == "tools/call":
        for path, header in _mirrored(call.params.get("name")):
            arguments = as_object(call.params.get("arguments")) or {}
            _same(headers, header, arguments.get(path))


def _mirrored(tool_name: object) -> list[tuple[str, str]]:
    """(argument, header) of every argument that *tool_name* mirrors into a header."""
    tool = next((tool for tool in TOOLS if tool["name"] == tool_name), None)
    properties: Object = tool["inputSchema"]["properties"] if tool else {}
    return [
        (name, "Mcp-Param-" + schema["x-mcp-header"])
        for name, schema in properties.items()
        if "x-mcp-header" in schema
    ]


def _same(headers: Message, name: str, expected: object) -> None:
    given: list[str] = headers.get_all(name, [])
    wanted = [expected] if isinstance(expected, str) else []
    if [_decoded(value) for value in given] != wanted:
        raise Refused(HEADER_MISMATCH, f"the header {name} is missing or contradicts the body")


def _decoded(value: str) -> str | None:
    head, tail = _SENTINEL
    value = value.strip(" \t")
    if not (value.startswith(head) and value.endswith(tail)):
        return value
    try:
        return base64.b64decode(value[len(head) : -len(tail)], validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False
