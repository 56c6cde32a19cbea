"""The store of templates: what was fetched, what was reviewed, and the bytes that may render.

Law: (1) bytes and metadata are hashed again at each use, and what is off its pin is refused with a
row; (2) a new pin is pending, a known one keeps its verdict, and the newest fetched version is the
only one that may render; (3) a row is durable before a verdict counts; (4) equal bytes of two
servers are stored once and approved separately; (5) verdicts count in the order they were given.
Called by the host on the loop thread; scanning, hashing and disk work run on worker threads, and
what was decided before such work is looked at again after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured, ProtocolViolation, StorageError, UserFacingError
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import AuditSink
from mcphost.domain.principal import HOST
from mcphost.domain.server import ServerConfig
from mcphost.domain.template import (
    Finding,
    ReviewState,
    TemplatePin,
    TemplateReview,
    TemplateSource,
)
from mcphost.domain.text import one_line
from mcphost.storage.blobs import BlobStore
from mcphost.storage.database import Database
from mcphost.templates.content import Document, parse_document
from mcphost.templates.findings import examine
from mcphost.templates.meta import UiMeta, effective_meta, parse_ui
from mcphost.templates.report import Report
from mcphost.templates.rows import COLUMNS, INSERT, from_row, to_row

_SELECT = f"SELECT {COLUMNS} FROM template_review"  # our own constant
_OF_PIN = "WHERE server_identity = ? AND uri = ? AND content = ? AND meta = ?"


class TemplateStore:
    """Templates of every server. *clock* gives Unix seconds."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        audit: AuditSink,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._audit = audit
        self._clock = clock
        self._judging = asyncio.Lock()

    async def record(
        self,
        server: ServerConfig,
        uri: str,
        untrusted_read_result: JsonObject,
        listing_meta: JsonObject | None = None,
    ) -> TemplateReview:
        """Keep the template that *server* answered for *uri* and return its review, which is
        pending unless this exact pin was judged before.

        *listing_meta* is the `_meta` of the template's entry in `resources/list`, if it has one.
        Raises `ProtocolViolation` when the answer holds no acceptable template.
        """
        report = Report()
        document = await asyncio.to_thread(parse_document, uri, untrusted_read_result, report)
        meta = effective_meta(document, listing_meta or {}, report)
        content = await asyncio.to_thread(self._blobs.put, document.html)
        pin = TemplatePin(
            server=server.key,
            server_identity=server.identity,
            uri=uri,
            content=content,
            meta=meta.digest,
        )
        known = self._known(pin)
        if known is None:
            await asyncio.to_thread(examine, document.html, meta.declared, report)
            review = self._new(pin, document, meta, report.findings())
        else:
            review = replace(known, pin=pin, fetched_at=self._clock())
        await self._audit.append(
            _record(AuditKind.TEMPLATE_FETCHED, review, known=known is not None)
        )
        return self._keep(review)

    async def review(self, pin: TemplatePin, *, approve: bool, reviewer: str) -> TemplateReview:
        """Record the verdict of *reviewer* on exactly *pin*. What cannot be read as it was fetched
        cannot be approved.
        """
        async with self._judging:  # a quick rejection must not be overtaken by a slow approval
            found = (await self._intact(pin)).review if approve else self._existing(pin)
            verdict = replace(
                found,
                state=ReviewState.APPROVED if approve else ReviewState.REJECTED,
                reviewed_at=self._clock(),
                reviewer=reviewer,
            )
            row = _record(AuditKind.TEMPLATE_REVIEWED, verdict, reviewer=reviewer)
            await self._audit.append(row)
            self._database.execute(
                f"UPDATE template_review SET state = ?, reviewed_at = ?, reviewer = ? {_OF_PIN}",
                (verdict.state.value, verdict.reviewed_at, reviewer, *_key(pin)),
            )
            return verdict

    def all(self) -> list[TemplateReview]:
        """Every version of every template, the last fetched first."""
        rows = self._database.execute(f"{_SELECT} ORDER BY rowid DESC")
        return [from_row(row) for row in rows]

    def pending(self) -> list[TemplateReview]:
        """The templates somebody should look at: newest versions that nobody has judged."""
        newest: dict[tuple[str, str], TemplateReview] = {}
        for review in self.all():
            newest.setdefault((review.pin.server_identity, review.pin.uri), review)
        return [review for review in newest.values() if review.state is ReviewState.PENDING]

    def find(self, server_identity: Digest, uri: str) -> TemplateReview | None:
        """The newest version of one template."""
        rows = self._database.execute(
            f"{_SELECT} WHERE server_identity = ? AND uri = ? ORDER BY rowid DESC LIMIT 1",
            (server_identity, uri),
        )
        return from_row(rows[0]) if rows else None

    async def source(self, pin: TemplatePin) -> TemplateSource:
        """The bytes of *pin* for showing, hashed again. Raises `UserFacingError`."""
        return await self._intact(pin)

    async def require_approved(self, server_identity: Digest, uri: str) -> TemplateSource:
        """The bytes that may render for *uri* now. Raises `UserFacingError`, and leaves a row."""
        pin = self._approved(server_identity, uri)
        source = await self._intact(pin)
        if self._approved(server_identity, uri) != pin:  # judged or fetched while it was read
            problem = f"The template {one_line(uri)} was changed just now. Open its App again."
            self._refuse(source.review, problem)
            raise UserFacingError(problem)
        return source

    def _approved(self, server_identity: Digest, uri: str) -> TemplatePin:
        """The pin that may render for *uri* now. Raises `UserFacingError`, and leaves a row."""
        review = self.find(server_identity, uri)
        if review is None:
            raise NotConfigured(
                f"The template {one_line(uri)} was never fetched. Connect its server again."
            )
        if review.state is not ReviewState.APPROVED:
            problem = _not_approved(review)
            self._refuse(review, problem)
            raise UserFacingError(problem)
        return review.pin

    def still_approved(self, pin: TemplatePin) -> bool:
        """Whether exactly *pin* stands approved now: a live View loses its powers when it falls."""
        # Asked for every request of every View: the findings and all else stay where they are.
        rows = self._database.execute(f"SELECT state FROM template_review {_OF_PIN}", _key(pin))
        return bool(rows) and rows[0][0] == ReviewState.APPROVED.value

    def find_pin(self, pin: TemplatePin) -> TemplateReview | None:
        """The review of exactly *pin*, whatever its state."""
        return self._known(pin)

    async def verify(self) -> list[TemplatePin]:
        """The pins whose stored bytes or metadata no longer match."""
        reviews = self.all()
        return await asyncio.to_thread(
            lambda: [review.pin for review in reviews if not self._is_intact(review)]
        )

    def _existing(self, pin: TemplatePin) -> TemplateReview:
        found = self._known(pin)
        if found is None:
            raise NotConfigured(
                f"There is no template {one_line(pin.uri)} with the digest {pin.content[:16]}…"
            )
        return found

    async def _intact(self, pin: TemplatePin) -> TemplateSource:
        """*pin* with its bytes, both checked now. What is declared is read from the checked
        metadata, never from a column that nothing vouches for.
        """
        review = self._existing(pin)
        try:
            return await asyncio.to_thread(self._checked, review)
        except StorageError as error:
            problem = (
                f"The stored template {one_line(pin.uri)} is not used: {error} "
                "Connect its server again to fetch it anew."
            )
            self._refuse(review, problem)
            raise UserFacingError(problem) from error

    def _checked(self, review: TemplateReview) -> TemplateSource:
        """*review* with its bytes. Raises `StorageError` when bytes or metadata are off the pin."""
        html = self._blobs.get(review.pin.content)
        try:
            meta = parse_ui(review.untrusted_meta, Report())
        except ProtocolViolation as error:
            raise StorageError(f"its stored metadata was altered: {error}.") from error
        if meta.digest != review.pin.meta:
            raise StorageError("its stored metadata was altered.")
        return TemplateSource(review=replace(review, declared=meta.declared), html=html)

    def _is_intact(self, review: TemplateReview) -> bool:
        try:
            self._checked(review)
        except StorageError:
            return False
        return True

    def _refuse(self, review: TemplateReview, problem: str) -> None:
        self._audit.append_soon(_record(AuditKind.TEMPLATE_REFUSED, review, problem=problem))

    def _known(self, pin: TemplatePin) -> TemplateReview | None:
        rows = self._database.execute(f"{_SELECT} {_OF_PIN}", _key(pin))
        return from_row(rows[0]) if rows else None

    def _new(
        self, pin: TemplatePin, document: Document, meta: UiMeta, findings: tuple[Finding, ...]
    ) -> TemplateReview:
        return TemplateReview(
            pin=pin,
            state=ReviewState.PENDING,
            size=len(document.html),
            fetched_at=self._clock(),
            declared=meta.declared,
            untrusted_meta=meta.untrusted,
            findings=findings,
            supersedes=self._last_approved(pin),
        )

    def _last_approved(self, pin: TemplatePin) -> Digest | None:
        rows = self._database.execute(
            "SELECT content FROM template_review WHERE server_identity = ? AND uri = ? "
            "AND state = ? ORDER BY reviewed_at DESC LIMIT 1",
            (pin.server_identity, pin.uri, ReviewState.APPROVED.value),
        )
        return Digest(rows[0][0]) if rows else None

    def _keep(self, review: TemplateReview) -> TemplateReview:
        """Store *review* as the newest version; a verdict given meanwhile is kept."""
        with self._database.transaction():
            current = self._known(review.pin)
            if current is not None:
                review = replace(
                    review,
                    state=current.state,
                    reviewed_at=current.reviewed_at,
                    reviewer=current.reviewer,
                    supersedes=current.supersedes,
                )
            self._database.execute(INSERT, to_row(review))
        return review


def _key(pin: TemplatePin) -> tuple[str, str, str, str]:
    return (pin.server_identity, pin.uri, pin.content, pin.meta)


def _not_approved(review: TemplateReview) -> str:
    uri, content = one_line(review.pin.uri), review.pin.content
    if review.state is ReviewState.REJECTED:
        return (
            f"The template {uri} was rejected by {review.reviewer or 'a reviewer'}, so its App "
            "does not open. You can approve it in the review pane."
        )
    changed = "changed since it was approved" if review.supersedes else "has not been reviewed yet"
    return (
        f"The template {uri} {changed}, so its App does not open. Approve it in the review pane, "
        f"or for one run with --approve-template {content}."
    )


def _record(kind: AuditKind, review: TemplateReview, **more: Json) -> AuditRecord:
    pin = review.pin
    return AuditRecord(
        kind=kind,
        principal=str(HOST) if kind is not AuditKind.TEMPLATE_REVIEWED else review.reviewer,
        server=pin.server,
        data={
            "uri": pin.uri,
            "content": pin.content,
            "meta": pin.meta,
            "size": review.size,
            "state": review.state.value,
            "findings": sorted({finding.check for finding in review.findings}),
            **more,
        },
    )
