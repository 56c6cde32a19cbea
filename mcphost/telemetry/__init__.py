"""Spans and `traceparent` (W3C Trace Context, SEP-414)."""
