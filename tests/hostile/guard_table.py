"""Takes one guard away at a time and says which vectors notice.

`python -m tests.hostile.guard_table [GUARD…]`. Not part of the tests (it takes a quarter of an
hour); its result stands in the security model.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.hostile.leak_run import LeakReport, run_leaks
from tests.hostile.open_guards import GUARDS

_AT_ONCE = 2


def line_of(guard: str) -> str:
    """One row of the table."""
    report = run_leaks({"without": [guard], "at_once": 12, "deadline": 300})
    failed = ", ".join(report.browser["self_test"] or ()) or "–"
    return f"| {guard} | {failed} | {_noticed(report)} |"


def _noticed(report: LeakReport) -> str:
    strangers = sorted({packet.split()[0] for packet in report.strangers})
    parts = [f"{count} {kind}" for kind, count in report.by_class.items()]
    parts += [f"{len(report.strangers)} unnamed packets ({', '.join(strangers)})"] * bool(strangers)
    shown = json.dumps(list(report.by_vector)[:12])
    print(f"  {', '.join(parts) or 'nothing'}: {shown}", file=sys.stderr, flush=True)
    return ", ".join(parts) or "nothing"


def main() -> None:
    """Print the table."""
    chosen = [guard for guard in GUARDS if not sys.argv[1:] or guard in sys.argv[1:]]
    print("| guard taken away | self-test says | vectors that then leak |\n|---|---|---|")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for line in pool.map(line_of, chosen):
            print(line, flush=True)


if __name__ == "__main__":
    main()
