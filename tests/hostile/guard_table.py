"""Takes guards away, one at a time and then all but a few, and says which vectors notice.

`python -m tests.hostile.guard_table [ROW…]`. Not part of the tests (it takes a quarter of an hour);
its result stands in the security model.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.hostile.leak_run import LeakReport, run_leaks
from tests.hostile.open_guards import GUARDS

_AT_ONCE = 2
_SWITCHES = ("resolver rule", "WebRTC policy", "mDNS switch", "FedCM switch")
_FLOOR = (*_SWITCHES, "proxy", "own password at the proxy")
ROWS = {f"without {guard}": (guard,) for guard in GUARDS} | {
    "only CSP and request filter": tuple(set(GUARDS) - {"CSP of the App", "request filter"}),
    "only switches and proxy": tuple(set(GUARDS) - set(_FLOOR)),
}
"""Each row by name, with the guards that are taken away."""


def line_of(row: str) -> str:
    """One row of the table."""
    order = {"without": sorted(ROWS[row], key=list(GUARDS).index), "deadline": 300}
    report = run_leaks(order | {"skip_self_test": len(ROWS[row]) > 1})
    failed = ", ".join(report.browser["self_test"] or ()) or "–"
    return f"| {row} | {failed} | {_noticed(report)} |"


def _noticed(report: LeakReport) -> str:
    parts = [f"{count} {kind}" for kind, count in report.by_class.items()]
    if report.strangers:
        kinds = ", ".join(sorted({packet.split()[0] for packet in report.strangers}))
        parts.append(f"packets that name no vector ({kinds})")
    print(f"  {parts}: {json.dumps(list(report.by_vector))}", file=sys.stderr, flush=True)
    return ", ".join(parts) or "nothing"


def main() -> None:
    """Print the table."""
    chosen = [row for row in ROWS if not sys.argv[1:] or row in sys.argv[1:]]
    print("| guards | self-test says | leaks |\n|---|---|---|")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for line in pool.map(line_of, chosen):
            print(line, flush=True)


if __name__ == "__main__":
    main()
