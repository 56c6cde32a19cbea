"""`mcphost render`: connect, review, call, draw, click, picture, report.

The script runs on the loop thread; widgets are touched through `Stage.main` only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mcphost.domain.app_grant import AppGrant, parse_grant
from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import McpHostError, UserFacingError
from mcphost.domain.events import (
    ViewClosed,
    ViewInitialized,
    ViewOpened,
    ViewPosted,
    ViewResized,
)
from mcphost.domain.exchange import exchange_json
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.summaries import ServerSummary
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.text import one_line
from mcphost.domain.view import IncidentKind, ViewReport
from mcphost.host import connect_aloud, server_from_text
from mcphost.policy.launch import ViewLaunch
from ui.bridge.script import pause
from ui.headless.nobody import Nobody
from ui.headless.report import run_part, server_part, view_part, whole, write_report
from ui.headless.script import COULD_NOT_RUN, DONE, REFUSED, Stage, run_script, say
from ui.panes.surroundings import surroundings
from ui.panes.view_slot import MountedView
from ui.sandbox.sandbox_view import SandboxView
from ui.widgets.theme import Theme
from ui.widgets.tokens import Mode

_HANDSHAKE_SECONDS = 12.0


def render(arguments: argparse.Namespace) -> int:
    """Main thread. Returns the exit code."""
    return Render(arguments).go()


@dataclass(slots=True)
class Drawn:
    """What came of the View."""

    report: ViewReport
    size: tuple[int, int] | None


class Render:
    """One run of the command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._board: _Board | None = None
        self._summary: ServerSummary | None = None

    def go(self) -> int:
        """Main thread. Returns the exit code."""
        Theme.current().set_override(Mode(self._arguments.theme))
        files = tuple(self._arguments.policy)
        return run_script(
            self.run,
            broker=Nobody(),
            policy_files=files,
            automation=True,
            downloads=self._arguments.downloads,
        )

    async def run(self, stage: Stage) -> int:
        """Loop thread."""
        card: ToolRun | None = None
        drawn: Drawn | None = None
        try:
            card = await self._have_run(stage)
            if card.view is not None:
                drawn = await self._draw(stage, card.view)
            code, reason = self._verdict(card, drawn)
        except McpHostError as error:
            code, reason = COULD_NOT_RUN, str(error)
        say(reason)
        await self._write(stage, card, drawn, reason)
        return code

    async def _have_run(self, stage: Stage) -> ToolRun:
        """The run whose App is drawn."""
        key = await self._connect(stage)
        self._summary = await _summary(stage, key)
        grants = grants_named(self._arguments.grant)
        await self._approve(stage, key, [each for each in grants if each.lasting])
        await self._set_up(stage, [each for each in grants if not each.lasting])
        return await self._call(stage, key)

    async def _set_up(self, stage: Stage, grants: list[AppGrant]) -> None:
        """Make the surface; what opens on it gets *grants*."""
        self._board = await stage.main.call(lambda: _Board(stage, self._size(), grants))

    def _verdict(self, card: ToolRun, drawn: Drawn | None) -> tuple[int, str]:
        """The exit code and its reason."""
        return _verdict(card, drawn)

    def _more(self, drawn: Drawn | None) -> dict[str, object]:
        """What the report says besides."""
        return {}

    async def _connect(self, stage: Stage) -> ServerKey:
        key = ServerKey(self._arguments.server)
        config = server_from_text(self._arguments.server)
        if config is not None:
            key = config.key
            await stage.host.add_server(config, keep=False)
        await connect_aloud(stage.host, key, say)
        summary = await _summary(stage, key)
        if summary.info is not None:
            era, version = summary.info.era.value, summary.info.protocol_version
            say(f"connected to {summary.config.title}: {era} era, protocol {version}")
        if summary.problem:
            say(f"  note: {summary.problem}")
        return key

    async def _approve(self, stage: Stage, key: ServerKey, grants: list[AppGrant]) -> None:
        """Approve and grant what the command line names, and nothing else."""
        wanted: list[str] = self._arguments.approve_template
        tool = next(
            (t.tool for t in await stage.host.tools(key) if t.tool.name == self._arguments.tool),
            None,
        )
        for review in await stage.host.templates():
            if tool is None or review.pin.server != key or review.pin.uri != tool.ui_resource:
                continue
            if review.state is ReviewState.PENDING:
                await approve_named(stage, review, wanted)
            for grant in grants:
                await stage.host.give_app_grant(review.pin, grant)
                say(f"  granted: {grant.name}")

    async def _call(self, stage: Stage, key: ServerKey) -> ToolRun:
        tool: str = self._arguments.tool
        conversation = await stage.host.new_conversation(f"render {tool}")
        say(f"calling {tool}")
        arguments = await stage.host.with_defaults(key, tool, self._arguments.arguments)
        return await stage.host.run_tool(conversation, key, tool, arguments)

    async def _draw(self, stage: Stage, view: ViewId) -> Drawn:
        board = self._board
        assert board is not None
        try:
            await stage.hearing.first(
                ViewInitialized,
                seconds=_HANDSHAKE_SECONDS,
                waiting_for="the App to finish its handshake",
            )
        except UserFacingError as error:
            say(str(error))
        await pause(self._arguments.settle)
        for selector in self._arguments.click:
            await self._click(stage, selector)
        size = await stage.main.call(board.size_of_view)
        image = await stage.main.call(board.picture)
        if image is not None:
            await stage.main.call(lambda: _save(image, self._arguments.screenshot))
            say(f"wrote {self._arguments.screenshot}")
        return Drawn(report=await stage.host.view_report(view), size=size)

    async def _click(self, stage: Stage, selector: str) -> None:
        board = self._board
        assert board is not None
        hit: bool = await stage.main.answer(lambda done: board.click(selector, done))
        say(f"clicked {selector}" if hit else f"nothing to click at {selector}")
        await pause(max(self._arguments.settle, 0.5))

    async def _write(
        self, stage: Stage, card: ToolRun | None, drawn: Drawn | None, reason: str
    ) -> None:
        summary, exchange = self._summary, self._arguments.exchange
        document: dict[str, Any] = whole(
            self_test=stage.self_test,
            audit_rows=await stage.host.run_rows(),
            exit_reason=reason,
            server=None if summary is None else server_part(summary),
            run=None if card is None else run_part(card),
            view=None if drawn is None else view_part(drawn.report, drawn.size),
            **self._more(drawn),
        )
        write_report(self._arguments.report, document)
        say(f"wrote {self._arguments.report}")
        if exchange is not None and drawn is not None:
            write_report(exchange, exchange_json(drawn.report))
            say(f"wrote {exchange}")

    def _size(self) -> tuple[int, int]:
        width, _, height = self._arguments.size.partition("x")
        try:
            return int(width), int(height)
        except ValueError as error:
            raise UserFacingError("--size takes WIDTHxHEIGHT, for example 900x640") from error


