"""A server on FastMCP: `fast_shop stdio|http PORT`."""

from __future__ import annotations

import sys

from fastmcp import Context, FastMCP

server = FastMCP("shop", version="4")


@server.tool(annotations={"readOnlyHint": True})
def price(article: str) -> dict[str, float]:
    """What something costs."""
    return {article: 1.5}


@server.tool
async def count(ctx: Context, up_to: int) -> list[int]:
    """Counts, and says so."""
    for number in range(up_to):
        await ctx.report_progress(number + 1, up_to)
    return list(range(up_to))


@server.tool
def broken() -> str:
    """Always fails."""
    raise ValueError("out of stock")


@server.resource("shop://{shelf}/list")
def shelf(shelf: str) -> str:
    """What is on a shelf."""
    return f"on {shelf}: nails"


@server.prompt
def haggle(article: str) -> str:
    """How to ask for less."""
    return f"Is {article} not a little dear?"


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run(transport="stdio", show_banner=False)
    else:
        server.run(transport="http", host="127.0.0.1", port=int(sys.argv[2]), show_banner=False)
