"""A server that goes wrong as asked: `apps_trouble.py MODE stdio|http [PORT]`, by its path.

Modes: `plain` (its tools `die`, `hang`, `flood` and `fine` do as they are called), `silent` (never
answers anything), `html`, `missing`, `broken` (HTTP only: a web page, 404, 500). Standard library
only; one process, one request at a time.
"""

from __future__ import annotations

import http.server
import json
import os
import sys
import threading
from typing import Any

MODE = sys.argv[1]
FLOOD_MIB = 300
INFO = {"io.modelcontextprotocol/serverInfo": {"name": "trouble", "version": "1"}}
DISCOVERED = {
    "resultType": "complete",
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "_meta": INFO,
}
TOOLS = [
    {"name": name, "description": name, "inputSchema": {"type": "object"}}
    for name in ("fine", "die", "hang", "flood")
]


def result(message: dict[str, Any]) -> dict[str, Any] | None:
    """The result to send, or None where this method is not known."""
    match message.get("method"):
        case "server/discover":
            return DISCOVERED
        case "tools/list":
            return {"resultType": "complete", "tools": TOOLS, "ttlMs": 0, "cacheScope": "private"}
        case "tools/call":
            return call(message["params"]["name"])
        case _:
            return None


def call(name: str) -> dict[str, Any]:
    if name == "die":
        print("the roof fell in", file=sys.stderr, flush=True)
        os._exit(7)
    if name == "hang":
        threading.Event().wait()
    return {"resultType": "complete", "content": [{"type": "text", "text": "all is well"}]}


def reply(message: dict[str, Any]) -> bytes:
    found, identity = result(message), message["id"]
    if found is None:
        error = {"code": -32601, "message": "unknown"}
        return json.dumps({"jsonrpc": "2.0", "id": identity, "error": error}).encode()
    return json.dumps({"jsonrpc": "2.0", "id": identity, "result": found}).encode()


def floods(message: dict[str, Any]) -> bool:
    return message.get("method") == "tools/call" and message["params"]["name"] == "flood"


def flood(write: Any, identity: Any) -> None:
    write(b'{"jsonrpc":"2.0","id":%d,"result":{"x":"' % identity)
    for _ in range(FLOOD_MIB):
        write(b"a" * 1024 * 1024)
    write(b'"}}')


def over_stdio() -> None:
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if MODE == "silent" or "id" not in message:
            continue
        if floods(message):
            flood(out.write, message["id"])
            out.write(b"\n")
        else:
            out.write(reply(message) + b"\n")
        out.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer to each POST."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match MODE:
            case "silent":
                threading.Event().wait()
            case "html":
                self._say(200, b"<!doctype html><p>Welcome to my page", "text/html")
            case "missing":
                self._say(404, b"nothing here", "text/plain")
            case "broken":
                self._say(500, b"oh no", "text/plain")
            case _ if floods(message):
                self._head(200, "application/json", None)
                try:
                    flood(self.wfile.write, message["id"])
                except ConnectionError:
                    return
            case _:
                self._say(200, reply(message), "application/json")

    def do_GET(self) -> None:
        self._say(405, b"", "text/plain")

    def do_DELETE(self) -> None:
        self._say(405, b"", "text/plain")

    def log_message(self, *_args: object) -> None:
        return

    def _say(self, status: int, body: bytes, kind: str) -> None:
        self._head(status, kind, len(body))
        self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


if __name__ == "__main__":
    if sys.argv[2] == "stdio":
        over_stdio()
    else:
        address = ("127.0.0.1", int(sys.argv[3]))
        http.server.ThreadingHTTPServer(address, Handler).serve_forever()
