"""A server on the official SDK with offers of every sort: `sdk_shop stdio`, or `http PORT`."""

from __future__ import annotations

import sys

from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

server = MCPServer("shop", version="1")


@server.prompt(title="Greet somebody")
def greet(to: str, tone: str = "warm") -> str:
    """A greeting."""
    return f"Greet {to} in a {tone} tone."


@server.resource("note://today", title="Today", mime_type="text/plain")
def today() -> str:
    return "milk"


@server.resource("note://{day}/{part}", title="Any day")
def any_day(day: str, part: str) -> str:
    return f"{day}, {part}"


@server.completion()
async def complete(
    ref: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion | None:
    given = "" if context is None else str((context.arguments or {}).get("tone", ""))
    return Completion(values=[f"{argument.value}da{given}"], has_more=False)


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
