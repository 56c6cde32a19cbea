"""`python -m mcphost.demo`: the demo server over a pipe, or with `--http PORT` over HTTP."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import date

from mcphost.demo import http, stdio
from mcphost.demo.seal import KEY_VARIABLE, Sealer, key_from_environment
from mcphost.demo.service import Service


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until standard input ends or the process is stopped; 2 for a usage error."""
    parser = argparse.ArgumentParser(
        prog="python -m mcphost.demo",
        description="The built-in demo server of mcphost, a stateless MCP 2026-07-28 server.",
        epilog=f"Several instances serve one garden when they share {KEY_VARIABLE}.",
    )
    parser.add_argument("--http", type=int, metavar="PORT", help="serve HTTP on PORT (0: any)")
    parser.add_argument("--bind", default="127.0.0.1", help="address for --http (%(default)s)")
    options = parser.parse_args(argv)
    try:
        sealer = Sealer(key_from_environment())
    except ValueError as error:
        parser.error(str(error))
    service = Service(sealer=sealer, today=date.today, now=time.time)
    try:
        if options.http is None:
            stdio.serve(service, sys.stdin.buffer, sys.stdout.buffer)
        else:
            http.serve(service, options.bind, options.http)
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    except OSError as error:
        print(f"cannot serve on {options.bind} port {options.http}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
