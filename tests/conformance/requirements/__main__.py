"""`python -m tests.conformance.requirements`: how many rows are held up, and what is missing.

With `--mark`, the marks of the tests are written as the rows say, before formatting with ruff.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.conformance.requirements import REQUIREMENTS
from tests.conformance.requirements.marks import write_marks
from tests.conformance.requirements.row import Requirement


def summary(rows: Sequence[Requirement]) -> str:
    """Counts, then every gap on a line of its own."""
    whole = [row for row in rows if (row.tests or row.scenarios) and not row.gap]
    partly = [row for row in rows if (row.tests or row.scenarios) and row.gap]
    open_ = [row for row in rows if row.gap and row not in partly]
    owed_nothing = [row for row in rows if row.not_applicable]
    tests = {node for row in rows for node in row.tests}
    counts = (
        f"{len(rows)} requirements: {len(whole)} tested, {len(partly)} partly, {len(open_)} not, "
        f"{len(owed_nothing)} not applicable; by {len(tests)} tests"
    )
    lines = [
        f"  {row.id}  {'partly: ' if row in partly else ''}{row.gap}" for row in rows if row.gap
    ]
    return "\n".join([counts, *lines])


if __name__ == "__main__":
    for changed in write_marks() if "--mark" in sys.argv[1:] else ():
        print(f"marked {changed}")
    print(summary(REQUIREMENTS))
