"""`mcphost demo --headless`: the main job, step by step, in the real window off the screen.

Every step is done as a person would do it, with the same calls; a script answers the questions and
the log says so. The script runs on the loop thread and touches widgets through `Stage.main`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PySide6.QtGui import QImage

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ItemChanged, ViewInitialized
from mcphost.domain.ids import ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.template import TemplateReview
from mcphost.host import DEMO_KEY
from ui.bridge.script import pause
from ui.headless.person import ScriptedPerson
from ui.headless.report import run_part, server_part, view_part, whole, write_report
from ui.headless.script import COULD_NOT_RUN, DONE, Stage, run_script, say
from ui.main_window import MainWindow
from ui.sandbox.sandbox_view import SandboxView

MAIN_TOOL, WRITE_TOOL, ASKING_TOOL = "garden_overview", "record_watering", "join_seed_swap"
_SECONDS = 30.0
_OVER = frozenset({RunState.DONE, RunState.TOOL_ERROR, RunState.REFUSED, RunState.FAILED})


def demo(arguments: argparse.Namespace) -> int:
    """Main thread. Returns the exit code."""
    person = ScriptedPerson()
    walk = _Walk(arguments.screenshot, arguments.report, person)
    return run_script(walk.run, broker=person, automation=True)


class _Walk:
    """The steps."""

    def __init__(
        self, screenshot: Path | None, report: Path | None, person: ScriptedPerson
    ) -> None:
        self._screenshot = screenshot
        self._report = report
        self._person = person
        self._window: MainWindow | None = None
        self._runs: list[ToolRun] = []
        self._view: ViewId | None = None

    async def run(self, stage: Stage) -> int:
        reason = "the demo went through"
        try:
            await self._steps(stage)
        except UserFacingError as error:
            reason = str(error)
            say(f"NOT DONE: {reason}")
        if self._report is not None:
            await self._write(stage, self._report, reason)
        await stage.main.call(self._close)
        return DONE if reason == "the demo went through" else COULD_NOT_RUN

    async def _steps(self, stage: Stage) -> None:
        test = stage.self_test
        say(f"1. sandbox self-test: {len(test.checks)} guards tried in {test.milliseconds} ms")
        if not test.passed:
            failed = [f"{name}: {detail}" for name, holds, detail in test.checks if not holds]
            raise UserFacingError("isolation is not adequate here: " + "; ".join(failed))
        self._window = await stage.main.call(lambda: _open_window(stage))
        await self._connect(stage)
        await self._review(stage)
        await self._open_app(stage)
        await self._click(stage)
        if self._screenshot is not None:
            await self._picture(stage, self._screenshot)
        await self._elicit(stage)
        good, words = await stage.host.verify_log()
        say(f"8. the log: {words.splitlines()[0]}")
        if not good:
            raise UserFacingError("the audit log does not verify")

    async def _connect(self, stage: Stage) -> None:
        await stage.host.connect(DEMO_KEY)
        summary = next(s for s in await stage.host.servers() if s.config.key == DEMO_KEY)
        if summary.info is not None:
            version = summary.info.protocol_version
            say(f"2. connected to the demo server over stdio: {version}, stateless")
        say(f"3. prefetched its templates; refused meanwhile: {summary.problem or 'nothing'}")
        if self._person.elicited:
            raise UserFacingError("a question was drawn that nobody had caused")

    async def _review(self, stage: Stage) -> None:
        summary = next(s for s in await stage.host.servers() if s.config.key == DEMO_KEY)
        newest: dict[str, TemplateReview] = {}
        for review in await stage.host.templates():  # the last fetched first
            if review.pin.server_identity == summary.config.identity:
                newest.setdefault(review.pin.uri, review)
        for review in newest.values():
            say(f"4. reviewing {_described(review)}")
            await stage.host.review_template(review.pin, True)
            say(f"   approved and pinned, sha256 {review.pin.content}")

    async def _open_app(self, stage: Stage) -> None:
        since = stage.hearing.position
        await self._run_tool(stage, MAIN_TOOL, {})
        opened = await stage.hearing.first(
            ViewInitialized,
            since=since,
            seconds=_SECONDS,
            waiting_for="the App to finish its handshake",
        )
        self._view = opened.view
        report = await stage.host.view_report(opened.view)
        say(f"5. the App is drawn in its sandbox, handshake after {report.initialized_ms} ms")
        await pause(1.5)

    async def _click(self, stage: Stage) -> None:
        """A read of the App passes silently; a write of the App asks."""
        await self._press(stage, "#refresh")
        await self._press(stage, "#save")
        if not self._person.asked:
            raise UserFacingError("the App's write was not put to the person")
        say("6. clicked Refresh and Record watering in the App; the write was asked about:")
        say(f"   {self._person.asked[-1]}")

    async def _press(self, stage: Stage, selector: str) -> None:
        sandbox = await stage.main.call(self._sandbox)
        hit: bool = await stage.main.answer(lambda done: sandbox.click_css(selector, done))
        if not hit:
            raise UserFacingError(f"the App has nothing to click at {selector}")
        await pause(1.0)

    async def _elicit(self, stage: Stage) -> None:
        before = len(self._person.elicited)
        await self._run_tool(stage, ASKING_TOOL, {})
        if len(self._person.elicited) <= before:
            raise UserFacingError("the question that belongs to this run was not drawn")
        say("7. ran a tool that asks: the same form as in step 3, now drawn, because of the run:")
        say(f"   {self._person.elicited[-1]}")

    async def _run_tool(self, stage: Stage, name: str, arguments: JsonObject) -> None:
        """Press Run in the window's direct mode and wait for the card to end."""
        tools = await stage.host.tools(DEMO_KEY)
        summary: ToolSummary = next(t for t in tools if t.tool.name == name)
        since = stage.hearing.position
        window = self._window
        assert window is not None
        await stage.main.call(lambda: window.chat.run_tool(summary, arguments))
        while True:
            event = await stage.hearing.first(
                ItemChanged, since=since, seconds=_SECONDS, waiting_for=f"{name} to end"
            )
            since = stage.hearing.after(event)
            item = event.item
            if isinstance(item, ToolRun) and item.tool == name and item.state in _OVER:
                self._runs.append(item)
                break
        if self._runs[-1].state is not RunState.DONE:
            raise UserFacingError(f"{name}: {self._runs[-1].text}")

    async def _picture(self, stage: Stage, path: Path) -> None:
        window = self._window
        assert window is not None
        image: QImage = await stage.main.call(lambda: window.grab().toImage())
        saved = await stage.main.call(lambda: image.save(str(path)))
        if not saved:
            raise UserFacingError(f"cannot write {path}")
        say(f"   wrote {path}")

    async def _write(self, stage: Stage, path: Path, reason: str) -> None:
        summary = next(s for s in await stage.host.servers() if s.config.key == DEMO_KEY)
        view = None
        if self._view is not None:
            sandbox = await stage.main.call(self._sandbox_or_none)
            size = None if sandbox is None else (sandbox.width(), sandbox.height())
            view = view_part(await stage.host.view_report(self._view), size)
        document = whole(
            self_test=stage.self_test,
            audit_rows=await stage.host.run_rows(),
            exit_reason=reason,
            server=server_part(summary),
            runs=[run_part(run) for run in self._runs],
            view=view,
            consentAsked=self._person.asked,
            elicitationsDrawn=self._person.elicited,
        )
        write_report(path, document)
        say(f"wrote {path}")

    def _sandbox(self) -> SandboxView:
        found = self._sandbox_or_none()
        if found is None:
            raise UserFacingError("the App is not mounted")
        return found

    def _sandbox_or_none(self) -> SandboxView | None:
        return None if self._window is None else self._window.findChild(SandboxView)

    def _close(self) -> None:
        if self._window is not None:
            self._window.chat.stage.close_all("the demo is over")
            self._window.close_for_good()
            self._window.deleteLater()


def _open_window(stage: Stage) -> MainWindow:
    window = MainWindow(stage.core, stage.isolation)
    window.show()
    return window


def _described(review: TemplateReview) -> str:
    declared = review.declared
    asks = ", ".join((*declared.connect_domains, *declared.resource_domains)) or "no network"
    permissions = ", ".join(declared.permissions) or "no permissions"
    return (
        f"{review.pin.uri}: {review.size} bytes, {len(review.findings)} findings, "
        f"asks for {asks} and {permissions}"
    )
