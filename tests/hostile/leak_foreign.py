"""A leak corpus that is not ours, through the product's View and once more without guards.

`python -m tests.hostile.leak_foreign PATH [--as-is] [--with GRANT]...` shows the HTML file at PATH,
or every one below it, in a network of its own (`leak_run`), and prints how many hosts were reached.
PATH may be an `https://` address, which is fetched before.
It ends with 1 when the product let anything out, when a View did not live to the end, or when
nothing leaked without guards either, so that the run proves nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.hostile.corpus.foreign import SETTLE_MS, foreign
from tests.hostile.leak_run import LeakReport, run_leaks, why_not
from tests.hostile.open_guards import GUARDS

GRANTS = ("code", "webgl", "ask", "warm")
_AT_ONCE = 8
_SLACK = 120
_LARGEST = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both runs over *documents*."""

    documents: int
    product: LeakReport
    control: LeakReport

    @property
    def faults(self) -> list[str]:
        """Why the product did not pass; empty when it did."""
        found = [f"reached {host}" for host in self.product.hosts]
        found += [f"sent {self.product.packets} packets"] if self.product.packets else []
        found += ["started another program"] if self.product.browser["external"] else []
        alive = self.product.browser["still"] == list(range(self.documents))
        found += [] if alive else ["a View did not live to the end"]
        return found + ([] if self.control.hosts else ["nothing leaks without guards either"])

    @property
    def words(self) -> str:
        """What is printed."""
        lines = [f"{self.documents} documents"]
        for name, report in (("product", self.product), ("without guards", self.control)):
            started = len(report.browser["external"])
            lines.append(
                f"{name}: hosts reached: {len(report.hosts)} ({report.packets} packets, "
                f"other programs: {started})"
            )
        return "\n".join([*lines, *(f"  {fault}" for fault in self.faults)])


def compare(path: Path, *, as_is: bool = False, grants: tuple[str, ...] = ()) -> Comparison:
    """Run the documents at *path* twice. Raises `RuntimeError` with what a run printed."""
    count = len(foreign(path))
    rounds = -(-count // _AT_ONCE)
    order = {"foreign": str(path.resolve()), "as_is": as_is, "at_once": _AT_ONCE}
    order |= {"deadline": min(540, rounds * SETTLE_MS // 1_000 * 2 + _SLACK)}
    without = {"without": list(GUARDS), "skip_self_test": True}
    product = run_leaks(order | dict.fromkeys(grants, True))
    return Comparison(documents=count, product=product, control=run_leaks(order | without))


@contextmanager
def local(place: str) -> Iterator[Path]:
    """*place* as a path on this computer. Raises `OSError` when it cannot be fetched."""
    if not place.startswith("https://"):
        yield Path(place)
        return
    with TemporaryDirectory(prefix="leak-pages-") as folder:
        with urlopen(place, timeout=30) as answer:
            (Path(folder) / "fetched.html").write_bytes(answer.read(_LARGEST))
        yield Path(folder)


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.leak_foreign")
    parser.add_argument("path")
    parser.add_argument("--as-is", action="store_true", help="leave the addresses alone")
    parser.add_argument("--with", dest="grants", action="append", choices=GRANTS, default=[])
    said = parser.parse_args()
    reason = why_not()
    if reason:
        sys.exit(reason)
    with local(said.path) as path:
        found = compare(path, as_is=said.as_is, grants=tuple(said.grants))
    print(found.words)
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
