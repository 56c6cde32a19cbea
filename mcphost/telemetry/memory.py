"""Ended spans, kept in memory for the session report.

Law: bounded; the oldest goes first. `on_end` runs on whichever thread ends the span.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import INVALID_SPAN_CONTEXT, StatusCode

AttributeValue: TypeAlias = str | bool | int | float

MAX_KEPT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecord:
    """One ended span. Times are Unix nanoseconds."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str | None
    started: int
    ended: int
    failed: bool
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict[str, AttributeValue])
    links: tuple[str, ...] = ()
    """Span ids of what this one continues."""


class MemoryProcessor(SpanProcessor):
    """Keeps the last spans."""

    def __init__(self, limit: int = MAX_KEPT) -> None:
        self._lock = threading.Lock()
        self._kept: deque[SpanRecord] = deque(maxlen=limit)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep *span*."""
        record = _record(span)
        with self._lock:
            self._kept.append(record)

    def records(self) -> tuple[SpanRecord, ...]:
        """What is kept, oldest first."""
        with self._lock:
            return tuple(self._kept)


def _record(span: ReadableSpan) -> SpanRecord:
    context = span.get_span_context() or INVALID_SPAN_CONTEXT
    return SpanRecord(
        name=span.name,
        kind=span.kind.name.lower(),
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_id=None if span.parent is None else f"{span.parent.span_id:016x}",
        started=span.start_time or 0,
        ended=span.end_time or 0,
        failed=span.status.status_code is StatusCode.ERROR,
        attributes={
            name: value
            for name, value in (span.attributes or {}).items()
            if isinstance(value, str | bool | int | float)
        },
        links=tuple(f"{link.context.span_id:016x}" for link in span.links),
    )
