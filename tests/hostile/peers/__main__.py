"""`python -m tests.hostile.peers` prints the table of peers' faults; `--run` runs their tests."""

from __future__ import annotations

import sys

import pytest

from tests.hostile.peers.published import PUBLISHED
from tests.hostile.peers.reported import REPORTED

FAULTS = (*REPORTED, *PUBLISHED)
"""Every fault that is known to us."""


def main() -> int:
    """Print the table, or run every test that it names."""
    if sys.argv[1:] == ["--run"]:
        return pytest.main(sorted({node for fault in FAULTS for node in fault.tests}))
    for fault in FAULTS:
        print(f"{fault.name} ({', '.join(fault.seen)})\n    {fault.fault}")
        for line in fault.tests or (f"no test: {fault.reason}",):
            print(f"    {line}")
    tested = sum(bool(fault.tests) for fault in FAULTS)
    print(f"{len(FAULTS)} faults of others: {tested} with tests, {len(FAULTS) - tested} without")
    return 0


if __name__ == "__main__":
    sys.exit(main())
