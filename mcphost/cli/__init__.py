"""Headless commands: one module a command, each a thin shell over `mcphost.host`.

Exit codes: 0 done, 1 refused or a finding, 2 usage, 3 could not run.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence

from mcphost.domain.errors import (
    ConsentRefused,
    McpHostError,
    NotConfigured,
    PolicyDenied,
    ServerRefused,
)
from mcphost.domain.text import one_line

DONE, REFUSED, USAGE, COULD_NOT_RUN = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Every failure is one clear line on standard error, never a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end in order, as Ctrl+C does
    try:
        return _run(sys.argv[1:] if argv is None else argv)
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
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN
    except Exception as error:  # noqa: BLE001  # the last line of defence: said, not thrown at people
        print(f"mcphost: {_bug(error)}", file=sys.stderr)
        return COULD_NOT_RUN


def _run(argv: Sequence[str]) -> int:
    # The commands need most of the program: an interrupt while it is loaded is answered as well.
    from mcphost.cli.parser import parse

    arguments = parse(argv)
    code = arguments.command(arguments)
    sys.stdout.flush()
    return code


def _bug(error: Exception) -> str:
    """A mistake of ours in one line that is worth reporting."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = one_line(f"{type(error).__name__}: {error}")
    return (
        f"a mistake in mcphost itself, please report it: {what} ({place.filename}:{place.lineno})"
    )
