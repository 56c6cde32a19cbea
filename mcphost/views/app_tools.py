"""The tools that one View offers itself: listed, checked, called, and gone with it.

    ready, or list_changed ─▶ tools/list ─▶ parsed ─▶ schemas checked ─▶ a row ─▶ offered

Law: (1) what is offered was in the View's latest list, whole, and is on the log; a list that cannot
be used means that nothing is offered, and it is said; (2) lists are asked for one at a time, each
further one after a longer pause; (3) only a call that went down the one path comes here, and only
for the very definition that was decided on; (4) each call ends: answered once, given up after
`call_seconds`, or when the View ends. Nothing of it outlives the View. Loop thread; owned by
`ViewController`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mcphost.domain.app_tool import AppTool
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import (
    McpHostError,
    NotConfigured,
    ProtocolViolation,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.events import AppToolsChanged
from mcphost.domain.ids import Digest, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.protocol.apps_session import Answered
from mcphost.protocol.apps_tools import (
    NO_TOOLS,
    AppToolList,
    failed,
    parse_app_result,
    parse_app_tools,
)
from mcphost.views.opening import ViewOpening, ViewWorld

LIST_SECONDS: Final = 10.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two lists of an App that never stops changing its tools."""
MAX_SEEN: Final = 500
"""Names of tools that are remembered of one View; what comes under a further one counts as
changed."""
_SAID: Final = 5
"""Refused tools that are named."""


