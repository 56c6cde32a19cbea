"""A hand-written stdio peer: `stdio_peer MODE [FILE]`. Every line received is appended to FILE.

Modes are eras (`modern`, `legacy-32601`, `legacy-32602`, `silent`, `leaves`, …) and the tools
below. It writes bytes, not messages, so that it can be wrong in every way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MODE = sys.argv[1]
RECORD = Path(sys.argv[2]) if len(sys.argv) > 2 else None
OUT = sys.stdout.buffer
MODERN = {"modern", "modern-silent", "stubborn", "slow", "slow-32022"}
LATE = {"slow", "slow-32022", "leaves-late"}
"""Answer nothing to the first `server/discover`, as a server does that is still starting."""
REFUSED = {"modern": -32022, "slow": -32601, "slow-32022": -32022, "future": -32601}
"""How a server that knows no handshake refuses `initialize`."""
asked: dict[Any, Any] = {}
held: list[Any] = []


def put(message: dict[str, Any] | bytes) -> None:
    OUT.write(message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n")
    OUT.flush()


def result(identity: Any, value: dict[str, Any]) -> None:
    put({"jsonrpc": "2.0", "id": identity, "result": value})


def error(identity: Any, code: int, text: str = "no") -> None:
    put({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": text}})


def text(identity: Any, words: str) -> None:
    result(identity, {"content": [{"type": "text", "text": words}]})


def ask(identity: Any, method: str, params: dict[str, Any], cause: Any) -> None:
    asked[identity] = cause
    put({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})


def call(identity: Any, params: dict[str, Any]) -> None:
    name, arguments = params["name"], params.get("arguments", {})
    match name:
        case "echo":
            text(identity, arguments["text"])
        case "die":
            print("first words", file=sys.stderr)
            print("the roof fell in", file=sys.stderr, flush=True)
            os._exit(7)
        case "hold":
            held.append(identity)
        case "release":
            for one in held:
                text(one, "released")
            held.clear()
            text(identity, "all released")
        case "ask":
            ask("q1", "elicitation/create", {"message": "Who?", "mode": "form"}, identity)
        case "ping" | "sampling/createMessage":
            ask("q1", name, {}, identity)
        case "raw":
            put(arguments["before"].encode() + b"\n")
            if "then" in arguments:
                text(identity, arguments["then"])
        case "big":
            OUT.write(b'{"jsonrpc":"2.0","id":%d,"result":{"x":"' % identity)
            for _ in range(arguments["mib"]):
                OUT.write(b"a" * 1024 * 1024)
            put(b'"}}\n')
        case "change":
            for _ in range(5):
                put({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
            text(identity, "changed")
        case "child":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
            text(identity, str(child.pid))
        case "environment":
            text(identity, json.dumps(dict(os.environ)))


def handle(line: bytes) -> None:
    message = json.loads(line)
    method, identity = message.get("method"), message.get("id")
    if method is None:
        if identity in asked:
            text(asked.pop(identity), json.dumps(message))
        return
    match method:
        case "server/discover" if MODE in LATE and not held:
            held.append(identity)
        case "initialize" if MODE == "leaves-late" and held:
            sys.exit(1)
        case "initialize" if MODE in REFUSED:
            error(identity, REFUSED[MODE])
        case "server/discover" if MODE in MODERN:
            found = {"resultType": "complete", "supportedVersions": ["2026-07-28"]}
            result(identity, {**found, "capabilities": {}})
        case "server/discover" if MODE == "only-old":
            result(identity, {"supportedVersions": ["2025-11-25"], "capabilities": {}})
        case "server/discover" if MODE == "future":
            result(identity, {"supportedVersions": ["2031-01-01"], "capabilities": {}})
        case "server/discover" if MODE == "silent":
            return
        case "server/discover" if MODE == "leaves":
            sys.exit(1)
        case "server/discover":
            error(identity, -32602 if MODE == "legacy-32602" else -32601)
        case "initialize":
            version = "2024-11-05" if MODE == "ancient" else "2025-11-25"
            info = {"name": "old", "version": "1"}
            found = {"protocolVersion": version, "capabilities": {}, "serverInfo": info}
            result(identity, found)
        case _ if MODE == "modern-silent":
            return
        case "tools/call":
            call(identity, message["params"])
        case _ if identity is not None:
            error(identity, -32601)


def main() -> None:
    if MODE == "crash":
        print("no such garden", file=sys.stderr, flush=True)
        sys.exit(3)
    for line in sys.stdin.buffer:
        if RECORD is not None:
            with RECORD.open("ab") as record:
                record.write(line)
        handle(line)
    if MODE == "stubborn":
        subprocess.run([sys.executable, "-c", "import time; time.sleep(300)"], check=False)


if __name__ == "__main__":
    main()
