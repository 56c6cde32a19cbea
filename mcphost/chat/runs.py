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
from typing import Any

from mcphost.chat.ports import Catalogue, LiveView, Stage, Target
from mcphost.chat.transcript import Transcripts, new_item_id
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.errors import (
    ConsentRefused,
    McpHostError,
    PolicyDenied,
    UserFacingError,
)
from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal, PrincipalKind
from mcphost.domain.template import ReviewState
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.protocol.mcp import is_error, result_text

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
        self, *, gate: Gate, catalogue: Catalogue, stage: Stage, transcripts: Transcripts
    ) -> None:
        self._gate = gate
        self._catalogue = catalogue
        self._stage = stage
        self._transcripts = transcripts
        self._tasks: dict[ItemId, asyncio.Task[Any]] = {}

    async def run(
        self,
        conversation: ConversationId,
        server: ServerKey,
        tool: str,
        arguments: JsonObject,
        *,
        principal: Principal,
        lineage: Lineage,
    ) -> ToolRun:
        """Run the tool and return its finished card; failures are on the card, not raised.

        Raises `NotConfigured` when there is no such tool: then there is no card either. A cancelled
        run is a card too, unless the caller itself was cancelled.
        """
        target = self._catalogue.target(server, tool)
        card = _new_card(target, arguments, principal)
        self._transcripts.put(conversation, card)
        run = _Run(self, conversation, target, card, principal, lineage)
        task = asyncio.ensure_future(run.go())
        self._tasks[card.id] = task
        try:
            return await task
        except asyncio.CancelledError:
            ended = await asyncio.shield(run.cancelled())
            caller = asyncio.current_task()
            if caller is not None and caller.cancelling():
                raise  # not only this run was cancelled, but whoever waits for it
            return ended
        finally:
            self._tasks.pop(card.id, None)

    def cancel(self, item: ItemId) -> None:
        """Cancel the run of *item*, if it is still going."""
        task = self._tasks.get(item)
        if task is not None:
            task.cancel()

    async def reopen(self, conversation: ConversationId, item: ItemId) -> ToolRun:
        """Show the App of an approved run from its recorded input and result. Raises
        `UserFacingError`: an App learns nothing of a call that was not approved (P5).
        """
        card = self._transcripts.item(conversation, item)
        if not isinstance(card, ToolRun):
            raise UserFacingError("only a tool run can show an App")
        if card.result is None and card.view is None:
            raise UserFacingError("This run has no result, so there is nothing its App may show.")
        target = self._catalogue.target(card.server, card.tool)
        if card.server_identity != target.server.identity:  # nor is it when that is not known
            raise UserFacingError(
                f"{card.server} is another server now than the one that was called, so this run "
                "is not shown to its App. Run the tool again."
            )
        view = await self._stage.open(conversation, item, target, card.arguments)
        if card.result is not None:
            view.result(card.result)
        else:
            view.cancelled(card.text or "the call gave no result")
        card = dataclasses.replace(card, view=view.id, view_state=ViewState.LIVE, view_note="")
        self._transcripts.put(conversation, card)
        return card

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
        outcome = await self._gate.perform(
            action, tool=run.target.tool, on_approved=run.approved, on_state=run.state
        )
        return outcome.result

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

    async def go(self) -> ToolRun:
        action = Action(
            kind=ActionKind.TOOL_CALL,
            principal=self._principal,
            lineage=self._lineage,
            invocation=self.card.invocation,
            method="tools/call",
            params={"name": self.card.tool, "arguments": self.card.arguments},
            server=self.card.server,
            conversation=self.conversation,
        )
        try:
            result = await self._runner.go(self, action)
        except (PolicyDenied, ConsentRefused) as error:
            return await self._failed(RunState.REFUSED, str(error))
        except McpHostError as error:
            return await self._failed(RunState.FAILED, str(error))
        return await self._finished(result)

    def approved(self) -> None:
        """The path said yes: the App may be opened now, while the call is under way."""
        if self.card.view_state is ViewState.OPENING:
            self._opening = asyncio.ensure_future(self._open())

    def state(self, state: RunState) -> None:
        """Where the call is on the path."""
        self._change(keep=False, state=state)

    async def cancelled(self) -> ToolRun:
        """The person cancelled the run."""
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
        self._change(keep=True, state=state, text=result_text(result), result=result)
        view = await self._view()
        if view is not None:
            view.result(result)
        return self.card

    async def _failed(self, state: RunState, reason: str) -> ToolRun:
        self._change(keep=True, state=state, text=reason)
        view = await self._view()
        if view is not None:
            view.cancelled(reason)
        elif self.card.view_state is ViewState.OPENING:
            self._change(keep=True, view_state=ViewState.NONE)
        return self.card

    def _change(self, *, keep: bool, **fields: Any) -> None:
        self.card = dataclasses.replace(self.card, **fields)
        self._runner.show(self.conversation, self.card, keep=keep)


def _new_card(target: Target, arguments: JsonObject, principal: Principal) -> ToolRun:
    state, note = _view_state(target)
    return ToolRun(
        id=new_item_id(),
        invocation=InvocationId(secrets.token_hex(8)),
        server=target.server.key,
        server_title=target.server.title,
        server_identity=target.server.identity,
        tool=target.tool.name,
        title=one_line(target.tool.title or target.tool.name, limit=80),
        by=_BY[principal.kind],
        arguments=arguments,
        state=RunState.DECIDING,
        view_state=state,
        view_note=note,
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
