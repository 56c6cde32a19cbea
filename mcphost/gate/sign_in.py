"""Signing in, as an action of its own: decided, shown, recorded, and only then a browser is opened.

Law: (1) it inherits the chain of the call that was refused, and only a chain that a person's
gesture began may lead to it; (2) what is asked about are the facts of the plan, and the address
that is opened asks for nothing else; (3) the rows come before the looking and before the browser;
(4) after it, the call that was refused is decided again before it may be sent again; (5) what did
not come about is not asked again in the same chain, and nothing is asked more than twice for one
request. Called by connections through `Exchange.on_challenge`, and for a person who asks for it.
Loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from mcphost.domain.action import ActionKind
from mcphost.domain.audit import AuditKind, record_of
from mcphost.domain.authorization import Challenge, Doorway, OnChallenge, SignInPlan
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Verdict
from mcphost.domain.errors import (
    ConsentRefused,
    HostBugError,
    McpHostError,
    PolicyDenied,
    SignInNeeded,
    UserFacingError,
)
from mcphost.domain.json import Json
from mcphost.domain.links import require_web_link
from mcphost.domain.server import HttpEndpoint, ServerConfig, place
from mcphost.domain.text import one_line
from mcphost.gate.ask import ask
from mcphost.gate.check import require_unchanged
from mcphost.gate.decide import decide
from mcphost.gate.lineage import inherit
from mcphost.gate.parse import parse
from mcphost.gate.ports import Rooms
from mcphost.gate.sign_in_words import params_of
from mcphost.gate.walk import Walk
from mcphost.protocol.oauth_metadata import origin_of

METHOD: Final = "auth/sign-in"
MAX_SIGN_INS: Final = 2


def on_challenge(rooms: Rooms, walk: Walk) -> OnChallenge:
    """`Exchange.on_challenge` for *walk*: returns when its request may be sent once more."""

    async def answer(challenge: Challenge) -> None:
        await sign_in(rooms, walk, challenge)
        require_unchanged(rooms, walk)
        decision = await decide(rooms, walk)
        if decision.verdict is Verdict.ASK and not walk.consented:
            raise ConsentRefused(
                "you are signed in, but what allowed this call has ended meanwhile; it was not "
                "sent again. Try again.",
                how="aborted",
                rules=decision.rules,
            )

    return answer


async def sign_in(rooms: Rooms, walk: Walk, challenge: Challenge | None) -> None:
    """Sign a person in for the server of *walk*; *challenge* None means that they asked for it.

    1. a person began this; 2. it was not in vain before; 3. nobody else has just done it; 4. look
    where and for what (a row first); 5. decide on exactly that; 6. ask; 7. go (a row first); 8. the
    outcome is a row. Raises what stopped it: then nobody is signed in.
    """
    config = walk.config
    if config is None:
        raise HostBugError("a sign-in without a server")
    if not walk.may_prompt:
        await _refuse_background(rooms, walk, config)
    before = rooms.sign_ins.done(config.key)
    async with rooms.sign_ins.turn(config.key):
        if challenge is not None and rooms.sign_ins.done(config.key) != before:
            return
        _require_hope(rooms, walk, config)
        walk.sign_ins += 1
        try:
            await _attempt(rooms, walk, config, challenge)
        except BaseException as error:
            rooms.sign_ins.remember_vain(walk.action)
            rooms.sign_ins.need(config.key)
            _record_vain(rooms, walk, error)
            raise
        rooms.sign_ins.succeeded(config.key)


async def _attempt(
    rooms: Rooms, walk: Walk, config: ServerConfig, challenge: Challenge | None
) -> None:
    desk = rooms.sign_ins.authorizations
    invocation = walk.action.invocation
    await _record(rooms, walk, AuditKind.SIGN_IN_STARTED, _of_challenge(walk, challenge))
    plan = await desk.plan(config, challenge, invocation=invocation)
    child = _child(rooms, walk, plan)
    try:
        decision = await decide(rooms, child)
        await ask(rooms, child, decision)
    except (PolicyDenied, ConsentRefused):
        desk.refused(plan)
        raise
    require_unchanged(rooms, child)
    async with rooms.sign_ins.door(config) as door:
        await desk.sign_in(plan, _WatchedDoor(rooms, child, plan, door), invocation=invocation)
    data: dict[str, Json] = {"signed_in": True, **_of_plan(plan)}
    await _record(rooms, child, AuditKind.SIGN_IN_FINISHED, data)
    walk.enter(RunState.RUNNING)


class _WatchedDoor:
    """The doorway, opened once, for what was agreed, after its row."""

    def __init__(self, rooms: Rooms, child: Walk, plan: SignInPlan, door: Doorway) -> None:
        self._rooms = rooms
        self._child = child
        self._plan = plan
        self._door = door
        self._used = False

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to come back to."""
        return self._door.redirect_uri

    async def visit(self, url: str) -> str:
        """Open *url* in the person's own browser; the URL by which it came back."""
        if self._used:
            raise HostBugError("one consent opens one browser page")
        self._used = True
        rooms, child, config = self._rooms, self._child, self._child.config
        if config is None:
            raise HostBugError("a sign-in without a server")
        data: dict[str, Json] = {
            **_of_plan(self._plan),
            "host": _host_of(url, self._plan),
            "decided_seq": child.decided_seq,
            "params_digest": child.approved,
        }
        await _record(rooms, child, AuditKind.SIGN_IN_OPENED, data)
        child.enter(RunState.WAITING_FOR_SIGN_IN)
        with rooms.sign_ins.waiting(config.key) as given_up:
            return await _until(self._door.visit(url), given_up, one_line(config.title))


