"""UI resources as reviewed templates: prefetch, content store, pins, findings, review state."""
