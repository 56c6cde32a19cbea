"""What people have given to Apps: asking, keeping, showing, taking back.

Law: (1) only a template that stands approved on this very pin is given anything, and only one of
the grants that it can have; (2) giving walks the one path, and its row is durable before it counts;
(3) taking back asks nobody, is a row first, ends every View in which it was in force, and deletes
what was kept for it; (4) a template that is rejected keeps nothing, nor does a server that is
removed. Loop thread; held by `mcphost.host`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mcphost.domain.action import app_grant_action
from mcphost.domain.app_grant import (
    AppGrant,
    AppGrantCase,
    AppGrantKind,
    AppGrantLine,
    grantable,
)
from mcphost.domain.audit import AuditKind, AuditRecord, record_of
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.events import AppGrantsChanged
from mcphost.domain.ids import Digest, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.ports import AuditSink, EventSink
from mcphost.domain.principal import Principal
from mcphost.domain.template import ReviewState, TemplatePin, TemplateReview
from mcphost.domain.text import one_line
from mcphost.gate.path import Gate
from mcphost.storage.app_grants import AppGrantBook, KeptGrant
from mcphost.storage.kept import KeptStorage
from mcphost.templates.store import TemplateStore
from mcphost.views.deck import ViewDeck


class AppGrants:
    """The grants of every App. *wall* gives Unix seconds."""

    def __init__(
        self,
        *,
        gate: Gate,
        book: AppGrantBook,
        storage: KeptStorage,
        deck: ViewDeck,
        templates: TemplateStore,
        audit: AuditSink,
        events: EventSink,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._gate = gate
        self._book = book
        self._storage = storage
        self._deck = deck
        self._templates = templates
        self._audit = audit
        self._events = events
        self._wall = wall

    def lines(self, pin: TemplatePin) -> tuple[AppGrantLine, ...]:
        """All that the template of *pin* can be given, and what of it is given. Raises
        `NotConfigured`.
        """
        kept = {each.grant: each for each in self._book.of(pin)}
        return tuple(
            AppGrantLine(
                grant=grant,
                given=grant in kept,
                given_at=kept[grant].given_at if grant in kept else None,
                given_by=kept[grant].given_by if grant in kept else "",
                live=len(self._deck.having(pin, grant)),
                kept_bytes=self._kept_bytes(pin, grant),
            )
            for grant in grantable(self._review(pin).declared)
        )

    def given(self) -> tuple[tuple[TemplatePin, AppGrantLine], ...]:
        """Every grant that is kept, by template."""
        return tuple(
            (review.pin, line)
            for review in self._templates.all()
            for line in self.lines(review.pin)
            if line.given or line.live
        )

    async def give(
        self,
        pin: TemplatePin,
        grant: AppGrant,
        principal: Principal,
        lineage: Lineage,
        *,
        view: ViewId | None = None,
    ) -> None:
        """Give *grant* to the Apps on *pin*, or to *view* alone where it lasts no longer.

        Raises `PolicyDenied`, `ConsentRefused`, another `UserFacingError`, `StorageError`.
        """
        review = self._require_approved(pin)
        if not grant.lasting and view is None:
            raise UserFacingError(
                f"To {grant.words} is allowed to one running App at a time, when it asks for it."
            )
        case = AppGrantCase(grant=grant, pin=pin, declared=grant in grantable(review.declared))
        action = app_grant_action(case, principal, lineage)

        async def effect() -> JsonObject:
            self._require_approved(pin)  # judged or changed while a person thought about it
            data: JsonObject = {**action.params, "by": str(principal), "in_view": view}
            await self._audit.append(record_of(action, AuditKind.APP_GRANT_ISSUED, data))
            if grant.lasting:
                self._book.keep(
                    pin, KeptGrant(grant=grant, given_at=self._wall(), given_by=str(principal))
                )
            elif view is not None:
                self._deck.hold(view, grant)
            return {}

        await self._gate.perform(action, effect=effect)
        self._events(AppGrantsChanged(pin=pin))

    async def take_back(
        self, pin: TemplatePin, grant: AppGrant, principal: Principal, *, why: str
    ) -> None:
        """*grant* is not in force any more, in any View, when this returns."""
        data: JsonObject = {
            "name": grant.name,
            "uri": pin.uri,
            "content": pin.content,
            "meta": pin.meta,
            "why": why,
            "views_ended": len(self._deck.having(pin, grant)),
        }
        record = AuditRecord(
            kind=AuditKind.APP_GRANT_REVOKED, data=data, principal=str(principal), server=pin.server
        )
        await self._audit.append(record)
        storage = self._storage.folder(pin) if grant.kind is AppGrantKind.STORAGE else None
        self._book.forget(pin, grant)
        self._deck.take_back(pin, grant, f"it may no longer {grant.words}")
        self._events(AppGrantsChanged(pin=pin))
        if storage is not None:
            self._storage.delete(storage)

    async def drop(self, pin: TemplatePin, principal: Principal, *, why: str) -> None:
        """Take back all that *pin* was given."""
        for kept in self._book.of(pin):
            await self.take_back(pin, kept.grant, principal, why=why)

    async def drop_server(self, identity: Digest, principal: Principal) -> None:
        """Take back all that the Apps of a server were given: it was removed."""
        for review in self._templates.all():
            if review.pin.server_identity == identity:
                await self.drop(review.pin, principal, why="its server was removed")

    def _kept_bytes(self, pin: TemplatePin, grant: AppGrant) -> int | None:
        if grant.kind is not AppGrantKind.STORAGE:
            return None
        folder = self._storage.folder(pin)
        return 0 if folder is None else self._storage.size(folder)

    def _review(self, pin: TemplatePin) -> TemplateReview:
        found = self._templates.find_pin(pin)
        if found is None:
            raise NotConfigured(f"There is no template {one_line(pin.uri)} with these bytes.")
        return found

    def _require_approved(self, pin: TemplatePin) -> TemplateReview:
        review = self._review(pin)
        if review.state is not ReviewState.APPROVED:
            raise UserFacingError(
                f"The template {one_line(pin.uri)} is not approved, so its App is given nothing. "
                "Approve it in the review first."
            )
        return review
