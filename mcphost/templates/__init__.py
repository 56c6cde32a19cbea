"""UI resources as reviewed templates: content store, pins, findings, review state.

Law of the room: nothing renders off its pin. A pin is the digest of exact bytes and the digest of
the effective `_meta.ui`, for one URI of one server; whatever changes either makes a new pin that
nobody has approved yet. Findings are disclosure for a reviewer, never a verdict.
"""
