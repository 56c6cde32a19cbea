"""One tool run in a conversation: the call down the path, its card, and its App.

Law: (1) a View is opened only after the call was approved, never before (P5). (2) Whatever happens,
the card says it in words and the App is told (P15). (3) A run is cancelled by cancelling its task.
(4) What was said to one server is never shown to the App of another that has its alias now (P6).

Loop thread. Used by the direct mode of the window, by the model's turns and by the command line.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Coroutine, Mapping
from typing import Any

from mcphost.chat.playing import Playing
from mcphost.chat.ports import Catalogue, LiveView, Stage, Target, Tickets
from mcphost.chat.transcript import TASK_LEFT, Transcripts, new_item_id
from mcphost.chat.watch import Attention, RunWatch
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import RunState, ServerWork, ToolRun, ViewState
from mcphost.domain.errors import (
    ConsentRefused,
    HostBugError,
    McpHostError,
    PolicyDenied,
    UserFacingError,
)
from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject, canonical_bytes
from mcphost.domain.labels import HOST_WORDS, app_data, server_data
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal, PrincipalKind
from mcphost.domain.recording import BY_REPLAY
from mcphost.domain.task import TaskTicket
from mcphost.domain.template import ReviewState
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.protocol.mcp import is_error, result_text
from mcphost.protocol.other_apps import other_app_words

_BY = {
    PrincipalKind.USER: "you",
    PrincipalKind.MODEL: "the model",
    PrincipalKind.AUTOMATION: "automation",
    PrincipalKind.VIEW: "an App",
    PrincipalKind.HOST: "the host",
}


class ToolRunner:
    """Runs tools and keeps their cards true."""

    def __init__(
        self,
        *,
        gate: Gate,
        catalogue: Catalogue,
        stage: Stage,
        transcripts: Transcripts,
        tickets: Tickets,
    ) -> None:
        self._gate = gate
        self._catalogue = catalogue
        self._stage = stage
        self._transcripts = transcripts
        self._tickets = tickets
        self._runs: dict[ItemId, tuple[_Run, asyncio.Task[Any]]] = {}
        self.attention = Attention()
        self.playing = Playing(stage, transcripts)

    async def run(
        self,
        conversation: ConversationId,
        server: ServerKey,
        tool: str,
        arguments: JsonObject,
        *,
        principal: Principal,
        lineage: Lineage,
        siblings: tuple[JsonObject, ...] = (),
        view: ViewId | None = None,
    ) -> ToolRun:
        """Run the tool and return its finished card; failures are on the card, not raised.
        *siblings* are the arguments of calls that may be put to a person together with this one.
        *view* is the live App that offers the tool itself; without it, it is the server's.

        Raises `NotConfigured` when there is no such tool: then there is no card either. A cancelled
        run is a card too, unless the caller itself was cancelled.
        """
        if view is None:
            target = self._catalogue.target(server, tool)
        else:
            target = self._catalogue.app_target(conversation, view, tool)
        card = _new_card(target, arguments, principal)
        self._transcripts.put(conversation, card)
        run = _Run(self, conversation, target, card, principal, lineage)
        return await self._see_through(run, run.go(siblings))

    async def look_again(
        self,
        conversation: ConversationId,
        item: ItemId,
        *,
        principal: Principal,
        lineage: Lineage,
    ) -> ToolRun:
        """Follow the task of a run that was left, because a person asks for it. Returns its
        finished card. Raises `UserFacingError` when there is no such task.
        """
        card = self._transcripts.item(conversation, item)
        if not isinstance(card, ToolRun) or card.state is not RunState.TASK_LEFT:
            raise UserFacingError("There is no task here that was left running.")
        ticket = await asyncio.to_thread(self._tickets.find, conversation, item)
        if ticket is None:
            raise UserFacingError(
                "Nothing is known of this task any more. Look at the server before you run the "
                "tool again."
            )
        target = self._catalogue.target(card.server, card.tool)
        if item in self._runs:
            raise UserFacingError("This task is being looked at already.")
        card = dataclasses.replace(card, state=RunState.DECIDING, text="")
        self._transcripts.put(conversation, card, keep=False)
        run = _Run(self, conversation, target, card, principal, lineage)
        return await self._see_through(run, run.resume(ticket))

    def open_question(self, item: ItemId, lineage: Lineage) -> None:
        """The person opened the question of a task that waited. Raises `UserFacingError`."""
        if item not in self._runs:
            raise UserFacingError("This run asks nothing any more.")
        self._runs[item][0].watch.open(lineage)

    def cancel(self, item: ItemId) -> None:
        """Cancel the run of *item*, if it is still going."""
        if item in self._runs:
            _cancel_once(self._runs[item][1])

    async def cancel_all(self) -> None:
        """Cancel every run as a person does: a server hears that its task is not wanted."""
        await self._end_all()

    async def leave(self) -> None:
        """The program ends: every run does, and the tasks of servers go on without us."""
        self.attention.leaving = True
        await self._end_all()

    async def _end_all(self) -> None:
        tasks = [task for _, task in self._runs.values()]
        for task in tasks:
            _cancel_once(task)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _see_through(self, run: _Run, work: Coroutine[Any, Any, ToolRun]) -> ToolRun:
        task = asyncio.ensure_future(work)
        self._runs[run.card.id] = (run, task)
        try:
            return await task
        except asyncio.CancelledError:
            ended = await asyncio.shield(run.cancelled())
            caller = asyncio.current_task()
            if caller is not None and caller.cancelling():
                raise  # not only this run was cancelled, but whoever waits for it
            return ended
        finally:
            self._runs.pop(run.card.id, None)
            await run.watch.settled()

    async def reopen(
        self, conversation: ConversationId, item: ItemId, *, returned: bool = False
    ) -> ToolRun:
        """Show the App of an approved run from its recorded input and result; *returned*: by
        itself, because its place is looked at again. Raises `UserFacingError`: an App learns
        nothing of a call that was not approved (P5).
        """
        card = self._transcripts.item(conversation, item)
        if not isinstance(card, ToolRun):
            raise UserFacingError("only a tool run can show an App")
        if card.by == BY_REPLAY:
            return await self.playing.again(conversation, card, returned=returned)
        if card.app:
            raise UserFacingError("An App's own tool has no App to show. Run the server's tool.")
        if card.result is None and card.view is None:
            raise UserFacingError("This run has no result, so there is nothing its App may show.")
        target = self._catalogue.target(card.server, card.tool)
        if card.server_identity != target.server.identity:  # nor is it when that is not known
            raise UserFacingError(
                f"{card.server} is another server now than the one that was called, so this run "
                "is not shown to its App. Run the tool again."
            )
        view = await self._stage.open(conversation, item, target, card.arguments, returned=returned)
        if card.result is not None:
            view.result(card.result)
        else:
            view.cancelled(card.text or "the call gave no result")
        card = dataclasses.replace(card, view=view.id, view_state=ViewState.LIVE, view_note="")
        self._transcripts.put(conversation, card)
        return card

    def is_over(self, conversation: ConversationId, item: ItemId) -> bool:
        """Whether the run has a result from which its App can be opened again."""
        card = self._transcripts.item(conversation, item)
        return isinstance(card, ToolRun) and card.result is not None

    def note_view(
        self, conversation: ConversationId, item: ItemId, view: ViewId, note: str, *, fatal: bool
    ) -> None:
        """Something happened to the View of *item*: say it on the card."""
        card = self._transcripts.item(conversation, item)
        if not isinstance(card, ToolRun) or card.view != view:
            return
        state = ViewState.FAILED if fatal else card.view_state
        self._transcripts.put(
            conversation, dataclasses.replace(card, view_state=state, view_note=note)
        )

    async def go(self, run: _Run, action: Action) -> JsonObject:
        """The call itself, down the one path."""
        app = run.target.app

        async def effect() -> JsonObject:
            if app is None:
                raise HostBugError("a server's tool is called by its server")
            return await self._stage.call_app_tool(app, run.card.arguments)

        outcome = await self._gate.perform(
            action,
            tool=run.target.tool,
            effect=None if app is None else effect,
            on_approved=run.approved,
            on_state=run.state,
            watcher=run.watch,
        )
        return outcome.result

    async def look(self, run: _Run, action: Action, ticket: TaskTicket) -> JsonObject:
        """The first look at a task that was left, down the one path."""
        outcome = await self._gate.resume(
            action, ticket, tool=run.target.tool, watcher=run.watch, on_state=run.state
        )
        return outcome.result

    def watch(self, run: _Run, lineage: Lineage) -> RunWatch:
        """Who follows *run*."""
        return RunWatch(
            run.conversation,
            run.card.id,
            lineage,
            tickets=self._tickets,
            attention=self.attention,
            show=run.works,
            since=None if run.card.work is None else run.card.work.since,
        )

    async def open_view(self, run: _Run) -> LiveView:
        """Open the run's App."""
        return await self._stage.open(run.conversation, run.card.id, run.target, run.card.arguments)

    def show(self, conversation: ConversationId, card: ToolRun, *, keep: bool) -> None:
        """The card has a new value."""
        self._transcripts.put(conversation, card, keep=keep)


