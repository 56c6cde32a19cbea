"""The validator against ordinary and hostile schemas. Every test runs the real worker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mcphost.domain.errors import HostBugError, ProtocolViolation, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.schemas.pool import SchemaValidator

PERSON: JsonObject = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "pets": {"type": "array", "items": {"enum": ["cat", "dog"]}},
        "a/b~c": {"type": "integer"},
    },
    "required": ["name"],
    "additionalProperties": False,
}
DOUBLING: JsonObject = {
    "$defs": {
        **{f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)},
        "d40": {"type": "integer"},
    },
    "$ref": "#/$defs/d0",
}
HOSTILE: dict[str, tuple[JsonObject, Json]] = {
    "exponential references": (DOUBLING, 1),
    "remote reference": ({"$ref": "http://127.0.0.1:9/schema"}, 1),
    "file reference": ({"$ref": "file:///etc/passwd"}, 1),
    "dangling reference": ({"$ref": "#/$defs/nothing"}, 1),
    "unknown dialect": ({"$schema": "https://evil/meta"}, 1),
    "look-ahead": ({"pattern": "(?=a)b"}, "x"),
    "back reference": ({"pattern": r"(a)\1"}, "x"),
    "huge automaton": ({"pattern": "((a{1,1000}){1,1000}){1,1000}"}, "x"),
    "no schema at all": ({"type": "nonsense"}, 1),
    "wrong keyword": ({"properties": 7}, 1),
}


def using(use: Callable[[SchemaValidator], Awaitable[None]], **limits: float) -> None:
    """Run *use* with a validator, then close it."""

    async def run() -> None:
        validator = SchemaValidator(budget=limits.get("budget", 0.25))
        try:
            await validator.start()
            await use(validator)
        finally:
            await validator.close()

    asyncio.run(run())


def worker_of(validator: SchemaValidator) -> int:
    process = validator._process  # pyright: ignore
    assert process is not None
    return process.pid


@pytest.mark.requirement("MCP-120")
def test_what_fits_passes() -> None:
    async def use(validator: SchemaValidator) -> None:
        await validator.check(PERSON, {"name": "a", "pets": ["cat"]}, what="it")
        await validator.check({}, None, what="it")

    using(use)


@pytest.mark.parametrize(
    ("instance", "path", "expected"),
    [
        ({"name": 7}, "/name", 'not of type "string"'),
        ({"name": "a", "pets": ["cat", "cow"]}, "/pets/1", '"cat" or "dog"'),
        ({"name": "a", "a/b~c": "x"}, "/a~1b~0c", 'not of type "integer"'),
        ({}, "/", '"name" is a required property'),
        ({"name": "a", "age": 3}, "/", "'age' was unexpected"),
        ([], "/", 'not of type "object"'),
    ],
)
def test_a_misfit_names_the_path_and_what_was_expected(
    instance: Json, path: str, expected: str
) -> None:
    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(ProtocolViolation) as caught:
            await validator.check(PERSON, instance, what="the result of get_person")
        assert f"the result of get_person does not fit its schema: at `{path}`," in str(
            caught.value
        )
        assert expected in str(caught.value)

    using(use)


def test_bad_arguments_are_the_person_s_to_mend() -> None:
    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(UserFacingError, match="the arguments of greet do not fit: at `/name`"):
            await validator.check_arguments(PERSON, {"name": 1}, tool="greet")
        await validator.check_arguments(PERSON, {"name": "a"}, tool="greet")
        with pytest.raises(ProtocolViolation, match="the schema is unusable"):
            await validator.check_arguments({"type": "nonsense"}, {}, tool="greet")

    using(use)


def test_no_message_repeats_the_value() -> None:
    async def use(validator: SchemaValidator) -> None:
        for schema in ({"type": "integer"}, {"enum": ["a"]}, {"pattern": "^x"}, {"maxLength": 2}):
            with pytest.raises(ProtocolViolation) as caught:
                await validator.check(schema, "my-secret-value", what="it")
            assert "my-secret" not in str(caught.value)

    using(use)


@pytest.mark.requirement("MCP-126")
@pytest.mark.parametrize("name", HOSTILE)
def test_p9_a_hostile_schema_costs_its_own_check_only(name: str) -> None:
    schema, instance = HOSTILE[name]

    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(ProtocolViolation, match="cannot be checked, the schema is unusable"):
            await validator.check(schema, instance, what="it")
        await validator.check(PERSON, {"name": "next"}, what="it")

    using(use)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){20}$", r"^(\w+\s?)*$"])
def test_p9_a_runaway_pattern_is_answered_at_once(pattern: str) -> None:
    async def use(validator: SchemaValidator) -> None:
        worker = worker_of(validator)
        with pytest.raises(ProtocolViolation, match="does not match"):
            await validator.check({"pattern": f"{pattern}X"}, "a" * 2_000 + "!", what="it")
        assert worker_of(validator) == worker  # nothing had to be killed

    using(use)


def test_an_endless_reference_to_itself_does_no_harm() -> None:
    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(ProtocolViolation):
            await validator.check({"$ref": "#", "type": "string"}, 1, what="it")
        await validator.check(PERSON, {"name": "next"}, what="it")

    using(use)


@pytest.mark.requirement("MCP-126")
def test_the_budget_is_processor_time_and_named_in_the_refusal() -> None:
    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(ProtocolViolation, match="took longer than 50 ms"):
            await validator.check(DOUBLING, 1, what="it")

    using(use, budget=0.05)


def test_a_worker_that_hangs_without_working_is_killed() -> None:
    async def use(validator: SchemaValidator) -> None:
        stopped = worker_of(validator)
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(ProtocolViolation, match="took longer than 3 s"):
            await validator.check(PERSON, {"name": "a"}, what="it")
        assert not Path(f"/proc/{stopped}").exists()
        await validator.check(PERSON, {"name": "next"}, what="it")

    using(use)


def test_a_worker_that_died_meanwhile_is_replaced() -> None:
    async def use(validator: SchemaValidator) -> None:
        process = validator._process  # pyright: ignore
        assert process is not None
        process.kill()
        await process.wait()
        await validator.check(PERSON, {"name": "next"}, what="it")

    using(use)


def test_memory_is_bounded() -> None:
    async def run() -> None:
        validator = SchemaValidator(budget=5.0, memory=160 * 1024 * 1024)
        try:
            with pytest.raises(ProtocolViolation, match="unusable"):
                await validator.check({"uniqueItems": True}, [[]] * 1_390_000, what="it")
            await validator.check(PERSON, {"name": "next"}, what="it")
        finally:
            await validator.close()

    asyncio.run(run())


def test_an_instance_that_is_too_large_is_refused() -> None:
    async def use(validator: SchemaValidator) -> None:
        with pytest.raises(ProtocolViolation, match="larger than"):
            await validator.check({}, "x" * 5_000_000, what="it")

    using(use)


def test_a_cancelled_check_does_not_answer_the_next_one() -> None:
    async def use(validator: SchemaValidator) -> None:
        doomed = asyncio.ensure_future(validator.check({"type": "null"}, 1, what="doomed"))
        await asyncio.sleep(0)
        doomed.cancel()
        await asyncio.gather(doomed, return_exceptions=True)
        await validator.check(PERSON, {"name": "next"}, what="it")

    using(use)


def test_checks_at_once_each_get_their_own_answer() -> None:
    async def use(validator: SchemaValidator) -> None:
        async def fits(number: int) -> bool:
            try:
                await validator.check({"const": number % 7}, number % 5, what="it")
            except ProtocolViolation:
                return False
            return True

        answers = await asyncio.gather(*(fits(number) for number in range(100)))
        assert answers == [number % 7 == number % 5 for number in range(100)]

    using(use)


def test_a_closed_validator_leaves_no_process_and_refuses() -> None:
    async def run() -> None:
        validator = SchemaValidator()
        await validator.start()
        worker = worker_of(validator)
        await validator.close()
        await validator.close()
        assert not Path(f"/proc/{worker}").exists()
        with pytest.raises(HostBugError, match="closed"):
            await validator.check(PERSON, {"name": "a"}, what="it")

    asyncio.run(run())


def test_the_first_check_starts_the_worker_by_itself() -> None:
    async def run() -> None:
        validator = SchemaValidator()
        await validator.check(PERSON, {"name": "a"}, what="it")
        await validator.close()

    asyncio.run(run())


def test_the_worker_gets_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")

    async def use(validator: SchemaValidator) -> None:
        environment = Path(f"/proc/{worker_of(validator)}/environ").read_bytes()
        assert b"SECRET_TOKEN" not in environment

    using(use)


def test_a_worker_that_cannot_start_is_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        monkeypatch.setattr(sys, "executable", "/nonexistent/python")
        with pytest.raises(HostBugError, match="could not be started"):
            await SchemaValidator().start()

    asyncio.run(run())


@pytest.mark.requirement("MCP-121")
def test_draft_07_keeps_its_own_rules() -> None:
    tuple_schema: JsonObject = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "items": [{"type": "string"}],
    }

    async def use(validator: SchemaValidator) -> None:
        await validator.check(tuple_schema, ["a", 1], what="it")
        with pytest.raises(ProtocolViolation, match="at `/0`"):
            await validator.check(tuple_schema, [1], what="it")

    using(use)


def test_a_hostile_schema_does_not_block_the_loop() -> None:
    async def use(validator: SchemaValidator) -> None:
        check = asyncio.ensure_future(validator.check(DOUBLING, 1, what="it"))
        turns = 0
        while not check.done():
            await asyncio.sleep(0.005)
            turns += 1
        assert isinstance(check.exception(), ProtocolViolation)
        assert turns > 10

    using(use)


def test_a_worker_that_ends_just_before_it_is_killed_is_no_unknown_child(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    look, reap = threading.Event(), os.waitpid

    def late(pid: int, options: int) -> tuple[int, int]:
        """Asyncio's watcher, on a machine without a moment to spare."""
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert look.wait(30)
        return reap(pid, options)

    monkeypatch.setattr(os, "waitpid", late)

    async def use(checker: SchemaValidator) -> None:
        await checker.check(PERSON, {"name": "Ada"}, what="it")
        asyncio.get_running_loop().call_later(1.5, look.set)

    using(use)
    assert "Unknown child process" not in caplog.text
