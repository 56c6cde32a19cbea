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
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from mcphost.cli.conformance_acts import CONTEXT, SCENARIOS, Act, Stage
from mcphost.cli.conformance_auth import (
    AUTH_SCENARIOS,
    AuthScene,
    fail_as_told,
    set_up,
    stand_in_door,
)
from mcphost.cli.session import say, session
from mcphost.cli.stand_in import StandIn
from mcphost.domain.errors import McpHostError, NotConfigured, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.domain.tool import Era
from mcphost.host import Host, server_from_text
from mcphost.storage.paths import Paths

SCENARIO: Final = "MCP_CONFORMANCE_SCENARIO"
VERSION: Final = "MCP_CONFORMANCE_PROTOCOL_VERSION"
_FIRST_MODERN: Final = "2026-07-28"


def conformance_client(arguments: argparse.Namespace) -> int:
    """Play the scenario against the suite's server: 0 when it went as asked, 1 when not."""
    name, scene, context = _task()
    with (
        tempfile.TemporaryDirectory(prefix="mcphost-conformance-") as home,
        session(
            arguments,
            stand_in=StandIn(),
            paths=Paths.under(Path(home)),
            doorway=stand_in_door,
        ) as run,
    ):
        try:
            if isinstance(scene, AuthScene):
                run.run(_play_signed_in(run.host, arguments.server, scene, context))
            else:
                key = run.server(arguments.server)
                run.run(_play(Stage(host=run.host, server=key, context=context), scene))
        except McpHostError as trouble:
            say(f"mcphost: {name}: {trouble}")
            return 1
    print(f"{name}: done")
    return 0


async def _play(stage: Stage, act: Act) -> None:
    await _require_era(stage)
    await act(stage)


async def _play_signed_in(host: Host, server: str, scene: AuthScene, context: JsonObject) -> None:
    config = server_from_text(server)
    if config is None:
        raise NotConfigured(f"{one_line(server)} is not the address of a server")
    stage = Stage(host=host, server=config.key, context=context)
    await set_up(stage, scene, replace(config, authorization=scene.settings(context)))
    if scene.fails:
        await fail_as_told(stage, scene)
        return
    await host.connect(config.key)
    await _play(stage, scene.act)


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


def _task() -> tuple[str, Act | AuthScene, JsonObject]:
    name = os.environ.get(SCENARIO, "")
    scene = SCENARIOS.get(name) or AUTH_SCENARIOS.get(name)
    if scene is None:
        known = ", ".join([*SCENARIOS, *AUTH_SCENARIOS])
        raise NotConfigured(f"{SCENARIO} is “{one_line(name)}”; this program plays: {known}")
    try:
        context = cast("Json", json.loads(os.environ.get(CONTEXT, "{}")))
    except ValueError as error:
        raise NotConfigured(f"{CONTEXT} is not JSON: {error}") from error
    if not isinstance(context, Mapping):
        raise NotConfigured(f"{CONTEXT} is not a JSON object")
    return name, scene, context
