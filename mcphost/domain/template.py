"""Templates as people review them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import JsonObject

WIRE_PERMISSIONS: Final = {
    "camera": "camera",
    "microphone": "microphone",
    "geolocation": "geolocation",
    "clipboardWrite": "clipboard-write",
}
"""The permissions of the Apps extension: its member names, and the engine's."""


class ReviewState(StrEnum):
    """unseen → pending → approved | rejected; a change makes a new, pending pin."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Severity(StrEnum):
    """How much a finding matters to a reviewer. Findings are disclosure, not proof."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One static finding. *check* is a stable id with a heading in `resources/help/findings.md`."""

    check: str
    severity: Severity
    message: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredUi:
    """Effective `_meta.ui` after precedence (content item over listing) and strict parsing.

    Domain entries here are already parsed as origins and serialised back; what did not parse
    was dropped with a finding. A declaration is a request by the App's author, not a grant.
    """

    connect_domains: tuple[str, ...] = ()
    resource_domains: tuple[str, ...] = ()
    frame_domains: tuple[str, ...] = ()
    base_uri_domains: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    """Subset of `camera`, `microphone`, `geolocation`, `clipboard-write`."""
    domain: str | None = None
    prefers_border: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePin:
    """What an approval is about: exact bytes plus canonical effective metadata, of one server's one
    URI.
    """

    server: ServerKey
    server_identity: Digest
    uri: str
    content: Digest
    meta: Digest

    @property
    def id(self) -> str:
        """`<content>.<meta>`; with (server identity, uri) the key of a review."""
        return f"{self.content}.{self.meta}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReview:
    """One line of the review pane."""

    pin: TemplatePin
    state: ReviewState
    size: int
    fetched_at: float
    """Unix seconds."""
    declared: DeclaredUi
    untrusted_meta: JsonObject
    findings: tuple[Finding, ...]
    reviewed_at: float | None = None
    reviewer: str | None = None
    supersedes: Digest | None = None
    """Content digest of the version last approved for this server and URI, when this is a change.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSource:
    """The reviewed bytes, for showing and for serving to a View."""

    review: TemplateReview
    html: bytes
