"""A View that offers tools itself, over the house of `view_parts`: it answers as a test says.

`Offering` is driven inside a running loop: `open` and `change` list tools, `begin` walks the one
path as whoever acts, and `answer` says what the View says.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mcphost.domain.action import ActionKind
from mcphost.domain.app_tool import AppTool
from mcphost.domain.events import ViewPosted
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import USER, Principal
from mcphost.gate.path import Outcome
from mcphost.views.controller import ViewController
from tests.helpers.gate_parts import Stage, call
from tests.helpers.view_parts import ViewHouse, until

CAPABLE = {
    "appInfo": {"name": "Chess", "version": "1.2"},
    "appCapabilities": {"tools": {"listChanged": True}},
}


def definition(name: str = "move", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "Moves.", "inputSchema": {"type": "object"}, **more}


class Offering:
    """See the module."""

    def __init__(self, stage: Stage | None = None, **world: Any) -> None:
        self.house = ViewHouse(stage or Stage(), world={"list_pause": 0.0, **world})
        self.view: ViewController

    async def open(self, *tools: dict[str, Any], capable: bool = True) -> None:
        """Shake hands, and list *tools*."""
        said: JsonObject = CAPABLE if capable else {}
        self.view = await self.house.ready(said)
        if capable:
            await self.listed(list(tools))

    async def asked(self, method: str, *, times: int = 1) -> dict[str, Any]:
        """The *times*-th request of the host for *method*, waited for."""
        await until(lambda: len(self._requests(method)) >= times)
        return self._requests(method)[times - 1]

    async def listed(self, tools: Sequence[Any], *, times: int = 1) -> None:
        """Answer the *times*-th `tools/list`, and let the host take it in."""
        self.answer(await self.asked("tools/list", times=times), {"tools": tools})
        for _ in range(20):
            await asyncio.sleep(0)

    async def change(self, *tools: Any, times: int = 2) -> None:
        """Say that the tools are others now, and list them."""
        self.house.say(self.view, {"method": "notifications/tools/list_changed"})
        await self.listed(list(tools), times=times)

    def answer(self, request: dict[str, Any], result: Any = None, **error: Any) -> None:
        body = {"error": error} if error else {"result": result}
        self.house.say(self.view, {"id": request["id"], **body})

    def begin(
        self,
        tool: AppTool | None = None,
        arguments: JsonObject | None = None,
        *,
        principal: Principal = USER,
        lineage: Lineage | None = None,
    ) -> asyncio.Task[Outcome]:
        """Walk the path for a call of *tool*, the first one offered."""
        app = tool or self.view.tools.offered[0]
        action = call(app.tool.name, principal=principal, lineage=lineage, arguments=arguments)
        kind = ActionKind.APP_TOOL
        action = replace(action, kind=kind, view=app.view, app=app)

        async def effect() -> JsonObject:
            return await self.house.deck.call_tool(app, arguments or {})

        walk = self.house.stage.gate.perform(action, tool=app.tool, effect=effect)
        return asyncio.ensure_future(walk)

    def _requests(self, method: str) -> list[dict[str, Any]]:
        events = self.house.stage.events
        posted = [json.loads(e.text) for e in events if isinstance(e, ViewPosted)]
        return [each for each in posted if each.get("method") == method and "id" in each]
