"""An App on FastMCP with its bundled renderer (7 MB): `apps_fast.py stdio`, or `http PORT`.

Started by its path, with `PREFAB_BUNDLED_RENDERER=1`, with an interpreter that has `fastmcp[apps]`.
"""

from __future__ import annotations

import sys

from fastmcp import FastMCP, FastMCPApp
from prefab_ui.actions.mcp import CallTool
from prefab_ui.components import Button, Card, CardContent, Heading, Text

app = FastMCPApp("Counter")
counted = [0]


@app.tool()
def count_one(by: int) -> str:
    counted[0] += by
    return f"{counted[0]} so far"


@app.ui()
def show_counter() -> Card:
    with Card() as card, CardContent():
        Heading("Counter")
        Text("Press to count a seed.")
        Button("Count one", on_click=CallTool("count_one", arguments={"by": 1}))
    return card


server = FastMCP("counter")
server.add_provider(app)

if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run(transport="stdio", show_banner=False)
    else:
        server.run(transport="http", host="127.0.0.1", port=int(sys.argv[2]), show_banner=False)