class _Run:
    """The life of one call."""

    def __init__(
        self,
        runner: ToolRunner,
        conversation: ConversationId,
        target: Target,
        card: ToolRun,
        principal: Principal,
        lineage: Lineage,
    ) -> None:
        self._runner = runner
        self.conversation = conversation
        self.target = target
        self.card = card
        self._principal = principal
        self._lineage = lineage
        self._opening: asyncio.Task[LiveView | None] | None = None
        self.watch = runner.watch(self, lineage)

    async def go(self, siblings: tuple[JsonObject, ...]) -> ToolRun:
        params: JsonObject = {"name": self.card.tool, "arguments": self.card.arguments}
        app = self.target.app
        kind = ActionKind.TOOL_CALL if app is None else ActionKind.APP_TOOL
        action = self._action(kind, "tools/call", params)
        if app is not None:
            action = dataclasses.replace(action, view=app.view, app=app)
        others = ({"name": self.card.tool, "arguments": each} for each in siblings)
        action = dataclasses.replace(action, siblings=tuple(others))
        return await self._came_to(self._runner.go(self, action))

    async def resume(self, ticket: TaskTicket) -> ToolRun:
        """Follow the task of *ticket* to its end."""
        self.watch.resumed()
        action = self._action(ActionKind.TASK, "tasks/get", {"taskId": ticket.id})
        card = await self._came_to(self._runner.look(self, action, ticket))
        if card.result is not None and self.target.tool.ui_resource is not None:
            self._change(keep=True, view=None, view_state=ViewState.CLOSED, view_note="")
        return self.card

    def _action(self, kind: ActionKind, method: str, params: JsonObject) -> Action:
        return Action(
            kind=kind,
            principal=self._principal,
            lineage=self._lineage,
            invocation=self.card.invocation,
            method=method,
            params=params,
            server=self.card.server,
            conversation=self.conversation,
        )

    async def _came_to(self, call: Coroutine[Any, Any, JsonObject]) -> ToolRun:
        try:
            result = await call
        except (PolicyDenied, ConsentRefused) as error:
            return await self._failed(self._or_left(RunState.REFUSED), str(error))
        except McpHostError as error:
            return await self._failed(self._or_left(RunState.FAILED), str(error))
        return await self._finished(result)

    def _or_left(self, state: RunState) -> RunState:
        """A call that ended while its server may still be working on it can be taken up again."""
        return RunState.TASK_LEFT if self.watch.kept else state

    def approved(self, action: Action) -> None:
        """The path said yes: the App may be opened now, while the call is under way, and what the
        card says from here on may be the server's.
        """
        whose = app_data if self.card.app else server_data
        self._change(keep=False, label=whose(self.card.server, self.card.server_identity))
        arguments = action.params.get("arguments")
        if isinstance(arguments, Mapping) and _differ(arguments, self.card.arguments):
            self._change(keep=True, arguments=arguments, changed=True)
        if self.card.view_state is ViewState.OPENING:
            self._opening = asyncio.ensure_future(self._open())

    def state(self, state: RunState) -> None:
        """Where the call is on the path."""
        self._change(keep=False, state=state)

    def works(self, work: ServerWork, keep: bool) -> None:
        """What the server says it is doing."""
        self._change(keep=keep, work=work)

    async def cancelled(self) -> ToolRun:
        """The person cancelled the run, or the program ends."""
        if self.watch.kept:
            return await self._failed(RunState.TASK_LEFT, TASK_LEFT)
        return await self._failed(RunState.CANCELLED, "cancelled")

    async def _open(self) -> LiveView | None:
        try:
            view = await self._runner.open_view(self)
        except McpHostError as error:
            self._change(keep=True, view_state=ViewState.FAILED, view_note=str(error))
            return None
        self._change(keep=True, view=view.id, view_state=ViewState.LIVE)
        return view

    async def _view(self) -> LiveView | None:
        return None if self._opening is None else await self._opening

    async def _finished(self, result: JsonObject) -> ToolRun:
        state = RunState.TOOL_ERROR if is_error(result) else RunState.DONE
        text = result_text(result)
        note = other_app_words(self.target.tool, result) or self.card.view_note
        self._change(keep=True, state=state, text=text, result=result, work=None, view_note=note)
        view = await self._view()
        if view is not None:
            view.result(result)
        return self.card

    async def _failed(self, state: RunState, reason: str) -> ToolRun:
        work = self.card.work if state is RunState.TASK_LEFT else None
        self._change(keep=True, state=state, text=reason, work=work)
        view = await self._view()
        if view is not None:
            view.cancelled(reason)
        elif self.card.view_state is ViewState.OPENING:
            self._change(keep=True, view_state=ViewState.NONE)
        return self.card

    def _change(self, *, keep: bool, **fields: Any) -> None:
        card = dataclasses.replace(self.card, **fields)
        if card == self.card and not keep:
            return  # the path may say twice where it is; who looks need not hear it twice
        self.card = card
        self._runner.show(self.conversation, self.card, keep=keep)


