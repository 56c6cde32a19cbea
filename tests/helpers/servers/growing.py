"""A legacy stdio server that registers a second tool after it was first listed, and says so."""

from __future__ import annotations

import json
import sys
from typing import Any


def put(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object"}}


def main() -> None:
    tools = [tool("first")]
    for line in sys.stdin:
        message = json.loads(line)
        match message.get("method"):
            case "initialize":
                result = {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {"tools": {"listChanged": True}},
                    "serverInfo": {"name": "growing", "version": "1"},
                }
                put({"id": message["id"], "result": result})
            case "tools/list":
                put({"id": message["id"], "result": {"tools": list(tools)}})
                if len(tools) == 1:
                    tools.append(tool("second"))
                    put({"method": "notifications/tools/list_changed"})
            case _ if "id" in message:
                error = {"code": -32601, "message": "no"}
                put({"id": message["id"], "error": error})
            case _:
                continue


if __name__ == "__main__":
    main()
