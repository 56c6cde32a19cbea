"""An App on the official SDK: one button that calls one tool. `apps_sdk.py stdio`, or `http PORT`.

`--page mute` serves an App that draws, complains on its console and never begins the handshake.
Started by its path with any interpreter that has `mcp`.
"""

from __future__ import annotations

import sys

from mcp.server.apps import Apps
from mcp.server.mcpserver import MCPServer

URI = "ui://counter/app.html"
STYLE = """<meta charset=utf-8><style>
:root { color-scheme: light dark; font: 16px/1.5 sans-serif; }
body { margin: 0; padding: 24px; background: light-dark(#fff7e6, #1d2433); }
button { padding: 8px 20px; border: 0; border-radius: 6px; background: #0b6; color: #fff; }
</style>"""
PAGE = f"""<!doctype html><title>Counter</title>{STYLE}
<h1>Counter</h1><p>Seeds counted: <output id=count>none yet</output></p>
<button id=count-one>Count one</button>
<script>
let next = 1;
const waiting = new Map();
const send = (message) => parent.postMessage({{ jsonrpc: "2.0", ...message }}, "*");
const ask = (method, params) => new Promise((done) => {{
  const id = next++;
  waiting.set(id, done);
  send({{ id, method, params }});
}});
addEventListener("message", (event) => {{
  if (event.source !== parent) return;
  const {{ id, method, result, params }} = event.data;
  if (method === "ui/notifications/tool-result") show(params);
  else if (method === "ui/resource-teardown") send({{ id, result: {{}} }});
  else if (waiting.has(id)) waiting.get(id)(result);
}});
const show = (result) => {{
  document.querySelector("#count").value = result.content[0].text;
}};
document.querySelector("#count-one").onclick = async () =>
  show(await ask("tools/call", {{ name: "count_one", arguments: {{ by: 1 }} }}));
const appInfo = {{ name: "counter", version: "1" }};
const hello = {{ appInfo, appCapabilities: {{}}, protocolVersion: "2026-01-26" }};
ask("ui/initialize", hello).then(() => send({{ method: "ui/notifications/initialized" }}));
</script>"""
MUTE = f"""<!doctype html><title>Mute</title>{STYLE}<h1>I say nothing</h1>
<script>console.error("the counter has no voice");</script>"""

counted = [0]
apps = Apps()


@apps.tool(resource_uri=URI, description="Shows the counter")
def show_counter() -> str:
    return "none yet"


@apps.tool(resource_uri=URI, visibility=["app"], description="Counts")
def count_one(by: int) -> str:
    counted[0] += by
    return f"{counted[0]} so far"


apps.add_html_resource(URI, MUTE if "mute" in sys.argv else PAGE)
server = MCPServer("counter", version="1.0.0", extensions=[apps])

if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
