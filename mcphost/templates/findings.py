"""All static findings about one template. Called by `store`, on a worker thread."""

from __future__ import annotations

from mcphost.domain.template import DeclaredUi
from mcphost.templates.report import Report


def examine(html: bytes, declared: DeclaredUi, report: Report) -> None:
    """Add to *report* what stands in *html*, compared with what was *declared*."""
