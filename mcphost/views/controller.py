"""One live View: its session, its gestures, its requests, its end.

Law: (1) who acts is this controller's View, looked up by channel, never read from a message.
(2) Every request of the View that has an effect goes through the gate. (3) Every request is
answered once. (4) A View that fails is said to have failed, to the person and to the model (P15).

Loop thread. Made by `mcphost.views.deck`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import assert_never

from mcphost.domain.app_grant import AppGrant, WantedGrant, grantable
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.events import (
    AppWantsGrant,
    ViewClosed,
    ViewEnding,
    ViewInitialized,
    ViewPosted,
    ViewResized,
)
from mcphost.domain.ids import ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.principal import view_principal
from mcphost.domain.text import one_line
from mcphost.domain.view import (
    FATAL,
    DisplayMode,
    IncidentKind,
    Presence,
    ViewEnvironment,
    ViewIncident,
    ViewReport,
    ViewSummary,
)
from mcphost.policy.launch import ViewLaunch
from mcphost.protocol import apps
from mcphost.protocol.apps_results import result_for_view
from mcphost.protocol.apps_session import (
    Answered,
    AppsSession,
    Handle,
    Malformed,
    Post,
    Ready,
    Step,
    TeardownAnswered,
    ViewPhase,
)
from mcphost.protocol.host_context import changed_context, initialize_result
from mcphost.views.app_tools import ViewTools
from mcphost.views.gestures import Gestures
from mcphost.views.incident_words import told_as
from mcphost.views.modes import ViewModes
from mcphost.views.opening import ViewOpening, ViewWorld
from mcphost.views.outflow import Outflow
from mcphost.views.permissions import ViewPermissions
from mcphost.views.record import ViewRecord
from mcphost.views.replay import requests_of
from mcphost.views.sizing import PER_SECOND, Sizing
from mcphost.views.wants import wanted_by

DEFAULT_ENVIRONMENT = ViewEnvironment(
    theme="light",
    style_variables=(),
    locale="en",
    time_zone="UTC",
    width=720,
    max_height=800,
)
_QUIET = frozenset(
    {IncidentKind.REQUEST_BLOCKED, IncidentKind.POLICY_STOPPED, IncidentKind.CONSOLE_ERROR}
)


class ViewController:
    """Drives one View."""

    def __init__(
        self,
        id: ViewId,
        opening: ViewOpening,
        launch: ViewLaunch,
        world: ViewWorld,
        *,
        on_closed: Callable[[ViewController], None],
        kept: frozenset[AppGrant] = frozenset(),
    ) -> None:
        """*kept* are the grants of its template that are in force in this View."""
        self.id = id
        self.kept = kept
        """What its template had been given when the View was opened."""
        self._wants: dict[AppGrant, None] = {}
        self._on_closed = on_closed
        self.opening = opening
        self.launch = launch
        self.presence = Presence()
        self._world = world
        self._session = AppsSession()
        self._gestures = Gestures(view=id, returned=opening.returned)
        self._environment = DEFAULT_ENVIRONMENT
        self._record = ViewRecord(opened_at=world.clock())
        self._opened_at = world.wall()
        self._outflow = Outflow(seen=world.clock())
        self._starved = self._late = False
        self._told: ViewEnvironment | None = None
        self._modes = ViewModes(id, world.events)
        self._sizing = Sizing()
        self._shown_height = 0
        self._settling = self._restless = False
        self._torn_down = asyncio.Event()
        self._closed = ""
        principal = view_principal(id, opening.server.key)
        self._permissions = ViewPermissions(
            principal=principal, opening=opening, view=id, world=world, wanted=self._wanted
        )
        self._requests = requests_of(
            principal=principal,
            opening=opening,
            view=id,
            world=world,
            answer=self._answer,
            refuse=self._refuse,
            progress=self._progress,
            record=self._record,
            modes=self._modes,
            note=self.note,
        )
        self.tools = ViewTools(
            opening=opening,
            view=id,
            world=world,
            ask=self._ask,
            give_up=self._give_up,
            claim=self._claim,
        )
        self._post_all(self._session.say_input(opening.arguments))
        self._watch = world.spawn(self._watch_handshake(), name=f"handshake {id}")

    @property
    def source(self) -> str:
        """Who an App is, in words: the server's local alias is the host's, the name is a claim."""
        claim = one_line(self._session.app_name, limit=60)
        return f"App {claim!r} of {self.opening.server.key}" if claim else self._plain_source

    @property
    def _plain_source(self) -> str:
        return f"App of {self.opening.server.key}"

    def text(self, untrusted_text: str, received: float) -> None:
        """A message came through this View's channel at *received* (monotonic seconds)."""
        if self._closed:
            return
        self._record.heard(untrusted_text, self._world.clock())
        for step in self._session.receive(untrusted_text):
            self._take(step, received)

    def gesture(self, at: float) -> None:
        """The sandbox saw a real press in this View."""
        self._gestures.seen(at)
        self._world.used(self.id)

    @property
    def held(self) -> frozenset[AppGrant]:
        """What was given to this View alone."""
        return self._permissions.held

    @property
    def granted(self) -> frozenset[AppGrant]:
        """All that is in force in this View."""
        return self.kept | self.held

    async def permission(self, names: tuple[str, ...], at: float) -> bool:
        """The engine asks for *names* on behalf of this View, at *at* (monotonic seconds)."""
        lineage = self._gestures.lineage(at)
        granted = await self._permissions.ask(names, lineage) and not self._closed
        if not granted:
            self._record.denied(f"permission refused: {', '.join(names)}")
        return granted

    def hold(self, grant: AppGrant) -> None:
        """A person gave *grant* to this View."""
        self._permissions.hold(grant)

    def environment(self, environment: ViewEnvironment) -> None:
        """The window's theme, size or language changed, or how it shows this View."""
        self._environment = environment
        self._modes.tell(environment.mode, environment.modes)
        self._tell_environment()

    def _tell_environment(self) -> None:
        """What changed since the View was told; what changes in its handshake comes after that."""
        if self._told is None or self._session.phase is not ViewPhase.READY:
            return
        changed = changed_context(self._told, self._environment)
        self._told = self._environment
        if changed:
            self._post_all(self._session.say_context(changed))

    def result(self, result: JsonObject) -> None:
        """The tool's result, or the App learns nothing."""
        self._post_all(self._session.say_result(result_for_view(result)))

    def cancelled(self, reason: str) -> None:
        """The call failed, was refused or was cancelled."""
        self._post_all(self._session.say_cancelled(reason))

    async def incident(self, incident: ViewIncident) -> None:
        """The sandbox reported something; it is recorded, and said where a person looks."""
        if self._closed:
            return
        self._record.incident(incident, self._world.clock())
        wanted = wanted_by(incident, grantable(self.opening.source.review.declared))
        if wanted is not None:
            self._wanted(wanted)
        if incident.kind is not IncidentKind.CONSOLE_ERROR:
            self._world.audit.append_soon(self._row(AuditKind.VIEW_INCIDENT, incident))
        if incident.kind in _QUIET:
            return
        fatal = incident.kind in FATAL
        sentence = told_as(incident)
        late = incident.kind is IncidentKind.NEVER_INITIALIZED
        await self.note(sentence, fatal=fatal, late=late)
        if fatal:
            self.cut(sentence)  # nobody is left who could answer

    async def note(self, words: str, *, fatal: bool = False, late: bool = False) -> None:
        """Say *words* on the View's card, in the place of what stood there; *late* are taken back
        when it arrives.
        """
        self._late = late
        if not self._closed:
            await self._world.on_trouble(
                self.opening.conversation, self.opening.item, self.id, words, fatal
            )

    async def close(self, reason: str, *, discarded: bool = False) -> None:
        """Teardown: ask the View, wait bounded, then end it. A second call does nothing. One that
        is *discarded* may come back by itself.
        """
        if self._closed:
            return
        asked = self._session.begin_teardown(reason)
        try:
            if asked:
                self._world.events(ViewEnding(view=self.id))
                self._post_all(asked)
                async with asyncio.timeout(self._world.teardown_seconds):
                    await self._torn_down.wait()
        except TimeoutError:
            pass
        finally:  # whoever waits here may be cancelled; the View ends all the same
            self._end(reason, discarded=discarded)

    def cut(self, reason: str) -> None:
        """End the View at once and ask it nothing: whatever it still wants to say is not heard."""
        self._end(reason)

    def summary(self) -> ViewSummary:
        """This View as one line."""
        return ViewSummary(
            view=self.id,
            app=one_line(self._session.app_name, limit=60),
            tool=one_line(self.opening.tool.title or self.opening.tool.name, limit=80),
            server=self.opening.server.key,
            opened_at=self._opened_at,
            messages=self._record.total,
            refused=self._record.refused,
            closed=self._closed,
        )

    def report(self) -> ViewReport:
        """What happened to this View so far."""
        pin = self.opening.source.review.pin
        return ViewReport(
            view=self.id,
            app=self._claim(),
            tool=one_line(self.opening.tool.name, limit=120),
            server=self.opening.server.key,
            template_uri=pin.uri,
            template_meta=self.opening.source.review.untrusted_meta,
            content_digest=pin.content,
            csp=self.launch.snapshot.app_csp,
            permissions_policy=self.launch.snapshot.app_permissions_policy,
            sandbox=self.launch.snapshot.sandbox,
            permissions=tuple(sorted(grant.name for grant in self.held)),
            granted=tuple(sorted(grant.name for grant in self.kept)),
            wanted=tuple(grant.name for grant in self._wants),
            initialized_ms=self._record.initialized_ms,
            height=self._sizing.height,
            entries=(entries := self._record.entries()),
            dropped=self._record.total - len(entries),
            incidents=tuple(self._record.incidents),
            denials=tuple(self._record.denials),
            closed=self._closed,
        )

    def _end(self, reason: str, *, discarded: bool = False) -> None:
        if self._closed:
            return
        self._closed = reason or "closed"
        self._session.close()
        self._requests.cancel_all()
        self.tools.end()
        self._watch.cancel()
        self._on_closed(self)
        self._world.events(ViewClosed(view=self.id, reason=reason, discarded=discarded))
        self._world.audit.append_soon(
            AuditRecord(
                kind=AuditKind.VIEW_CLOSED,
                data={"reason": reason, "messages": self._record.total},
                server=self.opening.server.key,
                view=self.id,
            )
        )

    def _wanted(self, grant: AppGrant) -> None:
        """A guard of ours stopped the View for want of *grant*: said once, where the View is."""
        if grant in self._wants or grant in self.granted or self._closed:
            return
        self._wants[grant] = None
        wanted = WantedGrant(
            view=self.id,
            conversation=self.opening.conversation,
            item=self.opening.item,
            grant=grant,
        )
        self._world.events(AppWantsGrant(wanted=wanted))

    def _take(self, step: Step, received: float) -> None:
        match step:
            case Post():
                self._post(step)
            case Ready():
                self._ready()
            case TeardownAnswered():
                self._torn_down.set()
            case Answered():
                self.tools.answered(step)
            case Malformed():
                self._record.malformed(one_line(step.reason))
            case Handle():
                self._handle(step, received)
            case _:
                assert_never(step)

    def _handle(self, step: Handle, received: float) -> None:
        match message := step.message:
            case apps.Initialize():
                self._answer(message.id, self._initialize_result())
            case apps.SizeChanged():
                self._resize(message.height)
            case apps.TeardownWanted() if self._session.phase is ViewPhase.CLOSING:
                return  # it is on its way already, and why is not the View's to say
            case apps.TeardownWanted():
                self._world.spawn(self.close("the App asked to be closed"), name="teardown")
            case apps.RequestDisplayMode() if not self._modes.may_become(message.mode):
                self._answer(message.id, {"mode": self._modes.current.value})
            case apps.LogMessage():
                return  # the record has it, as it has every message
            case apps.ToolsChanged():
                self._look_at_tools()
            case apps.Cancelled():
                self._session.forget(message.request)
                self._record.cancelled(message.request)
                self._requests.cancel(message.request)
            case _:
                self._requests.begin(message, self._gestures, received, weight=step.weight)

    def _ready(self) -> None:
        self._record.ready(self._world.clock())
        self._world.events(ViewInitialized(view=self.id, modes=self._session.app_modes))
        if self._late:
            self._world.spawn(self.note(""), name=f"late {self.id}")
        self._tell_environment()
        self._look_at_tools()

    def _look_at_tools(self) -> None:
        """Only an App that declared tools is ever asked for them."""
        if self._session.app_tools and self._session.phase is ViewPhase.READY:
            self.tools.look()

    def _claim(self) -> str:
        """What the App calls itself; display only."""
        session = self._session
        return one_line(f"{session.app_name} {session.app_version}".strip(), limit=120)

    def _ask(self, method: str, params: JsonObject) -> int | None:
        """Ask the View something; None when it cannot be asked."""
        asked = None if self._closed else self._session.ask(method, params)
        if asked is None:
            return None
        id, post = asked
        self._post(post)
        return id

    def _give_up(self, id: int, reason: str) -> None:
        self._post_all(self._session.give_up(id, reason))

    def _initialize_result(self) -> JsonObject:
        self._modes.name(self._session.app_modes)
        self._told = self._environment
        return initialize_result(
            host_version=self._world.host_version,
            environment=self._environment,
            tool=self.opening.tool,
            approved=self.launch.snapshot.approved,
            sampling=self._world.model() is not None,
            resources=self._world.advertises(self.opening.server.key, "resources"),
            downloads=self._world.save_file is not None,
        )

    def _resize(self, height: int | None) -> None:
        """Only inline does a View say how high it is; what it was then is kept for its return."""
        if height is None or self._modes.current is not DisplayMode.INLINE:
            return
        wait = self._sizing.heard(height, self._environment.max_height, self._world.clock())
        if wait is None or self._settling:
            return
        if wait == 0:
            self._apply_height()
            return
        self._settling = True
        self._world.spawn(self._settle(wait), name=f"settle {self.id}")

    def _apply_height(self) -> None:
        height = self._sizing.apply(self._world.clock())
        if height != self._shown_height:
            self._shown_height = height
            self._world.events(ViewResized(view=self.id, height=height))

    async def _settle(self, seconds: float) -> None:
        """It changes its height too often: of many reports only the last counts."""
        if self._sizing.restless and not self._restless:
            self._restless = True
            detail = f"more than {PER_SECOND:g} changes of its height a second"
            await self.incident(ViewIncident(kind=IncidentKind.THROTTLED, detail=detail))
        await asyncio.sleep(seconds)
        self._settling = False
        if not self._closed:
            self._apply_height()

    def _answer(self, request: apps.ViewRequestId, result: JsonObject) -> None:
        self._post_all(self._session.answer(request, result))

    def _refuse(self, request: apps.ViewRequestId, code: int, message: str) -> None:
        self._post_all(self._session.refuse(request, code, message))

    def _progress(self, token: apps.ViewRequestId, step: float, message: str) -> None:
        self._post_all(self._session.say_progress(token, step, message))

    def _post_all(self, posts: list[Post]) -> None:
        for post in posts:
            self._post(post)

    def _post(self, post: Post) -> None:
        if self._starved:
            return
        if not self._outflow.spend(len(post.text), self._world.clock()):
            self._starved = True
            much = ViewIncident(kind=IncidentKind.FLOODED, detail="it asked for too much data")
            self._world.spawn(self.incident(much), name=f"starved {self.id}")
            return
        self._record.told(post, self._world.clock())
        asks = post.asks is not None
        self._world.events(ViewPosted(view=self.id, text=post.text, wakes=asks))

    async def _watch_handshake(self) -> None:
        """Say so when the handshake does not finish; the frame stays, it may show its own error."""
        await asyncio.sleep(self._world.initialize_seconds)
        if self._session.phase in (ViewPhase.CREATED, ViewPhase.INITIALIZING):
            seconds = f"{self._world.initialize_seconds:g} s"
            await self.incident(ViewIncident(kind=IncidentKind.NEVER_INITIALIZED, detail=seconds))

    def _row(self, kind: AuditKind, incident: ViewIncident) -> AuditRecord:
        return AuditRecord(
            kind=kind,
            data={"incident": incident.kind.value, "detail": one_line(incident.detail)},
            server=self.opening.server.key,
            view=self.id,
        )
