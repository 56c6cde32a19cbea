"""Reviews as rows of the `template_review` table, and back. Called by `store`, on its thread."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any, Final, cast

from mcphost.domain.errors import StorageError
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.template import (
    DeclaredUi,
    Finding,
    ReviewState,
    Severity,
    TemplatePin,
    TemplateReview,
)

COLUMNS: Final = (
    "server_key, server_identity, uri, content, meta, state, size, fetched_at, declared, "
    "untrusted_meta, findings, reviewed_at, reviewer, supersedes"
)
INSERT: Final = (
    f"INSERT OR REPLACE INTO template_review ({COLUMNS}) "  # our own constant
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def to_row(review: TemplateReview) -> tuple[Any, ...]:
    """The values of *review* in the order of `COLUMNS`."""
    pin = review.pin
    return (
        pin.server,
        pin.server_identity,
        pin.uri,
        pin.content,
        pin.meta,
        review.state.value,
        review.size,
        review.fetched_at,
        json.dumps(asdict(review.declared)),
        json.dumps(review.untrusted_meta),
        json.dumps([asdict(finding) for finding in review.findings]),
        review.reviewed_at,
        review.reviewer,
        review.supersedes,
    )


def from_row(row: tuple[Any, ...]) -> TemplateReview:
    """The review in *row*. Raises `StorageError` when it is not one."""
    try:
        key, identity, uri, content, meta, state, size, fetched, declared, ui, found, *rest = row
        reviewed_at, reviewer, supersedes = rest
        return TemplateReview(
            pin=TemplatePin(
                server=ServerKey(key),
                server_identity=Digest(identity),
                uri=uri,
                content=Digest(content),
                meta=Digest(meta),
            ),
            state=ReviewState(state),
            size=size,
            fetched_at=fetched,
            declared=_declared(json.loads(declared)),
            untrusted_meta=json.loads(ui),
            findings=tuple(
                Finding(**{**each, "severity": Severity(each["severity"])})
                for each in json.loads(found)
            ),
            reviewed_at=reviewed_at,
            reviewer=reviewer,
            supersedes=None if supersedes is None else Digest(supersedes),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise StorageError(f"a template review in the database cannot be read: {error}") from error


def _declared(value: dict[str, Any]) -> DeclaredUi:
    known = {field.name for field in fields(DeclaredUi)}
    members: dict[str, Any] = {
        name: tuple(cast("list[str]", inner)) if isinstance(inner, list) else inner
        for name, inner in value.items()
        if name in known
    }
    return DeclaredUi(**members)
