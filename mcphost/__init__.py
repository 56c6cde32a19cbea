"""mcphost: a sandboxed MCP Apps host. This package is the core: it decides, remembers and talks to
servers.

It knows no Qt. `ui` imports it, never the other way round.
"""

__version__ = "0.1.0"
