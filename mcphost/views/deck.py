"""All live Views: opening, finding by id, closing.

Law: (1) a View is opened only with a `TemplateSource` the templates room vouched for, its opening
is a durable row first, and the opening must still be good after that row. (2) What comes in names a
View by its channel; an unknown id is dropped. (3) Never more than `MAX_LIVE` live: the one that
was seen longest ago makes room, and one that is seen only when all are.

Loop thread. Held by `mcphost.host`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from mcphost.domain.action import app_grant_action
from mcphost.domain.app_grant import OF_HOSTS, AppGrant, AppGrantCase, AppGrantKind
from mcphost.domain.app_tool import AppTool
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.events import ViewOpened
from mcphost.domain.ids import ConversationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject, digest
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.principal import USER
from mcphost.domain.server import ServerConfig
from mcphost.domain.template import TemplatePin
from mcphost.domain.text import one_line
from mcphost.domain.view import (
    IncidentKind,
    Presence,
    ViewEnvironment,
    ViewIncident,
    ViewReport,
    ViewSummary,
)
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import Grants, build_snapshot, grants_from
from mcphost.views.app_tools import gone
from mcphost.views.controller import ViewController
from mcphost.views.opening import ViewOpening, ViewWorld

_Place: TypeAlias = tuple[ConversationId, ItemId]
STORAGE = AppGrant(kind=AppGrantKind.STORAGE)
_LOOK_SECONDS = 1.0
MAX_LIVE = 20
"""Views that may live at once."""


class ViewDeck:
    """Finds a View's controller by its id."""

    def __init__(self, world: ViewWorld) -> None:
        self._world = world
        self._live: dict[ViewId, ViewController] = {}
        self._ended: dict[ViewId, tuple[ViewSummary, ViewReport]] = {}
        self.on_fewer: Callable[[], object] = _unheard
        """Called when a View has ended, or may do less: what only it could reach is to be cut."""
        self._carried: dict[_Place, tuple[TemplatePin, frozenset[AppGrant]]] = {}

    async def open(self, opening: ViewOpening) -> ViewController:
        """Open a View; it is mounted by whoever hears `ViewOpened`."""
        view = ViewId(secrets.token_hex(8))
        kept = self._kept(opening)
        storage, without = self._storage(opening, kept)
        if without:
            kept -= {STORAGE}
        try:
            grants = grants_from(kept, askable=self._askable(opening))
            launch = _launch(view, opening, grants, storage)
            await self._make_room(_opened_row(view, opening, launch, kept))
            self._require_still(opening, kept)
        except BaseException:
            self._release(storage)
            raise
        opening = replace(opening, carried=self._carried_to(opening))
        controller = ViewController(
            view, opening, launch, self._world, kept=kept, on_closed=self._forget
        )
        self._live[view] = controller
        conversation, item = opening.conversation, opening.item
        self._world.events(
            ViewOpened(view=view, conversation=conversation, item=item, launch=launch)
        )
        if storage is not None:
            self._world.spawn(self._watch_storage(controller, storage), name=f"storage {view}")
        if without:
            self.note(view, f"The App starts empty and keeps nothing this time: {without}.")
        return controller

    def _require_still(self, opening: ViewOpening, kept: frozenset[AppGrant]) -> None:
        """Raise `UserFacingError` for what was rejected, removed, stopped or taken back meanwhile:
        whoever did so ended the live Views, and this one was not among them yet.
        """
        if not self._world.standing(opening):
            raise UserFacingError("The App was not opened: its template or its server is gone.")
        self._world.require_running(opening)
        if lost := kept - self._kept(opening):
            words = " or ".join(sorted(grant.words for grant in lost))
            raise UserFacingError(f"The App was not opened: it may no longer {words}.")

    def _kept(self, opening: ViewOpening) -> frozenset[AppGrant]:
        """What a person gave to its template; to one that is played no host: nothing leaves."""
        kept = self._world.grants(opening.source.review.pin)
        played = opening.recording is not None
        return frozenset(each for each in kept if not (played and each.kind in OF_HOSTS))

    async def _make_room(self, row: AuditRecord) -> None:
        """Put the opening on the log, and let others go until there is room."""
        await self._world.audit.append(row)
        while len(self._live) >= MAX_LIVE:  # again each time: others may have been opened meanwhile
            await self._discard(self._longest_unseen())

    def _storage(self, opening: ViewOpening, kept: frozenset[AppGrant]) -> tuple[Path | None, str]:
        """The folder for a View that may keep what it stores; or why there is none for it."""
        if STORAGE not in kept or self._world.keeping is None:
            return None, ""
        try:
            return self._world.keeping.take(opening.source.review.pin), ""
        except UserFacingError as error:
            return None, str(error)

    async def _watch_storage(self, controller: ViewController, storage: Path) -> None:
        """End a View that keeps too much: the engine's own bound is a share of the whole disk."""
        keeping, limit = self._world.keeping, self._world.kept_bytes
        while keeping is not None and controller.id in self._live:
            held = await asyncio.to_thread(keeping.size, storage)
            if held > limit:
                much = f"it kept {held >> 20} MB on the disk, of {limit >> 20} MB"
                await controller.incident(ViewIncident(kind=IncidentKind.OVERRAN, detail=much))
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _release(self, storage: Path | None) -> None:
        if storage is not None and self._world.keeping is not None:
            self._world.keeping.release(storage)

    def pin(self, view: ViewId) -> TemplatePin | None:
        """The pin a live View runs on."""
        controller = self._live.get(view)
        return None if controller is None else controller.opening.source.review.pin

    def launch(self, view: ViewId) -> ViewLaunch:
        """What the sandbox needs to mount *view*. Raises `NotConfigured` when it is over."""
        controller = self._live.get(view)
        if controller is None:
            raise NotConfigured("this App is already closed")
        return controller.launch

    def text(self, view: ViewId, untrusted_text: str, received: float) -> None:
        """A message on *view*'s channel."""
        if (controller := self._live.get(view)) is not None:
            controller.text(untrusted_text, received)

    def gesture(self, view: ViewId, at: float) -> None:
        """A real press in *view*."""
        if (controller := self._live.get(view)) is not None:
            controller.gesture(at)

    def presence(self, view: ViewId) -> Presence:
        """How much of *view* a person sees; nothing of one that is over."""
        controller = self._live.get(view)
        return Presence() if controller is None else controller.presence

    def present(self, view: ViewId, presence: Presence) -> None:
        """The window says how much of *view* is seen."""
        if (controller := self._live.get(view)) is not None:
            if presence.visible != controller.presence.visible:
                self._live[view] = self._live.pop(view)  # seen now, or until now: the last to go
            controller.presence = presence

    def environment(self, view: ViewId, environment: ViewEnvironment) -> None:
        """The surroundings of *view*."""
        if (controller := self._live.get(view)) is not None:
            controller.environment(environment)

    def incident(self, view: ViewId, incident: ViewIncident) -> None:
        """The sandbox of *view* reported something."""
        if (controller := self._live.get(view)) is not None:
            self._world.spawn(controller.incident(incident), name=f"incident {view}")

    def note(self, view: ViewId, words: str) -> None:
        """Something about *view* that its card is to say."""
        if (controller := self._live.get(view)) is not None:
            self._world.spawn(controller.note(words), name=f"note {view}")

    def report(self, view: ViewId) -> ViewReport:
        """The report of a live or lately closed View."""
        if (controller := self._live.get(view)) is not None:
            return controller.report()
        if view in self._ended:
            return self._ended[view][1]
        raise NotConfigured("there is no such View")

    def summaries(self) -> tuple[ViewSummary, ...]:
        """Every View that is live or was lately closed, the oldest first."""
        ended = (summary for summary, _ in self._ended.values())
        live = (controller.summary() for controller in self._live.values())
        return tuple(sorted((*ended, *live), key=lambda each: each.opened_at))

    async def close(self, view: ViewId, reason: str) -> None:
        """Orderly end of *view*."""
        if (controller := self._live.get(view)) is not None:
            await controller.close(reason)

    async def _discard(self, view: ViewId) -> None:
        """*view* makes room; it comes back when a person looks at its place."""
        await self._live[view].close(f"only {MAX_LIVE} Apps may be open at once", discarded=True)

    async def close_server(self, server: ServerKey, reason: str) -> None:
        """End every View of *server*."""
        views = [v for v, c in self._live.items() if c.opening.server.key == server]
        await asyncio.gather(*(self.close(view, reason) for view in views))

    async def close_pin(self, pin: TemplatePin, reason: str) -> None:
        """End every View that runs on *pin*."""
        views = [v for v, c in self._live.items() if c.opening.source.review.pin == pin]
        await asyncio.gather(*(self.close(view, reason) for view in views))

    def cut(self, stopped: Callable[[ViewOpening, ViewId], bool], reason: str) -> list[ViewLaunch]:
        """End every View that is *stopped* now, without asking it; what each was launched with."""
        cut = [c for v, c in self._live.items() if stopped(c.opening, v)]
        for controller in cut:
            controller.cut(reason)
        return [controller.launch for controller in cut]

    def cut_lost(self) -> None:
        """End every View whose template stands no more, or that was given what was taken back."""
        for controller in tuple(self._live.values()):
            opening = controller.opening
            lost = controller.kept - frozenset(self._world.grants(opening.source.review.pin))
            if not self._world.standing(opening):
                controller.cut("its template or its server is gone")
            elif lost:
                words = sorted(grant.words for grant in lost)
                controller.cut(f"it may no longer {' or '.join(words)}")

    def reaching(self, host: str, port: int) -> list[tuple[ViewId, ViewOpening]]:
        """The live Views that may reach *host*: declared by their App and granted by a person."""
        return [
            (view, controller.opening)
            for view, controller in self._live.items()
            if controller.launch.snapshot.reaches(host, port)
        ]

    def may_reach(self, view: ViewId, host: str, port: int) -> bool:
        """Whether *view* is live and may reach *host*."""
        controller = self._live.get(view)
        return controller is not None and controller.launch.snapshot.reaches(host, port)

    def opening(self, view: ViewId) -> ViewOpening:
        """What *view* was opened with. Raises `NotConfigured` when it is over."""
        controller = self._live.get(view)
        if controller is None:
            raise NotConfigured("this App is already closed")
        return controller.opening

    def tools(self, conversation: ConversationId) -> list[tuple[ServerConfig, AppTool]]:
        """What the live Views of *conversation* offer themselves, and the servers of their Apps."""
        return [
            (controller.opening.server, tool)
            for controller in self._live.values()
            if controller.opening.conversation == conversation
            for tool in controller.tools.offered
        ]

    async def call_tool(self, tool: AppTool, arguments: JsonObject) -> JsonObject:
        """Call what a live View offers, as it was decided. Raises `UserFacingError` and
        `ServerError`.
        """
        controller = self._live.get(tool.view)
        if controller is None:
            raise gone()
        return await controller.tools.call(tool, arguments)

    async def permission(self, view: ViewId, names: tuple[str, ...], at: float) -> bool:
        """The engine asks whether *view* may have *names*."""
        controller = self._live.get(view)
        return controller is not None and await controller.permission(names, at)

    def hold(self, view: ViewId, grant: AppGrant) -> None:
        """A person gave *grant* to this one View; the row is written."""
        if (controller := self._live.get(view)) is not None:
            controller.hold(grant)

    async def make_way(self, view: ViewId, reason: str) -> None:
        """Close *view* for one that takes its place, and gets what was given to it."""
        controller = self._live.get(view)
        if controller is None:
            return
        place = (controller.opening.conversation, controller.opening.item)
        self._carried[place] = controller.opening.source.review.pin, controller.held
        await controller.close(reason)

    def _carried_to(self, opening: ViewOpening) -> frozenset[AppGrant]:
        """What was given to the View that made way here; another template gets nothing of it."""
        nothing = (opening.source.review.pin, frozenset[AppGrant]())
        pin, held = self._carried.pop((opening.conversation, opening.item), nothing)
        return held if pin == opening.source.review.pin else frozenset()

    def forget_carried(self, conversation: ConversationId, item: ItemId) -> None:
        """Nothing came in the place of a View that made way: what was given to it is over."""
        self._carried.pop((conversation, item), None)

    def take_back(self, pin: TemplatePin, grant: AppGrant, reason: str) -> None:
        """End the Views on *pin* that have *grant*; none gets it in the place of another."""
        for place, (its, held) in self._carried.items():
            if its == pin:
                self._carried[place] = its, held - {grant}
        having = self.having(pin, grant)
        self.cut(lambda _opening, view: view in having, reason)

    def having(self, pin: TemplatePin, grant: AppGrant) -> tuple[ViewId, ...]:
        """The live Views on *pin* in which *grant* is in force."""
        return tuple(
            view
            for view, controller in self._live.items()
            if controller.opening.source.review.pin == pin and grant in controller.granted
        )

    def _askable(self, opening: ViewOpening) -> tuple[str, ...]:
        """The declared permissions that the policy lets a person grant."""
        pin, lineage = opening.source.review.pin, Lineage(root=Root.GESTURE, started_at=0.0)
        return tuple(
            name
            for name in opening.source.review.declared.permissions
            if self._world.gate.could(
                app_grant_action(
                    AppGrantCase(grant=AppGrant(kind=AppGrantKind(name)), pin=pin, declared=True),
                    USER,
                    lineage,
                )
            )
        )

    async def close_all(self, reason: str) -> None:
        """End every View."""
        await asyncio.gather(*(self.close(view, reason) for view in list(self._live)))

    def _longest_unseen(self) -> ViewId:
        unseen = (view for view, each in self._live.items() if not each.presence.visible)
        return next(unseen, next(iter(self._live)))

    def _forget(self, controller: ViewController) -> None:
        self._release(controller.launch.storage)
        self._ended[controller.id] = (controller.summary(), controller.report())
        self._live.pop(controller.id, None)
        while len(self._ended) > MAX_LIVE:
            self._ended.pop(next(iter(self._ended)))
        self.on_fewer()


