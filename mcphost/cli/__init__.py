"""Headless commands: one module a command, each a thin shell over `mcphost.host`."""
