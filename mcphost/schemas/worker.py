"""The killable process that validates. Run as a script by `mcphost.schemas.pool`, never imported
by it.

Law: (1) it imports nothing of ours and has no way out: no environment, memory bounded by
`RLIMIT_AS`, no files to write, references never fetched; (2) each check may use a fixed amount of
processor time, then the kernel ends the process; the validator holds the interpreter lock, so no
thread of its own could; (3) one question, one answer, in order, over standard input and output:

    question   4 bytes length, then JSON text: schema; the same again: [dialect, instance]
    answer     4 bytes length, then JSON: {} | {"part": "schema" | "instance", "path": [...],
               "message": "..."}
"""

from __future__ import annotations

import gc
import json
import resource
import signal
import struct
import sys
from collections import OrderedDict
from typing import Any, BinaryIO

import jsonschema_rs

_COMPILED_KEPT = 128
_MESSAGE = 1_000
_DIALECTS: dict[str, Any] = {
    "2020-12": jsonschema_rs.Draft202012Validator,
    "draft-07": jsonschema_rs.Draft7Validator,
    # Looks its dialect up in the schema itself, and refuses the schema when it is not there.
    "embedded": jsonschema_rs.validator_for,
}
_UNUSABLE = (
    jsonschema_rs.ReferencingError,
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
)


class Checker:
    """Checks instances; keeps compiled schemas."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._compiled: OrderedDict[tuple[str, bytes], Any] = OrderedDict()

    def answer(self, schema: bytes, question: bytes) -> dict[str, Any]:
        """The answer to one question."""
        # SIGPROF is left at its default on purpose: it ends the process.
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        try:
            dialect, instance = json.loads(question)
            validator = self._validator(dialect, schema)
            error = next(validator.iter_errors(instance), None)
        except jsonschema_rs.ValidationError as problem:
            return _misfit("schema", problem)
        except _UNUSABLE as problem:
            return {"part": "schema", "path": [], "message": str(problem)[:_MESSAGE]}
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return {} if error is None else _misfit("instance", error)

    def _validator(self, dialect: str, schema: bytes) -> Any:
        key = (dialect, schema)
        if key not in self._compiled:
            # The linear engine: a pattern can be refused, but it cannot run away. Values are
            # masked: what a person typed must not travel into messages and logs.
            options: dict[str, Any] = {
                "pattern_options": jsonschema_rs.RegexOptions(),
                "offline": True,
                "mask": "the value",
            }
            parsed = json.loads(schema)
            if dialect == "embedded":
                rules = _embedded_dialect(parsed)
                jsonschema_rs.Draft202012Validator(rules, **options).validate(parsed)
            self._compiled[key] = _DIALECTS[dialect](parsed, **options)
            if len(self._compiled) > _COMPILED_KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(key)
        return self._compiled[key]


def _embedded_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    """What the schema says of its own dialect. There is exactly one such part: `dialects.py`."""
    name = schema["$schema"].removesuffix("#")
    for part in schema["$defs"].values():
        rules: Any = part
        if isinstance(part, dict) and rules.get("$id") == name:
            return rules
    raise ValueError(f"the schema does not describe its dialect, {name}")


def _misfit(part: str, error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    path = list(error.instance_path)[:64]
    return {"part": part, "path": path, "message": error.message[:_MESSAGE]}


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    (length,) = struct.unpack(">I", head)
    body = source.read(length)
    return body if len(body) == length else None


def _write(sink: BinaryIO, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    sink.write(struct.pack(">I", len(body)) + body)
    sink.flush()


def main(seconds: float, memory: int) -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What is parsed here has no cycles: looking for some would cost more than the checks.
    gc.disable()
    checker = Checker(seconds)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _write(sink, {})
    while (schema := _read(source)) is not None and (question := _read(source)) is not None:
        _write(sink, checker.answer(schema, question))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
