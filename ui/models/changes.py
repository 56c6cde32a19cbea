"""What changed between two versions of a template, capabilities before text. Pure.

Called by the review pane, on the main thread.
"""

from __future__ import annotations

from mcphost.domain.template import TemplateReview
from ui.models.lines import size_text

KINDS: tuple[tuple[str, str], ...] = (
    ("connect_domains", "Connect to"),
    ("resource_domains", "Load resources from"),
    ("frame_domains", "Show frames from"),
    ("base_uri_domains", "Resolve links against"),
    ("permissions", "Use of"),
)


def previous_version(
    review: TemplateReview, known: tuple[TemplateReview, ...]
) -> TemplateReview | None:
    """The version that *review* would replace, when it is still known."""
    for other in known:
        same = (other.pin.server_identity, other.pin.uri) == (
            review.pin.server_identity,
            review.pin.uri,
        )
        if same and other is not review and other.pin.content == review.supersedes:
            return other
    return None


def what_changed(old: TemplateReview, new: TemplateReview) -> tuple[str, ...]:
    """Sentences, the weightiest first."""
    said: list[str] = []
    for field, words in KINDS:
        before, after = set(getattr(old.declared, field)), set(getattr(new.declared, field))
        said += [f"Now asks to: {words.lower()} {entry}" for entry in sorted(after - before)]
        said += [f"No longer asks to: {words.lower()} {each}" for each in sorted(before - after)]
    old_findings = {(f.check, f.message) for f in old.findings}
    said += [
        f"New finding: {finding.message}"
        for finding in new.findings
        if (finding.check, finding.message) not in old_findings
    ]
    if new.pin.content != old.pin.content:
        said.append(f"The source changed: {size_text(old.size)} → {size_text(new.size)}")
    elif not said:
        said.append("Only the declared metadata changed; the source is the same")
    return tuple(said)