async def _until(visit: Coroutine[Any, Any, str], gone: asyncio.Event, title: str) -> str:
    """The end of *visit*, unless the person gives it up."""
    going, giving_up = asyncio.ensure_future(visit), asyncio.ensure_future(gone.wait())
    try:
        await asyncio.wait({going, giving_up}, return_when=asyncio.FIRST_COMPLETED)
        if going.done():
            return going.result()
        raise UserFacingError(
            f"you stopped signing in to {title}, so you are not signed in. Try again when you want "
            "to; the page in your browser can be closed."
        )
    finally:
        going.cancel()
        giving_up.cancel()


def _host_of(url: str, plan: SignInPlan) -> str:
    """The host of *url*, which asks for what was agreed and for nothing else."""
    try:
        link = require_web_link(url)
    except ValueError as error:
        raise UserFacingError(
            f"the authorization server's address was not opened: {error}. Report it to whoever "
            "runs the server."
        ) from error
    query = parse_qs(urlsplit(url).query)
    scopes = {one for text in query.get("scope", ()) for one in text.split()}
    if not scopes <= set(plan.scopes) or not set(query.get("resource", ())) <= {plan.resource}:
        raise HostBugError("the sign-in page would be asked for more than was agreed to")
    if plan.page and origin_of(url) != plan.page:
        raise HostBugError("another sign-in page would be opened than was agreed to")
    return link.host_shown


async def _refuse_background(rooms: Rooms, walk: Walk, config: ServerConfig) -> None:
    """The policy's own no is the row; what the caller is told is what to do."""
    action = inherit(walk.action, ActionKind.SIGN_IN, METHOD, {})
    child = parse(rooms, action, None, None)
    needed = SignInNeeded(
        f"{one_line(config.title)} wants you to sign in, and this was not started by you. Choose "
        "Sign in on its page, or run: mcphost servers sign-in " + config.key
    )
    rooms.sign_ins.need(config.key)
    try:
        await decide(rooms, child)
    except PolicyDenied as error:
        raise needed from error
    raise needed


def _require_hope(rooms: Rooms, walk: Walk, config: ServerConfig) -> None:
    title = one_line(config.title)
    if walk.sign_ins >= MAX_SIGN_INS:
        raise SignInNeeded(
            f"{title} was not content after {MAX_SIGN_INS} sign-ins for one request. Ask whoever "
            "runs it."
        )
    if rooms.sign_ins.in_vain(walk.action):
        raise SignInNeeded(
            f"{title} wants you to sign in, and that came to nothing a moment ago, so you were not "
            "asked again. Start anew, or choose Sign in on its page."
        )


def _child(rooms: Rooms, walk: Walk, plan: SignInPlan) -> Walk:
    params = params_of(plan, kept=rooms.sign_ins.lasting)
    action = inherit(walk.action, ActionKind.SIGN_IN, METHOD, params)
    return parse(rooms, action, None, walk.on_state)


def _of_challenge(walk: Walk, challenge: Challenge | None) -> dict[str, Json]:
    data: dict[str, Json] = {"cause": walk.action.method, "decided_seq": walk.decided_seq}
    if challenge is None:
        return {**data, "asked_by": "person"}
    scopes: list[Json] = [one_line(scope, limit=120) for scope in challenge.scopes[:50]]
    return {**data, "status": challenge.status, "scopes": scopes}


def _of_plan(plan: SignInPlan) -> dict[str, Json]:
    return {
        "issuer": one_line(plan.issuer, limit=400),
        "resource": place(HttpEndpoint(url=plan.resource)),
        "scopes": [one_line(scope, limit=120) for scope in plan.scopes],
        "added": [one_line(scope, limit=120) for scope in plan.added],
    }


def _record_vain(rooms: Rooms, walk: Walk, error: BaseException) -> None:
    """Never waits: a cancelled walk must leave its row too."""
    reason = one_line(str(error), limit=400) if isinstance(error, McpHostError) else "cancelled"
    refused = isinstance(error, PolicyDenied | ConsentRefused)
    data: dict[str, Json] = {"signed_in": False, "refused": refused, "reason": reason}
    rooms.audit.append_soon(record_of(walk.action, AuditKind.SIGN_IN_FINISHED, data))


async def _record(rooms: Rooms, walk: Walk, kind: AuditKind, data: dict[str, Json]) -> None:
    await rooms.audit.append(record_of(walk.action, kind, data))
