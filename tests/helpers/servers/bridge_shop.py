"""A server with one App, and beside it the pages of a plain web host: `bridge_shop FOLDER PORT`.

FOLDER holds `app.html`, `host.html`, `host.js` and `sandbox.html`. What the App measured comes by
the tool `witness` and is added to `trips.jsonl`; what the plain host measured comes by POST to
`/figures` and is written to `figures.json`. Started as a module, with an interpreter that has
`mcp`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from mcp.server.apps import Apps
from mcp.server.mcpserver import MCPServer
from starlette.requests import Request
from starlette.responses import FileResponse, Response

FOLDER = Path(sys.argv[1])
URI = "ui://bridge/app.html"
CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; connect-src 'none'; object-src 'none'"
)
"""What the Apps specification has a host use when a template declares nothing."""
apps = Apps()


@apps.tool(resource_uri=URI, description="Shows the App, which makes so many trips to its server")
def show(trips: int) -> str:
    return f"{trips} trips"


@apps.tool(resource_uri=URI, visibility=["app"], description="Counts")
def count(by: int) -> str:
    return f"{by} more"


@apps.tool(resource_uri=URI, visibility=["app"], description="Hears how long the trips took")
def witness(took: list[float]) -> str:
    with (FOLDER / "trips.jsonl").open("a") as file:
        file.write(json.dumps(took) + "\n")
    return "noted"


apps.add_html_resource(URI, (FOLDER / "app.html").read_text())
server = MCPServer("bridge", version="1.0.0", extensions=[apps])


@server.custom_route("/host.html", methods=["GET"])
async def host_page(_request: Request) -> Response:
    return FileResponse(FOLDER / "host.html")


@server.custom_route("/host.js", methods=["GET"])
async def host_script(_request: Request) -> Response:
    return FileResponse(FOLDER / "host.js")


@server.custom_route("/sandbox.html", methods=["GET"])
async def sandbox(_request: Request) -> Response:
    return FileResponse(FOLDER / "sandbox.html", headers={"Content-Security-Policy": CSP})


@server.custom_route("/figures", methods=["POST"])
async def figures(request: Request) -> Response:
    written = FOLDER / "figures.part"
    written.write_bytes(await request.body())
    os.replace(written, FOLDER / "figures.json")
    return Response(status_code=204)


if __name__ == "__main__":
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
