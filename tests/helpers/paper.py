"""`python -m tests.helpers.paper FILE`: a PDF of one page, two words (tests/assets/garden.pdf)."""

from __future__ import annotations

import sys
from itertools import accumulate
from pathlib import Path

_WORDS = b"BT /F1 24 Tf 40 100 Td (Kitchen garden) Tj ET"
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
    b"/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(_WORDS), _WORDS),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def paper() -> bytes:
    """The document."""
    head = b"%PDF-1.4\n"
    parts = [b"%d 0 obj%s\nendobj\n" % pair for pair in enumerate(_OBJECTS, 1)]
    *starts, end = accumulate(map(len, parts), initial=len(head))
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    tail = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % end
    return head + b"".join(parts) + b"xref\n0 6\n0000000000 65535 f \n" + table + tail


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(paper())