def _differ(one: JsonObject, other: JsonObject) -> bool:
    """As JSON: to Python `True` is `1`."""
    return canonical_bytes(one) != canonical_bytes(other)


def _cancel_once(task: asyncio.Task[Any]) -> None:
    """A second cancellation would cut off what the first one makes a run say to its server."""
    if not task.cancelling():
        task.cancel()


def _new_card(target: Target, arguments: JsonObject, principal: Principal) -> ToolRun:
    state, note = _view_state(target)
    app = "" if target.app is None else target.app.app or "unnamed"
    return ToolRun(
        id=new_item_id(),
        invocation=InvocationId(secrets.token_hex(8)),
        server=target.server.key,
        server_title=target.server.title if not app else f'App "{app}" of {target.server.title}',
        server_identity=target.server.identity,
        label=HOST_WORDS,
        tool=target.tool.name,
        title=one_line(target.tool.title or target.tool.name, limit=80),
        by=_BY[principal.kind],
        arguments=arguments,
        state=RunState.DECIDING,
        view_state=state,
        view_note=note,
        app=app,
    )


def _view_state(target: Target) -> tuple[ViewState, str]:
    """Whether the run will have an App, and if not, why not, in words."""
    if target.tool.ui_resource is None:
        return ViewState.NONE, ""
    if target.review is None:
        return ViewState.NONE, (
            "This tool has an App, but its template could not be fetched: see Servers."
        )
    match target.review.state:
        case ReviewState.APPROVED:
            return ViewState.OPENING, ""
        case ReviewState.PENDING:
            return ViewState.NEEDS_REVIEW, "This tool has an App. Review its template to show it."
        case ReviewState.REJECTED:
            return ViewState.REJECTED, "The template of this App was rejected in review."
