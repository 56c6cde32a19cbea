"""Conversations, turns and tool orchestration; the model port and its adapters."""
