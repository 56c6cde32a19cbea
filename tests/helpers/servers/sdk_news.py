"""A server on the official SDK whose tools and template change when it is told to, and which tells
so to whoever has subscribed: `sdk_news stdio` or `sdk_news http PORT`.
"""

from __future__ import annotations

import sys

from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context, MCPServer

URI = "ui://news/app.html"
HINT = CacheHint(ttl_ms=3_600_000)
server = MCPServer(
    "news", cache_hints={"tools/list": HINT, "resources/read": HINT, "resources/list": HINT}
)
pages = ["<!doctype html><title>first</title>"]


@server.resource(URI, mime_type="text/html;profile=mcp-app")
def page() -> str:
    return pages[-1]


@server.tool(meta={"ui": {"resourceUri": URI}})
def show() -> str:
    """Show the page."""
    return "shown"


@server.tool()
async def grow(ctx: Context) -> str:
    """Offer one more tool."""

    def newcomer() -> str:
        return "new"

    server.add_tool(newcomer)
    await ctx.notify_tools_changed()
    return "grown"


@server.tool()
async def repaint(ctx: Context) -> str:
    """Change the page."""
    pages.append("<!doctype html><title>second</title>")
    await ctx.notify_resource_updated(URI)
    return "repainted"


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
