"""A server on the official SDK with no state of its own: `sdk_workshop stdio|http PORT`.

Several of these may stand behind a balancer: what one asks, another may be answered by.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

from mcp.server.mcpserver import Elicit, MCPServer, RequestStateSecurity, Resolve
from pydantic import BaseModel

SHARED = "0123456789abcdef0123456789abcdef"
"""The key that all processes of this server know; it keeps nobody's secret."""


class Order(BaseModel):
    """What a person says."""

    wood: str


server = MCPServer(
    "workshop", version="1.0", request_state_security=RequestStateSecurity(keys=[SHARED])
)


def which_wood() -> Elicit[Order]:
    return Elicit("Which wood should it be?", Order)


@server.tool()
def who() -> int:
    """The process that answers."""
    return os.getpid()


@server.tool()
def chair(legs: int, order: Annotated[Order, Resolve(which_wood)]) -> str:
    """Makes a chair after asking for the wood."""
    return f"a chair of {order.wood} with {legs} legs, made by {os.getpid()}"


@server.resource("workshop://plan", title="The plan")
def plan() -> str:
    """How everything is made."""
    return "measure twice"


@server.prompt()
def advice(about: str) -> str:
    """Advice on a subject."""
    return f"Say something about {about}."


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
