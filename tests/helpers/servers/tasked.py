"""A hand-written server of 2026-07-28 with the tasks extension: no published one has it yet.

Over stdio as `python -m tests.helpers.servers.tasked`, over HTTP by `over_http`. It is strict where
the extension is: a request that does not declare it is refused with -32021, a routing header that
does not name the task with -32020, an unknown task with -32602.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EXTENSION = "io.modelcontextprotocol/tasks"
TOOLS = ("work", "ask", "endless", "fail", "tool_error", "ask_first", "plain", "progress")
FORM = {
    "method": "elicitation/create",
    "params": {
        "mode": "form",
        "message": "Which bed?",
        "requestedSchema": {"type": "object", "properties": {"bed": {"type": "string"}}},
    },
}


class Refused(Exception):
    def __init__(self, code: int, text: str, data: Any = None) -> None:
        super().__init__(text)
        self.error = {"code": code, "message": text} | ({} if data is None else {"data": data})


class Tasked:
    """The server itself; a transport feeds it messages."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []

    def methods(self) -> list[str]:
        return [message["method"] for message in self.seen]

    def answer(self, message: dict[str, Any], name_header: str | None = None) -> dict[str, Any]:
        self.seen.append(message)
        head = {"jsonrpc": "2.0", "id": message.get("id")}
        try:
            params = message["params"]
            if message["method"].startswith("tasks/") and name_header not in (
                None,
                params["taskId"],
            ):
                raise Refused(-32020, "Mcp-Name is not the task")
            reply = {**head, "result": self._result(message["method"], params)}
        except Refused as refusal:
            reply = {**head, "error": refusal.error}
        self.said.append(reply)
        return reply

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        meta = params["_meta"]["io.modelcontextprotocol/clientCapabilities"]
        declared = EXTENSION in meta.get("extensions", {})
        if method == "server/discover":
            versions = {"resultType": "complete", "supportedVersions": ["2026-07-28"]}
            return {**versions, "capabilities": {"tools": {}, "extensions": {EXTENSION: {}}}}
        if method == "tools/list":
            schema = {"type": "object"}
            return {"tools": [{"name": name, "inputSchema": schema} for name in TOOLS]}
        if not declared:
            needed = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
            raise Refused(-32021, "tasks needed", needed)
        if method == "tools/call":
            return self._call(params)
        if params["taskId"] not in self.tasks:
            raise Refused(-32602, "Task not found")
        return self._task(method, params, self.tasks[params["taskId"]])

    def _call(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["name"] == "plain":
            return _text("at once")
        if params["name"] == "ask_first" and "inputResponses" not in params:
            asked = {"resultType": "input_required", "inputRequests": {"bed": FORM}}
            return {**asked, "requestState": "state\u2028"}
        identity = f"tâsk-{len(self.tasks) + 1}"
        task = {"tool": params["name"], "looks": 0, "status": "working", "answers": {}}
        self.tasks[identity] = task
        return {"resultType": "task", **shape(identity, "working")}

    def _task(self, method: str, params: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
        if method == "tasks/cancel":
            task["status"] = "cancelled"
            return {"resultType": "complete"}
        if method == "tasks/update":
            task["answers"].update(params["inputResponses"])
            return {"resultType": "complete"}
        task["looks"] += 1
        return {"resultType": "complete", **self._state(params["taskId"], task)}

    def _state(self, identity: str, task: dict[str, Any]) -> dict[str, Any]:
        tool, looks = task["tool"], task["looks"]
        if task["status"] == "cancelled":
            return shape(identity, "cancelled")
        if tool == "ask" and "bed" not in task["answers"]:
            return shape(identity, "input_required", inputRequests={"bed": FORM})
        if tool == "endless" or looks < 2:
            return shape(identity, "working", statusMessage=f"look {looks}")
        if tool == "fail":
            error = {"code": -32603, "message": "no water"}
            return shape(identity, "failed", error=error, statusMessage="no water")
        if tool == "tool_error":
            return shape(identity, "completed", result={**_text("dry"), "isError": True})
        words = json.dumps(task["answers"], sort_keys=True) if task["answers"] else "watered"
        return shape(identity, "completed", result=_text(words))


def _text(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


def shape(identity: str, status: str, **more: Any) -> dict[str, Any]:
    """A task as the extension describes it."""
    moment = "2026-08-01T10:00:00Z"
    times = {"createdAt": moment, "lastUpdatedAt": moment, "ttlMs": 600_000, "pollIntervalMs": 10}
    return {"taskId": identity, "status": status, **times, **more}


@contextmanager
def over_http() -> Iterator[tuple[str, Tasked]]:
    """The server's URL, and the server."""
    tasked = Tasked()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = tasked.answer(json.loads(body), _decoded(self.headers.get("Mcp-Name", "")))
            sent = json.dumps(reply).encode()
            self.send_response(400 if "error" in reply else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp", tasked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _decoded(value: str) -> str:
    import base64

    if value.startswith("=?base64?"):
        return base64.b64decode(value[9:-2]).decode()
    return value


def main() -> None:
    tasked = Tasked()
    record = open(sys.argv[1], "a", encoding="utf-8") if len(sys.argv) > 1 else None  # noqa: SIM115
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if record is not None:
            record.write(line.decode())
            record.flush()
        if "id" in message:
            sys.stdout.write(json.dumps(tasked.answer(message)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
