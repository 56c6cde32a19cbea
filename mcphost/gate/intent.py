"""Step 5: before the first byte of any frame leaves, a durable row says so, and the frame is the
approved one.

Law: the bytes about to be sent are read back and compared with the digest that was decided on; a
frame that is neither that request nor one of the few that keep a connection going stops the walk
(`HostBugError`) and leaves a refusal row; so does one that a budget stops, and one that the kill
switch stops, before the row and again after it. Runs inside the connection, on the loop thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import rfc8785

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import BudgetSpent, HostBugError, KillSwitchOn
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, digest
from mcphost.domain.ports import Kept, OutboundFrame
from mcphost.gate.evidence import write
from mcphost.gate.ports import Rooms
from mcphost.gate.tap import body_of
from mcphost.gate.walk import Walk, digest_any, request_digest

COMPANIONS = frozenset(
    {
        "initialize",
        "notifications/initialized",
        "notifications/cancelled",
        "ping",
        "server/discover",
    }
)
"""What a connection may say of its own accord inside an approved exchange: nothing of anybody's."""

BODILESS = frozenset({"DELETE", "GET"})
"""How an older HTTP session is ended and how its streams are taken up: no message at all."""


class Intent:
    """`Exchange.before_send` for one round of one walk."""

    def __init__(
        self,
        rooms: Rooms,
        walk: Walk,
        *,
        methods: frozenset[str],
        expected: Digest | None,
        decided: int | None = None,
        note: Mapping[str, Json] | None = None,
    ) -> None:
        """*expected* is the digest the request must have; None where only *methods* are decided.
        *decided* is the decision's row when it is not the walk's own, *note* what the row says of a
        frame that follows the call and is none of its rounds.
        """
        self._rooms = rooms
        self._walk = walk
        self._methods = methods
        self._expected = expected
        self._decided = decided
        self._note = note
        self.sent = 0
        """Requests of the decided kind that may have left."""
        self.kept = 0
        """Answers that were given before and are given again."""

    async def __call__(self, frame: OutboundFrame) -> None:
        """Record *frame*, or raise so that it is not sent."""
        problem = self._problem(frame)
        data: dict[str, Json] = {
            "method": frame.method,
            "request_id": frame.request_id,
            "body_digest": digest(frame.body),
            "bytes": len(frame.body),
            "decided_seq": self._walk.decided_seq if self._decided is None else self._decided,
            "round": self._walk.round,
            **(self._note or {}),
        }
        if problem is not None:
            await self._refused(data, problem)
            raise HostBugError(f"a frame was stopped before it left: {problem}")
        await self._require_running(data)
        await self._spend(frame, data)
        await write(self._rooms, self._walk, AuditKind.FRAME_INTENDED, data)
        await self._require_running(data)
        if self._walk.tap is not None:
            plain = self._methods | COMPANIONS
            first = self._walk.round == 0 and self._note is None
            self._walk.tap.left(frame, body_of(frame, first=first, plain=plain))

    async def _require_running(self, data: dict[str, Json]) -> None:
        """Raise `KillSwitchOn`, with a row, when the walk was stopped."""
        try:
            self._rooms.kill.require(self._walk.action)
        except KillSwitchOn as stopped:
            await self._refused(data, str(stopped))
            raise

    async def _spend(self, frame: OutboundFrame, data: dict[str, Json]) -> None:
        """Count the frame; raise `BudgetSpent`, with a row, when that is too much."""
        walk = self._walk
        if frame.method not in self._methods or self._note is not None:
            return
        try:
            again = walk.round > 0
            self._rooms.budgets.spend(walk.action, walk, size=len(frame.body), again=again)
        except BudgetSpent as spent:
            await self._refused(data, str(spent))
            raise

    async def _refused(self, data: dict[str, Json], problem: str) -> None:
        reason = {**data, "reason": problem}
        await write(self._rooms, self._walk, AuditKind.FRAME_REFUSED, reason)

    def keep(self, kept: Kept) -> None:
        """Note that an answer is not the server's of now (`Exchange.on_kept`)."""
        self.kept += 1
        if self._walk.kept is None or kept.stale or not self._walk.kept.stale:
            self._walk.kept = kept

    def _problem(self, frame: OutboundFrame) -> str | None:
        if frame.method in BODILESS and not frame.body:
            return None
        message = _message(frame.body)
        if message is None:
            return "it is not a JSON-RPC message"
        method, params = message.get("method"), message.get("params", {})
        if method is None:
            return self._answer_problem(message)
        if method != frame.method or not isinstance(params, Mapping):
            return "it is not what it is said to be"
        if method not in self._methods:
            return None if method in COMPANIONS else f"{frame.method} was not decided on"
        return self._request_problem(frame.method, params)

    def _request_problem(self, method: str, params: JsonObject) -> str | None:
        if self._expected is not None:
            try:
                actual = request_digest(method, params)
            except (rfc8785.CanonicalizationError, UnicodeError):
                return "it has no canonical form"
            if actual != self._expected:
                return "it is not the request that was approved"
            if self._note is None:
                self._walk.executed.append(actual)
        self.sent += 1
        return None

    def _answer_problem(self, message: JsonObject) -> str | None:
        if "error" in message or message.get("result") == {}:
            return None
        if digest_any(message.get("result")) in self._walk.answers:
            return None
        return "it answers a question that nobody was asked"


def _message(body: bytes) -> JsonObject | None:
    try:
        message = cast("Json", json.loads(body))
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, Mapping) else None
