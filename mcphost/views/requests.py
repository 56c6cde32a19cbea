"""Requests of one View that have an effect: each becomes an `Action` and walks the one path.

Law: (1) each request is answered once, even when it meets a bug of ours; (2) none outlives its
View, whatever the View does with its ids; (3) what comes faster than `PER_SECOND` is refused before
it costs a row, and a large one counts as several.

Loop thread. Owned by `ViewController`; the View's identity comes from there.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, assert_never

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import (
    ConsentRefused,
    McpHostError,
    PolicyDenied,
    ServerError,
    ServerRefused,
    StorageError,
    UserFacingError,
    ViewProtocolError,
)
from mcphost.domain.ids import InvocationId, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import Label, app_data
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal
from mcphost.domain.tool import Tool
from mcphost.domain.view import DisplayMode
from mcphost.gate.path import Effect, Outcome
from mcphost.policy.bucket import Bucket
from mcphost.protocol import apps
from mcphost.protocol.apps_results import (
    list_for_view,
    resource_for_view,
    result_for_view,
    tool_for_view,
)
from mcphost.protocol.apps_sampling import METHOD as SAMPLING_METHOD
from mcphost.protocol.jsonrpc import INTERNAL_ERROR, METHOD_NOT_FOUND
from mcphost.views.files import ViewFiles
from mcphost.views.gestures import Gestures
from mcphost.views.modes import ViewModes
from mcphost.views.opening import ViewOpening, ViewWorld
from mcphost.views.record import ViewRecord
from mcphost.views.sampling import ViewSampling

BURST, PER_SECOND = 120, 30.0
"""Requests of one View: at once, and in the long run. Each may cost durable rows."""
PROGRESS_SECONDS = 10.0
"""How often a waiting View hears that its call is still alive; View SDKs give up after 60 s."""
_NOT_RECORDED = "the host could not record or store this, so it was not done"
"""What an App is told of the disk: the error itself names the folders of the person."""
_CAPABILITY = {
    apps.Listing.RESOURCES: "resources",
    apps.Listing.TEMPLATES: "resources",
    apps.Listing.PROMPTS: "prompts",
}

Effectful = (
    apps.CallTool
    | apps.ListTools
    | apps.ListOffers
    | apps.ReadResource
    | apps.OpenLink
    | apps.DownloadFile
    | apps.SendMessage
    | apps.UpdateContext
    | apps.RequestDisplayMode
    | apps.CreateMessage
)
"""What a View asks for that can have an effect."""


class ViewRequests:
    """The open requests of one View."""

    def __init__(
        self,
        *,
        principal: Principal,
        opening: ViewOpening,
        view: ViewId,
        world: ViewWorld,
        answer: Callable[[apps.ViewRequestId, JsonObject], None],
        refuse: Callable[[apps.ViewRequestId, int, str], None],
        progress: Callable[[apps.ViewRequestId, float, str], None],
        record: ViewRecord,
        modes: ViewModes,
        note: Callable[[str], Awaitable[None]],
    ) -> None:
        self._principal = principal
        self._opening = opening
        self._view = view
        self._world = world
        self._answer = answer
        self._refuse = refuse
        self._progress = progress
        self._record = record
        self._modes = modes
        self._files = ViewFiles(saver=world.save_file, act=self._action, note=note)
        self._pace = Bucket(burst=BURST, per_second=PER_SECOND)
        self._sampling = ViewSampling(world)
        self._tasks: dict[apps.ViewRequestId, asyncio.Task[Any]] = {}
        self._alive: set[asyncio.Task[Any]] = set()

    def begin(
        self, message: Effectful, gestures: Gestures, received: float, *, weight: int = 1
    ) -> None:
        """Start working on *message*; it is answered when the path has been walked. *weight* is how
        many small ones it costs.
        """
        if not self._pace.take(self._world.clock(), weight):
            self._record.denied(f"{type(message).__name__} refused: too fast")
            self._refuse(message.id, apps.REFUSED, f"too fast: {PER_SECOND:g} requests a second")
            return
        lineage = _lineage_for(message, gestures, received)
        task = self._world.spawn(self._work(message, lineage), name=f"view request {message.id}")
        self._tasks[message.id] = task
        self._alive.add(task)
        task.add_done_callback(partial(self._finished, message.id))

    def _finished(self, request: apps.ViewRequestId, done: asyncio.Task[Any]) -> None:
        self._alive.discard(done)
        if self._tasks.get(request) is done:  # a cancelled id may be in use again
            del self._tasks[request]

    def cancel(self, request: apps.ViewRequestId) -> None:
        """The View cancelled *request*."""
        task = self._tasks.get(request)
        if task is not None:
            task.cancel()

    def cancel_all(self) -> None:
        """The View is gone."""
        for task in list(self._alive):
            task.cancel()

    async def _work(self, message: Effectful, lineage: Lineage) -> None:
        try:
            match message:
                case apps.CallTool():
                    await self._call_tool(message, lineage)
                case apps.ListTools():
                    self._answer(message.id, self._own_tools())
                case apps.ListOffers():
                    await self._list(message, lineage)
                case apps.ReadResource():
                    await self._read_resource(message, lineage)
                case apps.OpenLink():
                    await self._open_link(message, lineage)
                case apps.DownloadFile():
                    walk = partial(self._perform, message)
                    await self._offered(message, self._files.save(message.files, lineage, walk))
                case apps.SendMessage():
                    await self._send_message(message, lineage)
                case apps.UpdateContext():
                    await self._update_context(message, lineage)
                case apps.RequestDisplayMode():
                    await self._change_mode(message, lineage)
                case apps.CreateMessage():
                    await self._sample(message, lineage)
                case _:
                    assert_never(message)
        except ViewProtocolError as error:
            self._refuse(message.id, error.code, str(error))
        except ServerRefused as error:
            self._refuse(message.id, error.code, error.server_message)
        except StorageError as error:
            self._note(error, message)
            self._refuse(message.id, apps.REFUSED, _NOT_RECORDED)
        except McpHostError as error:
            self._note(error, message)
            self._refuse(message.id, apps.REFUSED, str(error))
        except Exception:
            self._refuse(message.id, INTERNAL_ERROR, "the host failed; its log says how")
            raise  # the runtime reports it

    async def _call_tool(self, message: apps.CallTool, lineage: Lineage) -> None:
        tool = next((t for t in self._tools() if t.name == message.name), None)
        action = self._action(
            ActionKind.TOOL_CALL,
            "tools/call",
            {"name": message.name, "arguments": message.arguments},
            lineage,
        )
        with self._ticking(message.progress_token):
            outcome = await self._perform(message, action, tool=tool)
        self._answer(message.id, result_for_view(outcome.result, changed=outcome.changed))

    async def _read_resource(self, message: apps.ReadResource, lineage: Lineage) -> None:
        action = self._action(
            ActionKind.RESOURCE_READ, "resources/read", {"uri": message.uri}, lineage
        )
        outcome = await self._perform(message, action)
        self._answer(message.id, resource_for_view(outcome.result))

    async def _list(self, message: apps.ListOffers, lineage: Lineage) -> None:
        kind, server = _CAPABILITY[message.listing], self._opening.server.key
        if not self._world.advertises(server, kind):
            text = f"Method not found: the server of this App does not say that it has {kind}"
            self._refuse(message.id, METHOD_NOT_FOUND, text)
            return
        params: JsonObject = {} if message.cursor is None else {"cursor": message.cursor}
        action = self._action(ActionKind.LIST, message.listing.value, params, lineage)
        outcome = await self._perform(message, action)
        self._answer(message.id, list_for_view(message.listing, outcome.result))

    async def _open_link(self, message: apps.OpenLink, lineage: Lineage) -> None:
        async def effect() -> JsonObject:
            self._world.open_link(message.untrusted_url)
            return {}

        action = self._action(
            ActionKind.OPEN_LINK, "ui/open-link", {"url": message.untrusted_url}, lineage
        )
        await self._offered(message, self._perform(message, action, effect=effect))

    async def _send_message(self, message: apps.SendMessage, lineage: Lineage) -> None:
        async def effect() -> JsonObject:
            self._world.on_message(
                self._opening.conversation, self._view, self._source(), message.text, self._label()
            )
            return {}

        action = self._action(ActionKind.MESSAGE, "ui/message", {"text": message.text}, lineage)
        await self._offered(message, self._perform(message, action, effect=effect))

    async def _update_context(self, message: apps.UpdateContext, lineage: Lineage) -> None:
        async def effect() -> JsonObject:
            await self._world.on_context(
                self._opening.conversation, self._view, self._source(), message.text, self._label()
            )
            return {}

        action = self._action(
            ActionKind.CONTEXT_UPDATE, "ui/update-model-context", {"text": message.text}, lineage
        )
        await self._perform(message, action, effect=effect)
        self._answer(message.id, {})

    async def _change_mode(self, message: apps.RequestDisplayMode, lineage: Lineage) -> None:
        """The result is always the mode it is shown in afterwards, whatever came of it."""
        mode = DisplayMode(message.mode)

        async def effect() -> JsonObject:
            await self._modes.change(mode)
            return {"mode": self._modes.current.value}

        action = self._action(
            ActionKind.DISPLAY_MODE, "ui/request-display-mode", {"mode": mode.value}, lineage
        )
        try:
            await self._perform(message, action, effect=effect)
        except UserFacingError as error:
            self._note(error, message)
        self._answer(message.id, {"mode": self._modes.current.value})

    async def _offered(
        self,
        message: apps.OpenLink | apps.DownloadFile | apps.SendMessage,
        work: Awaitable[object],
    ) -> None:
        """Link, file and message: no is `{isError: true}`, which every View SDK looks at."""
        try:
            await work
        except (UserFacingError, ServerError, StorageError) as error:
            self._note(error, message)
            self._answer(message.id, {"isError": True})
            return
        self._answer(message.id, {})

    async def _perform(
        self,
        message: Effectful,
        action: Action,
        *,
        tool: Tool | None = None,
        effect: Effect | None = None,
    ) -> Outcome:
        """Walk the path; the record of the View hears how it goes."""
        tap = self._record.tap(message.id, action, self._world.clock)
        try:
            return await self._world.gate.perform(action, tool=tool, effect=effect, tap=tap)
        except McpHostError as error:
            tap.failed(error)
            raise

    async def _sample(self, message: apps.CreateMessage, lineage: Lineage) -> None:
        async def perform(params: JsonObject, effect: Effect) -> JsonObject:
            action = self._action(ActionKind.SAMPLING, SAMPLING_METHOD, params, lineage)
            return (await self._perform(message, action, effect=effect)).result

        with self._ticking(message.progress_token):
            result = await self._sampling.ask(message.asked, perform)
        self._answer(message.id, result)

    @contextmanager
    def _ticking(self, token: apps.ViewRequestId | None) -> Generator[None]:
        """While the View waits, it hears that its request is still alive, where it can."""
        ticker = None
        if token is not None:
            ticker = self._world.spawn(self._tick(token), name="view progress")
        try:
            yield
        finally:
            if ticker is not None:
                ticker.cancel()

    async def _tick(self, token: apps.ViewRequestId) -> None:
        step = 0.0
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            step += 1.0
            self._progress(token, step, "waiting")

    def _own_tools(self) -> JsonObject:
        """Only the tools of the same server that an App may call."""
        return {"tools": [tool_for_view(tool) for tool in self._tools() if tool.visible_to_app]}

    def _tools(self) -> tuple[Tool, ...]:
        return self._world.tools(self._opening.server.key)

    def _source(self) -> str:
        return f"App of {self._opening.server.key}"

    def _label(self) -> Label:
        """Of everything this View says."""
        return app_data(self._opening.server.key, self._opening.server.identity)

    def _note(self, error: McpHostError, message: Effectful) -> None:
        kind = "refused" if isinstance(error, PolicyDenied | ConsentRefused) else "failed"
        self._record.denied(f"{type(message).__name__} {kind}: {error}")

    def _action(
        self, kind: ActionKind, method: str, params: JsonObject, lineage: Lineage
    ) -> Action:
        return Action(
            kind=kind,
            principal=self._principal,
            lineage=lineage,
            invocation=InvocationId(secrets.token_hex(8)),
            method=method,
            params=params,
            server=self._opening.server.key,
            view=self._view,
            conversation=self._opening.conversation,
        )


def _lineage_for(message: Effectful, gestures: Gestures, received: float) -> Lineage:
    """Only what can change something uses a gesture up."""
    match message:
        case (
            apps.CallTool()
            | apps.OpenLink()
            | apps.DownloadFile()
            | apps.SendMessage()
            | apps.CreateMessage()
        ):
            return gestures.lineage(received)
        case apps.RequestDisplayMode() if message.mode != DisplayMode.INLINE:
            return gestures.lineage(received)
        case _:
            return gestures.unasked(received)