def _unheard() -> None:
    """Nobody wants to know."""


def _launch(view: ViewId, opening: ViewOpening, grants: Grants, storage: Path | None) -> ViewLaunch:
    review = opening.source.review
    return ViewLaunch(
        view=view,
        title=one_line(opening.tool.title or opening.tool.name, limit=80),
        server_title=opening.server.title,
        html=opening.source.html,
        content_digest=review.pin.content,
        snapshot=build_snapshot(
            review.declared,
            grants,
            opening.server.app_host,
            host_nonce=secrets.token_hex(16) if storage is None else _lasting_nonce(storage),
        ),
        border=review.declared.prefers_border,
        storage=storage,
    )


def _lasting_nonce(storage: Path) -> str:
    """The engine keeps what an App stores apart by the page around it, too: what is kept is found
    again only under the same one.
    """
    return digest(str(storage).encode())[:32]


def _opened_row(
    view: ViewId, opening: ViewOpening, launch: ViewLaunch, kept: frozenset[AppGrant]
) -> AuditRecord:
    """What is allowed is on the log before the snapshot is installed."""
    pin = opening.source.review.pin
    return AuditRecord(
        kind=AuditKind.VIEW_OPENED,
        data={
            "uri": pin.uri,
            "content": pin.content,
            "meta": pin.meta,
            "tool": opening.tool.name,
            "csp": launch.snapshot.app_csp,
            "permissions_policy": launch.snapshot.app_permissions_policy,
            "grants": sorted(grant.name for grant in kept),
            **({"returned": True} if opening.returned else {}),
        },
        server=opening.server.key,
        view=view,
    )
