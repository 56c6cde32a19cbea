"""Policy texts to one Cedar policy set, keyed by `@id`, or a refusal that names file and line.

Law: (1) a text that does not parse, does not fit the schema, uses templates or repeats an id is
refused whole: a policy that was half understood decides nothing; (2) a rule keeps its `@id`, a rule
without one is named after its file and line. Called once by `policy.engine`. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import cedarpy

from mcphost.domain.decision import Tier
from mcphost.domain.errors import UserFacingError
from mcphost.domain.text import one_line

_STATEMENT_PARTS = re.compile(r'//[^\n]*|"(?:[^"\\]|\\.)*"|;|\s+|[^;"/\s]+|/', re.DOTALL)
_TIERS = {str(tier.value): tier for tier in Tier}
MAX_POLICY_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy statement: its name in the log, and its own words for a person."""

    id: str
    reason: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A parsed, validated policy set and what its rules say of themselves."""

    policies: cedarpy.PolicySet
    rules: dict[str, Rule]


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    line: int
    text: str

    def refuse(self, why: str) -> UserFacingError:
        return UserFacingError(
            f"policy file {self.name}, line {self.line}: {one_line(why, limit=400)}. "
            "Correct the file and start again; nothing runs under a policy that was not understood."
        )


def load_bundle(texts: Sequence[tuple[str, str]], schema: cedarpy.Schema) -> Bundle:
    """Parse and check every text. Raises `UserFacingError` naming file and line."""
    rules: dict[str, Rule] = {}
    static: dict[str, Any] = {}
    for name, text in texts:
        if len(text) > MAX_POLICY_TEXT:
            raise _Statement(name, 1, "").refuse(f"it is longer than {MAX_POLICY_TEXT} characters")
        for statement in _statements(name, text):
            rule, policy = _parse(statement, schema)
            if rule.id in rules:
                raise statement.refuse(f'the id "{rule.id}" is already taken')
            rules[rule.id] = rule
            static[rule.id] = policy
    whole: dict[str, Any] = {"templates": {}, "staticPolicies": static, "templateLinks": []}
    return Bundle(policies=cedarpy.PolicySet.from_json_str(json.dumps(whole)), rules=rules)


def _parse(statement: _Statement, schema: cedarpy.Schema) -> tuple[Rule, Any]:
    try:
        parsed = cast("dict[str, Any]", json.loads(cedarpy.policies_to_json_str(statement.text)))
    except ValueError as error:
        raise statement.refuse(str(error)) from error
    if parsed["templates"]:
        raise statement.refuse("templates (?principal, ?resource) are not supported")
    found = cedarpy.validate_policies(statement.text, schema)  # pyright: ignore[reportUnknownMemberType]  # its dict is bare
    if not found.validation_passed:
        # The same mistake is reported once for every action that the rule could be about.
        first = found.errors[0].error.replace("for policy `policy0`, ", "")
        raise statement.refuse(first)
    (policy,) = parsed["staticPolicies"].values()
    notes = cast("dict[str, str]", policy.get("annotations", {}))
    ident = notes.get("id") or f"{statement.name}:{statement.line}"
    tier = notes.get("tier", str(Tier.SHOW_ARGUMENTS.value))
    if tier not in _TIERS:
        raise statement.refuse(f'the tier "{tier}" is not one of {", ".join(_TIERS)}')
    reason = notes.get("reason") or f"rule {ident} applies"
    return Rule(id=ident, reason=one_line(reason, limit=400), tier=_TIERS[tier]), policy


def _statements(name: str, text: str) -> Iterator[_Statement]:
    """Cut *text* at the semicolons that are neither in a string nor in a comment."""
    line, start, parts = 1, 0, list[str]()
    position = 0
    while position < len(text):
        found = _STATEMENT_PARTS.match(text, position)
        part = found.group() if found else text[position:]
        position += len(part)
        if not part.startswith("//") and not part.isspace():
            start = start or line
            parts.append(part)
        else:
            parts.append("\n" if "\n" in part else " ")
        line += part.count("\n")
        if part == ";":
            yield _Statement(name, start, "".join(parts))
            start, parts = 0, []
    if start:
        yield _Statement(name, start, "".join(parts))
