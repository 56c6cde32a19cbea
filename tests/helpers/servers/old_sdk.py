"""A server on an older official SDK: `old_sdk stdio|http PORT`. Imports nothing of the tests.

Its annotations must be types, not words: that SDK does not look words up.
"""

import sys

from mcp.server.fastmcp import Context, FastMCP  # type: ignore[import-not-found]  # an older SDK
from pydantic import BaseModel

server = FastMCP("old", host="127.0.0.1", port=int((*sys.argv, "0", "0")[2]))


class Order(BaseModel):
    """What a person says."""

    wood: str


@server.tool()
def echo(text: str) -> str:
    """Say it again."""
    return text


@server.tool()
async def count(ctx: Context, up_to: int) -> str:
    """Counts, and says so."""
    for number in range(up_to):
        await ctx.report_progress(number + 1, up_to)
    return "done"


@server.tool()
def fail() -> str:
    """Always fails."""
    raise ValueError("the spade broke")


if hasattr(Context, "elicit"):  # since 2025-06-18

    @server.tool()
    async def chair(ctx: Context) -> str:
        """Makes a chair after asking for the wood."""
        answer = await ctx.elicit("Which wood should it be?", Order)
        return f"a chair of {answer.data.wood}"


@server.resource("old://plan")
def plan() -> str:
    """How everything is made."""
    return "measure twice"


if __name__ == "__main__":
    server.run("stdio" if sys.argv[1] == "stdio" else "streamable-http")
