"""The scenarios of the official suite that are about talking: connect, list, call.

Law: an act does through the host what the suite asks for, and raises `UserFacingError` when that
did not come about. Used by `conformance`; loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.host import Host

CONTEXT: Final = "MCP_CONFORMANCE_CONTEXT"
_KEPT: Final = "json_schema_2020_12_tool"
_SAMPLES: Final[JsonObject] = {
    "string": "sample",
    "integer": 2,
    "number": 2.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A connected server, what the suite adds, and the host to use it with."""

    host: Host
    server: ServerKey
    context: JsonObject

    async def tools(self) -> dict[str, Tool]:
        """What the server offers and this host accepts. Raises `UserFacingError` for nothing."""
        found = {s.tool.name: s.tool for s in await self.host.tools(self.server)}
        if not found:
            raise UserFacingError("the server offers no tool that can be called")
        return found

    async def attempt(self, tool: str, arguments: JsonObject) -> ToolRun:
        """Call a tool, however it ends."""
        conversation = await self.host.new_conversation(tool)
        return await self.host.run_tool(conversation, self.server, tool, arguments)

    async def call(self, tool: str, arguments: JsonObject) -> None:
        """Call a tool. Raises `UserFacingError` unless it gave a result."""
        require_result(await self.attempt(tool, arguments))


Act: TypeAlias = Callable[[Stage], Awaitable[None]]


async def look_around(stage: Stage) -> None:
    """To connect and to list the tools, which is done already, is all that is asked."""
    del stage


async def call_everything(stage: Stage) -> None:
    """Call every tool that is offered, all at once: what belongs to one must not reach another."""
    tools = await stage.tools()
    calls = (stage.attempt(tool.name, sample(tool.input_schema)) for tool in tools.values())
    for card in await asyncio.gather(*calls):
        require_result(card)


async def use_everything(stage: Stage) -> None:
    """Call every tool, read every resource, get every prompt."""
    await call_everything(stage)
    offered = await stage.host.offers(stage.server)
    if not offered.resources or not offered.prompts:
        raise UserFacingError("the server offers no resource or no prompt that can be used")
    for resource in offered.resources:
        await stage.host.read_resource(stage.server, resource.uri)
    for prompt in offered.prompts:
        values = {argument.name: "sample" for argument in prompt.arguments}
        await stage.host.prompt(stage.server, prompt.name, values)


async def call_as_told(stage: Stage) -> None:
    """Make the calls that the suite prescribes.

    A null stands for nothing given. The schemas do not allow null, and arguments that do not fit
    never leave this host; so it is left out, as an empty field of a form is.
    """
    calls = stage.context.get("toolCalls")
    if not isinstance(calls, list | tuple) or not calls:
        raise UserFacingError(f"{CONTEXT} prescribes no toolCalls")
    for call in calls:
        match call:
            case {"name": str(name), "arguments": Mapping() as arguments}:
                given = cast("JsonObject", arguments)
                await stage.call(name, {k: v for k, v in given.items() if v is not None})
            case _:
                raise UserFacingError(f"{CONTEXT} prescribes a call without name and arguments")


async def return_schema(stage: Stage) -> None:
    """Send a tool's input schema back, exactly as this host has kept it."""
    kept = (await stage.tools()).get(_KEPT)
    if kept is None:
        raise UserFacingError(f"the server offers no {_KEPT}")
    await stage.call("json_schema_echo", {"schema": kept.input_schema})


async def fetch_nothing(stage: Stage) -> None:
    """Try a tool whose schema points to the network: refused, and nothing is fetched for it."""
    for tool in (await stage.tools()).values():
        card = await stage.attempt(tool.name, {"id": "sample"})
        if card.state is not RunState.FAILED:
            raise UserFacingError(f"{one_line(tool.name)} was called unchecked: {card.state.value}")


SCENARIOS: Final[Mapping[str, Act]] = {
    "initialize": look_around,
    "tools_call": call_everything,
    "elicitation-sep1034-client-defaults": call_everything,
    "sse-retry": call_everything,
    "request-metadata": look_around,
    "http-standard-headers": use_everything,
    "http-custom-headers": call_as_told,
    "http-invalid-tool-headers": call_everything,
    "json-schema-ref-no-deref": fetch_nothing,
    "sep-2322-client-request-state": call_everything,
    "json-schema-2020-12-preservation": return_schema,
}


def sample(schema: JsonObject) -> dict[str, Json]:
    """Arguments that fit the plain properties of *schema*."""
    properties = schema.get("properties")
    found = properties.items() if isinstance(properties, Mapping) else ()
    return {
        name: _SAMPLES.get(str(part.get("type")), "sample")
        for name, part in found
        if isinstance(part, Mapping)
    }


def require_result(card: ToolRun) -> None:
    """Raise `UserFacingError` unless the run gave a result."""
    if card.state is not RunState.DONE:
        raise UserFacingError(f"{one_line(card.tool)} ended as {card.state.value}: {card.text}")
