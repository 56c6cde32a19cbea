"""Hostile schemas and hostile data against the worker, while the loop keeps ticking.

Each is refused or answered within its budget; the worker is replaced when it had to be killed; the
next check works. The rows are those that hang, crash or fetch in an unguarded validator.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.schemas.pool import SchemaValidator
from tests.helpers.figures import say
from tests.helpers.ticker import Ticker, ticking

BUDGET = 0.25
"""Seconds of processor time, the product's own."""
STALL = 0.05
"""Seconds of processor time the loop's thread may spend in one piece."""
GOOD: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}}


def fan_out(levels: int) -> dict[str, Any]:
    """A schema whose evaluation doubles with every level."""
    definitions: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)
    }
    return {"$defs": {**definitions, f"d{levels}": {"type": "integer"}}, "$ref": "#/$defs/d0"}


def deep(levels: int, key: str | None = None) -> Any:
    value: Any = {} if key else []
    for _ in range(levels):
        value = {key: value} if key else [value]
    return value


@dataclass(frozen=True, slots=True)
class Attack:
    schema: Any
    instance: Any
    ends: str
    """`fits`, `misfit`, or a part of the refusal."""


RUNAWAY = "a" * 5_000 + "!"
OUTSIDE = "never followed"
ATTACKS = {
    "(a+)+$": Attack({"pattern": "(a+)+$"}, RUNAWAY, "misfit"),
    "nested quantifiers": Attack({"pattern": r"^(\w+\s?)*$"}, RUNAWAY, "misfit"),
    "alternatives": Attack({"pattern": "^(a|a)*$"}, RUNAWAY, "misfit"),
    "look-ahead": Attack({"pattern": "^(?=(a+)+$)"}, RUNAWAY, "unusable"),
    "back reference": Attack({"pattern": r"^(a+)\1+$"}, RUNAWAY, "unusable"),
    "patternProperties": Attack(
        {"patternProperties": {"^(a+)+$": {"type": "integer"}}}, {RUNAWAY: "x"}, "fits"
    ),
    "{1,1000} three times": Attack({"pattern": "((a{1,1000}){1,1000}){1,1000}"}, "a", "unusable"),
    "fan-out 2^22": Attack(fan_out(22), 1, "either"),
    "fan-out 2^40": Attack(fan_out(40), 1, "took longer"),
    "reference to itself": Attack({"$ref": "#"}, 1, "either"),
    "references in a ring": Attack(
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        1,
        "either",
    ),
    "data 20,000 deep": Attack({"items": {"$ref": "#"}}, deep(20_000), "levels deep"),
    "data 100 deep": Attack({"items": {"$ref": "#"}}, deep(100), "fits"),
    "schema 5,000 deep": Attack(deep(5_000, "not"), 1, "levels deep"),
    "uniqueItems of 20,000": Attack(
        {"uniqueItems": True}, [{"n": n, "m": [n]} for n in range(20_000)], "fits"
    ),
    "remote reference": Attack({"$ref": "http://127.0.0.1:9/schema"}, 1, OUTSIDE),
    "remote by its base": Attack({"$id": "http://127.0.0.1:9/", "$ref": "other"}, 1, OUTSIDE),
    "file reference": Attack({"$ref": "file:///etc/passwd"}, 1, OUTSIDE),
    "unknown dialect": Attack({"$schema": "https://evil.example/meta"}, 1, "not supported"),
    "a million members": Attack({str(n): 1 for n in range(1_000_000)}, 1, "larger than"),
    "the most subschemas": Attack({"anyOf": [{"$id": f"a{n}"} for n in range(4_999)]}, 1, "500"),
    "the most parts": Attack({"anyOf": [{"type": "null"}] * 4_999}, 1, "misfit"),
    "the most addresses": Attack(
        {"anyOf": [{"$id": f"http://a/{'x' * 200}{n}"} for n in range(500)]}, 1, "fits"
    ),
    "16 MB of data": Attack({}, ["x" * 100] * 160_000, "larger than"),
    "4 MB of data": Attack({"items": {"type": "string"}}, ["x" * 97] * 39_000, "fits"),
    "a million lists": Attack({"uniqueItems": True}, [[]] * 1_300_000, "either"),
}


async def end_of(validator: SchemaValidator, attack: Attack) -> str:
    try:
        await validator.check(attack.schema, attack.instance, what="it")
    except ProtocolViolation as violation:
        said = str(violation)
        return said if "unusable" in said else "misfit"
    return "fits"


def worker_of(validator: SchemaValidator) -> int:
    process = validator._process  # pyright: ignore
    return 0 if process is None else process.pid


async def attacked(attack: Attack) -> tuple[str, float, Ticker]:
    """How *attack* ended, the seconds it took, what the ticker saw. The next check must work."""
    validator = SchemaValidator(budget=BUDGET)
    try:
        await validator.start()
        worker = worker_of(validator)
        async with ticking() as ticker:
            began = time.perf_counter()
            end = await end_of(validator, attack)
            took = time.perf_counter() - began
        await validator.check(GOOD, {"a": 1}, what="it")
        killed = "took longer" in end or "more memory" in end
        assert (worker_of(validator) != worker) == killed
        assert Path(f"/proc/{worker}").exists() != killed
    finally:
        await validator.close()
    return end, took, ticker


def peak_memory(pid: int) -> int:
    """The most address space that *pid* ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmPeak:")[1].split()[0]) * 1024


@pytest.mark.requirement("MCP-123", "MCP-125", "MCP-126")
@pytest.mark.parametrize("name", ATTACKS)
def test_p9_a_hostile_schema_ends_within_its_budget_while_the_loop_ticks(name: str) -> None:
    attack = ATTACKS[name]
    end, took, ticker = asyncio.run(attacked(attack))
    say(
        f"hostile schema, {name}: {end[-70:]!r} after {took * 1000:.0f} ms; longest gap "
        f"{ticker.longest * 1000:.0f} ms, loop busy {ticker.busiest * 1000:.0f} ms"
    )
    assert attack.ends == "either" or attack.ends in end
    assert ticker.busiest < STALL


@pytest.mark.requirement("MCP-126")
def test_p9_twenty_hostile_schemas_at_once_cost_each_its_own_check() -> None:
    async def run() -> Ticker:
        validator = SchemaValidator(budget=0.05)
        try:
            async with ticking() as ticker:
                ends = await asyncio.gather(
                    *(end_of(validator, Attack(fan_out(40), n, "")) for n in range(20)),
                    *(end_of(validator, Attack(GOOD, {"a": n}, "")) for n in range(20)),
                )
            assert all("took longer than 50 ms" in end for end in ends[:20])
            assert ends[20:] == ["fits"] * 20
        finally:
            await validator.close()
        return ticker

    ticker = asyncio.run(run())
    say(f"20 hostile schemas at once: longest gap {ticker.longest * 1000:.0f} ms")
    assert ticker.busiest < STALL


def test_p9_the_memory_of_the_worker_stays_within_its_bound() -> None:
    bound = 512 * 1024 * 1024

    async def run() -> int:
        validator = SchemaValidator(budget=5.0, memory=bound)
        try:
            peak = 0
            for name in ("a million lists", "uniqueItems of 20,000", "fan-out 2^22"):
                await end_of(validator, ATTACKS[name])
                await validator.check(GOOD, {"a": 1}, what="it")
                peak = max(peak, peak_memory(worker_of(validator)))
            return peak
        finally:
            await validator.close()

    peak = asyncio.run(run())
    say(f"schema worker, peak address space: {peak / 2**20:.0f} MB (bound {bound / 2**20:.0f} MB)")
    assert peak <= bound
