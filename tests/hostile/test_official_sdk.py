"""The official View SDK runs in the sandbox as it is: handshake, a result, a tool call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.engine import Opener, OpenView
from tests.helpers.npm_sdk import view_sdk

pytestmark = [pytest.mark.engine, pytest.mark.npm]

APP = """
const app = new sdk.App({name: 'probe', version: '1'}, {}, {autoResize: true});
app.ontoolresult = result => { document.body.textContent = result.content[0].text;
  app.callServerTool({name: 'next', arguments: {n: 1}}); };
document.body.style.height = '321px';
app.connect();
"""


def _answer(view: OpenView, request: Any, result: dict[str, Any]) -> None:
    view.widget.post(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}))


def _next(view: OpenView, method: str) -> Any:
    """The first message of *method*, when it has come."""
    found: list[Any] = []

    def look() -> bool:
        found[:] = [m for m in map(json.loads, view.texts) if m.get("method") == method]
        return bool(found)

    view.until(look)
    return found[0]


def test_the_unmodified_sdk_completes_the_handshake_and_calls_a_tool(open_view: Opener) -> None:
    view = open_view(f"<body><script type=module>{view_sdk()}{APP}</script>")
    hello = _next(view, "ui/initialize")
    _answer(view, hello, {
        "protocolVersion": hello["params"]["protocolVersion"],
        "hostInfo": {"name": "host", "version": "1"},
        "hostCapabilities": {"serverTools": {}},
        "hostContext": {"theme": "dark"},
    })  # fmt: skip
    _next(view, "ui/notifications/initialized")
    assert _next(view, "ui/notifications/size-changed")["params"]["height"] > 300
    result = {"content": [{"type": "text", "text": "the result"}]}
    tool_result = {"jsonrpc": "2.0", "method": "ui/notifications/tool-result", "params": result}
    view.widget.post(json.dumps(tool_result))
    call = _next(view, "tools/call")
    assert call["params"]["name"] == "next"
    assert view.widget.console_errors == ()
