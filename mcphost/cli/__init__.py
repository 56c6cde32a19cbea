"""Headless commands: one module a command, each a thin shell over `mcphost.host`.

Exit codes: 0 done, 1 refused or a finding, 2 usage, 3 could not run.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from mcphost.cli.parser import parse
from mcphost.domain.errors import (
    ConsentRefused,
    McpHostError,
    NotConfigured,
    PolicyDenied,
    ServerRefused,
)

DONE, REFUSED, USAGE, COULD_NOT_RUN = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Every failure is one clear line on standard error, never a traceback."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end in order, as Ctrl+C does
    try:
        return arguments.command(arguments)
    except (PolicyDenied, ConsentRefused, ServerRefused) as error:
        print(f"mcphost: {error}", file=sys.stderr)
        return REFUSED
    except NotConfigured as error:
        print(f"mcphost: {error}", file=sys.stderr)
        return USAGE
    except McpHostError as error:
        print(f"mcphost: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        print("mcphost: interrupted", file=sys.stderr)
        return COULD_NOT_RUN
