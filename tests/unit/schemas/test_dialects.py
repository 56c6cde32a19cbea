"""A dialect that a schema brings along counts, and nothing less than that. With the real worker."""

from __future__ import annotations

import asyncio
import json

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.schemas.bounds import MAX_BYTES, MAX_DEPTH, MAX_SUBSCHEMAS, encode_schema
from mcphost.schemas.dialects import Dialect
from mcphost.schemas.pool import SchemaValidator

NAME = "https://author.example/dialect"
PLAIN = "https://json-schema.org/draft/2020-12/"
CORE, APPLICATOR, VALIDATION = (
    f"{PLAIN}vocab/{vocabulary}" for vocabulary in ("core", "applicator", "validation")
)
SCHEMA: JsonObject = {"$schema": NAME, "properties": {"age": {"minimum": 18}, "no": False}}


def dialect(*required: str, **changed: Json) -> dict[str, Json]:
    return {
        "$schema": f"{PLAIN}schema",
        "$id": NAME,
        "$vocabulary": dict.fromkeys((CORE, APPLICATOR, *required), True),
        "$dynamicAnchor": "meta",
        "allOf": [{"$ref": f"{PLAIN}meta/core"}, {"$ref": f"{PLAIN}meta/applicator"}],
        **changed,
    }


def with_dialect(described: Json, **more: Json) -> JsonObject:
    return {**SCHEMA, "$defs": {"dialect": described}, **more}


def answer(schema: JsonObject, instance: Json) -> str:
    async def run() -> str:
        validator = SchemaValidator()
        try:
            await validator.check(schema, instance, what="it")
        except ProtocolViolation as violation:
            return str(violation)
        finally:
            await validator.close()
        return "fits"

    return asyncio.run(run())


@pytest.mark.requirement("MCP-121")
def test_a_schema_is_checked_by_the_dialect_it_brings_along() -> None:
    assert answer(with_dialect(dialect()), {"age": 3}) == "fits"
    assert "does not fit" in answer(with_dialect(dialect(VALIDATION)), {"age": 3})
    assert "does not fit" in answer(with_dialect(dialect()), {"no": 1})


def test_a_vocabulary_that_is_not_required_may_be_unknown() -> None:
    optional = dialect(**{"$vocabulary": {CORE: True, APPLICATOR: True, "urn:more": False}})
    assert answer(with_dialect(optional), {"age": 3}) == "fits"


def test_a_schema_that_breaks_the_rules_of_its_own_dialect_is_unusable() -> None:
    strict = dialect(properties={"x-unit": {"enum": ["kg", "m"]}})
    assert "the schema is unusable" in answer(with_dialect(strict, **{"x-unit": "inch"}), {})
    assert answer(with_dialect(strict, **{"x-unit": "kg"}), {}) == "fits"


def test_a_dialect_that_takes_too_long_costs_its_own_check() -> None:
    doubling: dict[str, Json] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(25)
    }
    slow = dialect(**{"$defs": {**doubling, "d25": {"not": False}}, "$ref": "#/$defs/d0"})
    assert "checking took longer than" in answer(with_dialect(slow), {})


@pytest.mark.requirement("MCP-121")
@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (SCHEMA, NAME),
        ({**SCHEMA, "properties": {"dialect": dialect()}}, NAME),
        (with_dialect(5), NAME),
        (with_dialect(dialect(**{"$id": f"{NAME}/2"})), NAME),
        (with_dialect(dialect(), also={"not": dialect()}), "more than once"),
        (with_dialect(dialect(), **{"$defs": {"a": dialect(), "b": dialect()}}), NAME),
        (with_dialect(dialect(**{"$schema": None})), "not described in"),
        (with_dialect(dialect(**{"$schema": NAME})), "not described in"),
        (with_dialect(dialect(**{"$schema": "http://json-schema.org/draft-07/schema#"})), "not de"),
        (with_dialect(dialect(**{"$vocabulary": None})), "needs the core"),
        (with_dialect(dialect(**{"$vocabulary": {CORE: False}})), "needs the core"),
        (with_dialect(dialect("urn:more")), "an unknown vocabulary, urn:more"),
        (with_dialect(dialect(f"{PLAIN}vocab/format-assertion")), "an unknown vocabulary"),
        (with_dialect(dialect(**{"$vocabulary": {CORE: True, "urn:x": 1}})), "urn:x"),
        (with_dialect(dialect(), **{"$schema": ""}), ""),
        ({"properties": {"a": with_dialect(dialect())}}, NAME),
        ({**SCHEMA, "$schema": "b", "$id": "http://a/", "$defs": {"d": dialect()}}, "b"),
    ],
)
def test_a_dialect_that_is_not_wholly_brought_along_is_refused(
    schema: JsonObject, why: str
) -> None:
    with pytest.raises(ProtocolViolation, match=f"its dialect is not supported: .*{why}"):
        encode_schema(schema)


def test_the_bounds_count_the_dialect_as_well() -> None:
    deep: Json = {}
    for _ in range(MAX_DEPTH):
        deep = {"not": deep}
    for extra, why in (
        ({"title": "x" * MAX_BYTES}, "larger than"),
        ({"not": deep}, "levels deep"),
        ({"allOf": [{}] * MAX_SUBSCHEMAS}, "subschemas"),
        ({"$ref": "https://elsewhere.example/"}, "never followed"),
    ):
        with pytest.raises(ProtocolViolation, match=why):
            encode_schema(with_dialect(dialect(**extra)))


def test_a_dialect_may_speak_of_names_itself() -> None:
    spoken = dialect(properties={"$id": {"type": "string"}, "$schema": {"type": "string"}})
    assert encode_schema(with_dialect(spoken))[0] is Dialect.EMBEDDED
    assert json.loads(encode_schema(with_dialect(spoken))[1]) == with_dialect(spoken)
