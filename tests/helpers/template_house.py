"""A template store over a real database and real blobs, for tests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.template import DeclaredUi, Finding, TemplateReview
from mcphost.storage.blobs import BlobStore
from mcphost.storage.state import StateStore
from mcphost.templates.findings import examine
from mcphost.templates.report import Report
from mcphost.templates.store import TemplateStore
from tests.helpers.wiretap import MemoryAudit

ASSETS = Path(__file__).parent.parent / "assets" / "templates"
URI = "ui://fixture/card.html"


def fixture(name: str) -> Any:
    """The fixture *name* (`text.valid`)."""
    return json.loads((ASSETS / f"{name}.json").read_text(encoding="utf-8"))


def server(key: str = "one") -> ServerConfig:
    """A server of its own identity."""
    url = f"https://{key}.example.com/mcp"
    return ServerConfig(key=ServerKey(key), title=key, endpoint=HttpEndpoint(url=url))


@dataclass
class TemplateHouse:
    """The store and everything under it, in one folder."""

    folder: Path
    audit: MemoryAudit = field(default_factory=MemoryAudit)

    def __post_init__(self) -> None:
        self.state = StateStore.open(self.folder / "state.db")
        self.store = TemplateStore(
            self.state.database, BlobStore(self.folder / "blobs"), self.audit, clock=lambda: 1.0
        )

    def record(
        self, name: str = "text.valid", *, key: str = "one", listing: Any = None
    ) -> TemplateReview:
        """Record the fixture *name* as what the server *key* answered."""
        return asyncio.run(self.store.record(server(key), URI, fixture(name), listing))

    def judge(self, review: TemplateReview, *, approve: bool = True) -> TemplateReview:
        """Approve or reject *review* as the person."""
        return asyncio.run(self.store.review(review.pin, approve=approve, reviewer="user:local"))

    def blob_path(self, review: TemplateReview) -> Path:
        """The file that holds the bytes of *review*."""
        content = review.pin.content
        return self.folder / "blobs" / content[:2] / content


def found(html: str | bytes, declared: DeclaredUi | None = None) -> dict[str, list[Finding]]:
    """The findings about *html*, by check."""
    report = Report()
    data = html.encode() if isinstance(html, str) else html
    examine(data, declared or DeclaredUi(), report)
    by_check: dict[str, list[Finding]] = {}
    for finding in report.findings():
        by_check.setdefault(finding.check, []).append(finding)
    return by_check
