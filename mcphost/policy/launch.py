"""All that the sandbox needs to mount one View. Made by `views`, consumed once by `ui.sandbox`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mcphost.domain.ids import Digest, ViewId
from mcphost.policy.snapshot import PolicySnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLaunch:
    """One View to be mounted: reviewed bytes and frozen rights. Texts are sanitised."""

    view: ViewId
    title: str
    server_title: str
    html: bytes = field(repr=False)
    content_digest: Digest
    snapshot: PolicySnapshot
    border: bool | None = None
    """Whether the template wants a boundary drawn around it; None when it says nothing."""
    storage: Path | None = None
    """Where the engine keeps what the App stores; None: in memory, until the View is over."""
