"""`mcphost render --replay`: a saved exchange, played to a changed template.

Law: (1) no server is started and nothing leaves: the App is told what it was told then, and its
requests are answered from the record; (2) the template is drawn only when the command line approves
its digest. The script runs on the loop thread.
"""

from __future__ import annotations

import argparse

from mcphost.domain.app_grant import OF_HOSTS, AppGrant
from mcphost.domain.conversation import ToolRun
from mcphost.domain.errors import UserFacingError
from mcphost.domain.exchange import line_json
from mcphost.domain.recording import NOT_RECORDED, RECORDED
from mcphost.domain.template import ReviewState
from ui.headless.render import Drawn, Render, approve_named, grants_named
from ui.headless.script import DONE, REFUSED, Stage, say
from ui.models.files import read_file


def replay(arguments: argparse.Namespace) -> int:
    """Main thread. Returns the exit code. Raises `UserFacingError` for what can be seen to be wrong
    before anything is started.
    """
    grants = [_quiet(each) for each in grants_named(arguments.grant)]
    return Replay(
        arguments, read_file(arguments.replay), read_file(arguments.template), grants
    ).go()


class Replay(Render):
    """One run of the command."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        untrusted_exchange: bytes,
        untrusted_html: bytes,
        grants: list[AppGrant],
    ) -> None:
        super().__init__(arguments)
        self._exchange = untrusted_exchange
        self._html = untrusted_html
        self._grants = grants

    async def _have_run(self, stage: Stage) -> ToolRun:
        recording = await stage.host.read_exchange(self._exchange)
        review = await stage.host.put_template(recording, self._html)
        if review.state is ReviewState.PENDING:
            await approve_named(stage, review, self._arguments.approve_template)
        for grant in self._grants:
            if grant.lasting:
                await stage.host.give_app_grant(review.pin, grant)
        await self._set_up(stage, [each for each in self._grants if not each.lasting])
        say(f"playing {self._arguments.replay} to {self._arguments.template}")
        conversation = await stage.host.new_conversation("replay")
        return await stage.host.replay(conversation, recording)

    def _verdict(self, card: ToolRun, drawn: Drawn | None) -> tuple[int, str]:
        code, reason = super()._verdict(card, drawn)
        missing = 0 if drawn is None else len(_under(drawn, NOT_RECORDED))
        if code != DONE or not missing:
            return code, reason
        asked = "1 request" if missing == 1 else f"{missing} requests"
        return REFUSED, f"the App was drawn; the record has no answer to {asked} of it"

    def _more(self, drawn: Drawn | None) -> dict[str, object]:
        if drawn is None:
            return {}
        answered = [each["number"] for each in _under(drawn, RECORDED)]
        return {"replay": {"answered": answered, "notInTheRecord": _under(drawn, NOT_RECORDED)}}


def _under(drawn: Drawn, rule: str) -> list[dict[str, object]]:
    """The requests of the App that *rule* decided."""
    return [dict(line_json(each)) for each in drawn.report.entries if each.rules == (rule,)]


def _quiet(grant: AppGrant) -> AppGrant:
    """*grant*, when nothing can leave by it. Raises `UserFacingError`."""
    if grant.kind in OF_HOSTS:
        raise UserFacingError(f"--grant {grant.name}: nothing leaves the host in a replay")
    return grant