class _Board(QWidget):
    """An off-screen surface that mounts the one View of this run."""

    def __init__(self, stage: Stage, size: tuple[int, int], grants: list[AppGrant]) -> None:
        """*grants* are given to the View that opens, before it is loaded."""
        super().__init__()
        self._stage = stage
        self._grants = grants
        self._mounted: MountedView | None = None
        self._sandbox: SandboxView | None = None
        self._waiting: list[str] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.resize(*size)
        self.show()
        stage.core.happened.connect(self._on_event)
        stage.core.posted.connect(self._on_posted)

    def size_of_view(self) -> tuple[int, int] | None:
        """The drawn size of the View."""
        if self._sandbox is None:
            return None
        return self._sandbox.width(), self._sandbox.height()

    def picture(self) -> QImage | None:
        """What is drawn now."""
        image = None if self._sandbox is None else self._sandbox.grab_view()
        return None if image is None or image.isNull() else image

    def click(self, selector: str, done: Callable[[bool], None]) -> None:
        """A real mouse press on the first match of *selector*."""
        if self._sandbox is None:
            done(False)
        else:
            self._sandbox.click_css(selector, done)

    def _on_event(self, event: object) -> None:
        match event:
            case ViewOpened() if self._mounted is None:
                self._stage.core.run(
                    self._launch(event.view),
                    self,
                    done=lambda launch: self._mount(event.view, launch),
                )
            case ViewResized() if self._mounted is not None:
                self._mounted.set_height(event.height)
            case ViewClosed() if self._mounted is not None:
                self._mounted.close()
                self._mounted = self._sandbox = None
            case _:
                return

    def _on_posted(self, event: ViewPosted) -> None:
        if self._mounted is None:
            self._waiting.append(event.text)
        else:
            self._mounted.post(event.text)

    async def _launch(self, view: ViewId) -> ViewLaunch:
        """Loop thread: what the command line grants to this one View, then all that mounts it."""
        for grant in self._grants:
            await self._stage.host.give_to_view(view, grant, reopen=False)
        return await self._stage.host.view_launch(view)

    def _mount(self, view: ViewId, launch: ViewLaunch) -> None:
        sandbox = SandboxView(launch, self)
        self._sandbox = sandbox
        self._mounted = MountedView(self._stage.core, view, sandbox)
        self._layout.addWidget(sandbox)
        sandbox.set_height(self.height())
        self._mounted.tell(surroundings(self.width()))
        self._mounted.start(self._waiting)
        self._waiting = []


