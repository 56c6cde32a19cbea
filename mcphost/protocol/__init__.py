"""Pure, Sans-IO wire formats: JSON-RPC, MCP (both eras), MCP Apps."""