class ViewTools:
    """The tools of one View."""

    def __init__(
        self,
        *,
        opening: ViewOpening,
        view: ViewId,
        world: ViewWorld,
        ask: Callable[[str, JsonObject], int | None],
        give_up: Callable[[int, str], None],
        claim: Callable[[], str],
    ) -> None:
        """*ask* posts a request of the host and tells its id, or None when the View cannot be asked
        (any more); *give_up* takes it back; *claim* is what the App calls itself.
        """
        self._opening = opening
        self._view = view
        self._world = world
        self._ask = ask
        self._give_up = give_up
        self._claim = claim
        self._offered: tuple[AppTool, ...] = ()
        self._waiting: dict[int, asyncio.Future[Answered]] = {}
        self._seen: dict[str, Digest] = {}
        self._stale = self._listing = self._ended = False
        self._pause = world.list_pause

    @property
    def offered(self) -> tuple[AppTool, ...]:
        """The tools that may be called now."""
        return self._offered

    @property
    def grant_names(self) -> frozenset[str]:
        """What grants may know the tools by that were ever offered here."""
        return frozenset(self._seen)

    def look(self) -> None:
        """List the tools, now or as soon as that is due again."""
        self._stale = True
        if not self._listing and not self._ended:
            self._listing = True
            self._world.spawn(self._keep_up(), name=f"tools of {self._view}")

    def answered(self, answer: Answered) -> None:
        """The View answered something."""
        future = self._waiting.pop(answer.id, None)
        if future is not None and not future.done():
            future.set_result(answer)

    async def call(self, tool: AppTool, arguments: JsonObject) -> JsonObject:
        """Call *tool*, which was decided on. Raises `UserFacingError` and `ServerError`."""
        name, wanted = tool.tool.name, tool.tool.definition_digest
        if all(each.tool.definition_digest != wanted for each in self._offered):
            raise UserFacingError(
                f"The App does not offer {one_line(name, limit=80)} any more as it was when this "
                "was decided; nothing was called. Try again."
            )
        params: JsonObject = {"name": name, "arguments": arguments}
        answer = await self._exchange("tools/call", params, self._world.call_seconds)
        return failed(answer.error) if answer.result is None else parse_app_result(answer.result)

    def end(self) -> None:
        """The View is gone, and its tools with it."""
        self._ended, self._stale = True, False
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(gone())
        self._waiting.clear()
        if self._offered:
            self._show(())
        if self._seen:
            ended = self._world.tools_ended(self._opening.server.key, self.grant_names)
            self._world.spawn(ended, name=f"grants for tools of {self._view}")

    async def _keep_up(self) -> None:
        """List until nothing has changed meanwhile."""
        try:
            while self._stale and not self._ended:
                self._stale = False
                await self._list()
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
        finally:
            self._listing = False

    async def _list(self) -> None:
        try:
            answer = await self._exchange("tools/list", {}, LIST_SECONDS)
            if answer.result is None and answer.code != NO_TOOLS:
                raise ProtocolViolation(one_line(answer.error, limit=200) or "it gave an error")
            listed = AppToolList(tools=(), refused=())
            if answer.result is not None:
                found = parse_app_tools(self._opening.server.key, self._view, answer.result)
                listed = await self._usable(found)
        except McpHostError as error:
            listed = AppToolList(tools=(), refused=(str(error),))
        if self._ended:
            return
        await self._offer(listed)

    async def _usable(self, found: AppToolList) -> AppToolList:
        """The tools whose schemas can be checked against, in the worker that may be killed."""
        good: list[Tool] = []
        refused = list(found.refused)
        for tool in found.tools:
            name = one_line(tool.name, limit=80)
            try:
                await self._world.usable_schema(tool.input_schema, f"the arguments of {name}")
                if tool.output_schema is not None:
                    await self._world.usable_schema(tool.output_schema, f"the result of {name}")
            except ProtocolViolation as error:
                refused.append(str(error))
            else:
                good.append(tool)
        return AppToolList(tools=tuple(good), refused=tuple(refused))

    async def _offer(self, listed: AppToolList) -> None:
        """What is offered is on the log first; until then, and without a row, nothing is."""
        offered = tuple(self._app_tool(tool) for tool in listed.tools)
        same = [t.tool.definition_digest for t in self._offered]
        if [tool.definition_digest for tool in listed.tools] != same:
            self._offered = ()
            await self._world.audit.append(self._row(listed))
            if self._ended:
                return
            self._show(offered)
        if listed.refused:
            said = "; ".join(listed.refused[:_SAID])
            rest = len(listed.refused) - _SAID
            more = f" … and {rest} more" if rest > 0 else ""
            words = f"Not every tool that the App offers itself can be called: {said}{more}"
            await self._world.on_trouble(
                self._opening.conversation, self._opening.item, self._view, words, False
            )

    def _show(self, offered: tuple[AppTool, ...]) -> None:
        self._offered = offered
        self._world.events(
            AppToolsChanged(view=self._view, conversation=self._opening.conversation, tools=offered)
        )

    def _app_tool(self, tool: Tool) -> AppTool:
        offered = AppTool(
            view=self._view,
            conversation=self._opening.conversation,
            app=self._claim(),
            tool=tool,
        )
        return offered if self._is_first(offered) else replace(offered, changed=True)

    def _is_first(self, offered: AppTool) -> bool:
        """Whether this is the first definition that came under its name."""
        digest = offered.tool.definition_digest
        if offered.grant_name not in self._seen and len(self._seen) >= MAX_SEEN:
            return False
        return self._seen.setdefault(offered.grant_name, digest) == digest

    def _row(self, listed: AppToolList) -> AuditRecord:
        return AuditRecord(
            kind=AuditKind.APP_TOOLS_LISTED,
            data={
                "app": self._claim(),
                "tools": [one_line(tool.name, limit=120) for tool in listed.tools],
                "definitions": [tool.definition_digest for tool in listed.tools],
                "refused": len(listed.refused),
            },
            server=self._opening.server.key,
            view=self._view,
        )

    async def _exchange(self, method: str, params: JsonObject, seconds: float) -> Answered:
        id = None if self._ended else self._ask(method, params)
        if id is None:
            raise gone()
        future = asyncio.get_running_loop().create_future()
        self._waiting[id] = future
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError as error:
            raise ServerUnreachable(
                f"the App of {self._opening.server.key} did not answer within {seconds:g} s"
            ) from error
        finally:
            if self._waiting.pop(id, None) is not None:
                self._give_up(id, "the host waits no longer")


def gone() -> NotConfigured:
    """What is said of a tool whose App is closed."""
    return NotConfigured(
        "The App that offered this tool is closed, and its tools with it. Open it again first."
    )