def grants_named(names: list[str]) -> list[AppGrant]:
    """The grants that the command line names. Raises `UserFacingError`."""
    try:
        return [parse_grant(name) for name in names]
    except ValueError as error:
        raise UserFacingError(f"--grant: {error}") from error


async def _summary(stage: Stage, key: ServerKey) -> ServerSummary:
    return next(s for s in await stage.host.servers() if s.config.key == key)


async def approve_named(stage: Stage, review: TemplateReview, wanted: list[str]) -> None:
    """Approve *review* when it is among the digests that are *wanted*."""
    digest = review.pin.content
    say(f"template {review.pin.uri}: sha256 {digest}, {len(review.findings)} findings")
    if "all" in wanted or digest in wanted:
        await stage.host.review_template(review.pin, True)
        say("  approved, as the command line says")
    else:
        say(f"  not approved: add --approve-template {digest} once you have reviewed it")


def _save(image: QImage, path: Path) -> None:
    if not image.save(str(path), "PNG"):  # pyright: ignore[reportArgumentType, reportCallIssue]
        raise UserFacingError(f"cannot write {path}")


def _verdict(card: ToolRun, drawn: Drawn | None) -> tuple[int, str]:
    """The exit code and its reason."""
    match card.state:
        case RunState.DONE | RunState.TOOL_ERROR:
            pass
        case RunState.REFUSED:
            return REFUSED, f"the call was refused: {card.text}"
        case _:
            return COULD_NOT_RUN, f"the call did not complete: {card.text}"
    if drawn is None:
        return REFUSED, f"no App was drawn: {card.view_note or 'the tool declares none'}"
    if drawn.report.initialized_ms is None:
        return REFUSED, f"the App never finished its handshake: {_why(drawn.report)}"
    if drawn.report.closed:
        return REFUSED, f"the App did not last: {drawn.report.closed}"
    if card.state is RunState.TOOL_ERROR:
        said = one_line(card.text, limit=400)
        return DONE, f"the App was drawn, but the tool had answered with an error: {said}"
    return DONE, "the App was drawn"


def _why(report: ViewReport) -> str:
    """What was seen of an App that never came up, newest last."""
    troubles = [
        incident.detail
        for _, incident in report.incidents
        if incident.kind is not IncidentKind.NEVER_INITIALIZED
    ]
    return report.closed or "; ".join(troubles[-3:]) or "it drew its page and said nothing"
