from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from threading import Thread
from typing import Any

import pytest

from mcphost.demo.http import server_for
from mcphost.demo.wire import MAX_MESSAGE
from tests.helpers.demo_calls import DemoCalls, meta

HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
}


@pytest.fixture
def port() -> Iterator[int]:
    with server_for(DemoCalls().service, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(10)


def message(method: str, **params: Any) -> bytes:
    body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": meta()}}
    return json.dumps(body).encode()


def post(
    port: int, body: bytes, *, path: str = "/mcp", **headers: str | None
) -> tuple[int, dict[str, Any]]:
    wanted = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {name: value for name, value in wanted.items() if value is not None}
    connection.request("POST", path, body, sent)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, json.loads(data) if data else {}


def test_a_complete_request_is_answered(port: int) -> None:
    status, body = post(port, message("tools/list"), Mcp_Method="tools/list")
    assert (status, body["id"]) == (200, 7)
    assert len(body["result"]["tools"]) == 6


def test_mirrored_headers_must_agree_with_the_body(port: int) -> None:
    call = message("tools/call", name="bed_history", arguments={"bed_id": "herbs"})
    good = {"Mcp_Method": "tools/call", "Mcp_Name": "bed_history", "Mcp_Param_Bed": "herbs"}
    assert post(port, call, **good)[0] == 200
    encoded = {**good, "Mcp_Param_Bed": "=?base64?aGVyYnM=?="}
    assert post(port, call, **encoded)[0] == 200
    for wrong in (
        {"Mcp_Method": None},
        {"Mcp_Method": "tools/list"},
        {"Mcp_Name": None},
        {"Mcp_Name": "Bed_History"},
        {"Mcp_Param_Bed": None},
        {"Mcp_Param_Bed": "salad"},
        {"Mcp_Param_Bed": "=?base64?%%%?="},
        {"MCP_Protocol_Version": None},
        {"MCP_Protocol_Version": "2025-11-25"},
    ):
        status, body = post(port, call, **{**good, **wrong})
        assert (status, body["error"]["code"]) == (400, -32020)


def test_errors_have_their_status(port: int) -> None:
    status, body = post(port, message("prompts/list"), Mcp_Method="prompts/list")
    assert (status, body["error"]["code"]) == (404, -32601)
    status, body = post(port, b"{")
    assert (status, body["error"]["code"]) == (400, -32700)
    note = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}'
    assert post(port, note) == (202, {})


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"path": "/"}, 404),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Accept": "application/json"}, 406),
        ({"Content_Length": "nonsense"}, 411),
        ({"Content_Length": str(MAX_MESSAGE + 1)}, 413),
    ],
)
def test_what_is_not_for_us_is_refused_at_the_door(port: int, change: Any, status: int) -> None:
    assert post(port, message("tools/list"), Mcp_Method="tools/list", **change)[0] == status


def test_there_is_nothing_to_get(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/mcp")
    assert connection.getresponse().status == 405
    connection.close()


def run_stdio(lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "mcphost.demo"], input=lines, capture_output=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_process_answers_line_by_line_and_ends_with_its_input() -> None:
    notification = b'{"jsonrpc":"2.0","method":"notifications/cancelled"}\n'
    lines = b"\n".join([message("server/discover"), b"{", b"", notification + message("nope")])
    answers = run_stdio(lines + b"\n")
    assert [answer.get("id") for answer in answers] == [7, None, 7]
    assert answers[0]["result"]["supportedVersions"] == ["2026-07-28"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32700, -32601]


def test_an_endless_line_is_refused_and_the_next_one_answered() -> None:
    answers = run_stdio(b"x" * (MAX_MESSAGE + 70_000) + b"\n" + message("tools/list") + b"\n")
    assert answers[0]["error"]["code"] == -32600
    assert answers[1]["id"] == 7


def test_a_short_key_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCPHOST_DEMO_KEY", "short")
    done = subprocess.run([sys.executable, "-m", "mcphost.demo"], capture_output=True, timeout=30)
    assert done.returncode == 2
    assert b"at least 16" in done.stderr
