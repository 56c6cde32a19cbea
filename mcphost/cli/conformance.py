"""`mcphost conformance-client URL`: one scenario of the official MCP conformance suite.

The suite starts this command, names the scenario in the environment, watches the wire from its own
server and counts the exit code.

Law: (1) everything is done by the core as it always is: policy, consent, audit and gate; only the
person is stood in for; (2) what is kept lies in a folder of its own, which is gone afterwards;
(3) a scenario that is not listed here is refused: doing nothing never passes for success.

Called on the main thread by the command line; the scenarios themselves run on the loop thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from mcphost.cli.session import say, session
from mcphost.cli.stand_in import StandIn
from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.domain.tool import Era, Tool
from mcphost.host import Host
from mcphost.storage.paths import Paths

SCENARIO: Final = "MCP_CONFORMANCE_SCENARIO"
VERSION: Final = "MCP_CONFORMANCE_PROTOCOL_VERSION"
CONTEXT: Final = "MCP_CONFORMANCE_CONTEXT"
_FIRST_MODERN: Final = "2026-07-28"
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
        _require_result(await self.attempt(tool, arguments))


Act: TypeAlias = Callable[[Stage], Awaitable[None]]


async def look_around(stage: Stage) -> None:
    """To connect and to list the tools, which is done already, is all that is asked."""
    del stage


async def call_everything(stage: Stage) -> None:
    """Call every tool that is offered, all at once: what belongs to one must not reach another."""
    tools = await stage.tools()
    calls = (stage.attempt(tool.name, sample(tool.input_schema)) for tool in tools.values())
    for card in await asyncio.gather(*calls):
        _require_result(card)


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
    "http-standard-headers": call_everything,
    "http-custom-headers": call_as_told,
    "http-invalid-tool-headers": call_everything,
    "json-schema-ref-no-deref": fetch_nothing,
    "sep-2322-client-request-state": call_everything,
    "json-schema-2020-12-preservation": return_schema,
}


def conformance_client(arguments: argparse.Namespace) -> int:
    """Play the scenario against the suite's server: 0 when it went as asked, 1 when not."""
    name, act, context = _task()
    with (
        tempfile.TemporaryDirectory(prefix="mcphost-conformance-") as home,
        session(arguments, stand_in=StandIn(), paths=Paths.under(Path(home))) as run,
    ):
        key = run.server(arguments.server)
        stage = Stage(host=run.host, server=key, context=context)
        try:
            run.run(_play(stage, act))
        except UserFacingError as trouble:
            say(f"mcphost: {name}: {trouble}")
            return 1
    print(f"{name}: done")
    return 0


def sample(schema: JsonObject) -> dict[str, Json]:
    """Arguments that fit the plain properties of *schema*."""
    properties = schema.get("properties")
    found = properties.items() if isinstance(properties, Mapping) else ()
    return {
        name: _SAMPLES.get(str(part.get("type")), "sample")
        for name, part in found
        if isinstance(part, Mapping)
    }


def _require_result(card: ToolRun) -> None:
    if card.state is not RunState.DONE:
        raise UserFacingError(f"{one_line(card.tool)} ended as {card.state.value}: {card.text}")


async def _play(stage: Stage, act: Act) -> None:
    await _require_era(stage)
    await act(stage)


async def _require_era(stage: Stage) -> None:
    """The suite says what its server speaks; whoever finds something else did not look properly."""
    version = os.environ.get(VERSION, _FIRST_MODERN)
    expected = Era.MODERN if version >= _FIRST_MODERN else Era.LEGACY
    for summary in await stage.host.servers():
        if summary.config.key == stage.server and summary.info is not None:
            if summary.info.era is expected:
                return
            found = summary.info.protocol_version
            raise UserFacingError(f"the server speaks {version} and was taken for one of {found}")
    raise UserFacingError("the server is not connected")


def _task() -> tuple[str, Act, JsonObject]:
    name = os.environ.get(SCENARIO, "")
    act = SCENARIOS.get(name)
    if act is None:
        raise NotConfigured(
            f"{SCENARIO} is “{one_line(name)}”; this program plays: {', '.join(SCENARIOS)}"
        )
    try:
        context = cast("Json", json.loads(os.environ.get(CONTEXT, "{}")))
    except ValueError as error:
        raise NotConfigured(f"{CONTEXT} is not JSON: {error}") from error
    if not isinstance(context, Mapping):
        raise NotConfigured(f"{CONTEXT} is not a JSON object")
    return name, act, context
