"""A server on the official SDK, run as a process: `sdk_garden stdio` or `sdk_garden http PORT`."""

from __future__ import annotations

import sys

from mcp.server.apps import Apps, ResourceCsp
from mcp.server.mcpserver import Context, MCPServer

apps = Apps()
HTML = "<!doctype html><title>garden</title><p>hello</p>"


@apps.tool(resource_uri="ui://garden/app.html", description="Shows the garden")
def show_garden(plot: str) -> str:
    return f"garden {plot}"


@apps.tool(resource_uri="ui://garden/app.html", visibility=["app"], description="Waters a plot")
def water(plot: str, litres: int) -> str:
    return f"watered {plot} with {litres}"


apps.add_html_resource(
    "ui://garden/app.html", HTML, csp=ResourceCsp(connect_domains=["https://garden.example"])
)
server = MCPServer("garden", version="1.2.3", extensions=[apps], instructions="Be gentle.")


@server.tool()
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool()
async def slow(ctx: Context) -> str:
    """Report progress, then answer."""
    await ctx.report_progress(1, 3, "digging")
    await ctx.report_progress(2, 3, "planting")
    return "done"


@server.tool()
def fail() -> str:
    """Always fails."""
    raise ValueError("the spade broke")


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
