"""How long a warm schema check takes, there and back through the worker."""

from __future__ import annotations

import asyncio
import time
from statistics import quantiles

from mcphost.domain.json import JsonObject
from mcphost.schemas.pool import SchemaValidator
from tests.bench.conftest import JUDGED, Figures

CHECKS = 2_000 if JUDGED else 300
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["name"],
}


def test_a_warm_check_takes_at_most_5_ms_at_p99(figures: Figures) -> None:
    async def run() -> list[float]:
        validator = SchemaValidator()
        await validator.start()
        taken: list[float] = []
        for number in range(CHECKS):
            before = time.perf_counter()
            await validator.check(SCHEMA, {"name": "a", "count": number}, what="it")
            taken.append((time.perf_counter() - before) * 1_000)
        await validator.close()
        return taken

    marks = quantiles(asyncio.run(run()), n=100)
    figures.at_most("warm schema check, p99", marks[98], 5, "ms")
