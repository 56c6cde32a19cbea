"""Policy texts to Cedar policy sets, keyed by `@id`, or a refusal that names file and line.

Law: (1) a text that does not parse, does not fit the schema, uses templates or repeats an id is
refused whole: a policy that was half understood decides nothing; (2) a rule keeps its `@id`, a rule
without one is named after its file and line; (3) of managed texts only what forbids counts, so that
they can tighten and nothing else; (4) a rule is left out of an evaluation only where its head,
which names no fact, cannot fit. Called once by `policy.engine`. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import cedarpy

from mcphost.domain.decision import Tier
from mcphost.domain.errors import UserFacingError
from mcphost.domain.text import one_line
from mcphost.policy.facts import NAMESPACE

_STATEMENT_PARTS = re.compile(r'//[^\n]*|"(?:[^"\\]|\\.)*"|;|\s+|[^;"/\s]+|/', re.DOTALL)
_TIERS = {str(tier.value): tier for tier in Tier}
MAX_POLICY_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy statement: its name in the log, and its own words for a person."""

    id: str
    reason: str
    tier: Tier
    forbids: bool
    source: str
    """The file, and the line where the rule begins."""
    line: int
    idle: bool = False
    """A managed rule that permits: it has no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Parsed, validated rules, and what they say of themselves."""

    rules: dict[str, Rule]
    parsed: dict[str, Any]
    """Each rule that counts, as Cedar's own JSON."""
    _about: dict[tuple[str, str], cedarpy.PolicySet] = field(
        default_factory=dict[tuple[str, str], cedarpy.PolicySet], compare=False
    )

    def about(self, principal: str, action: str) -> cedarpy.PolicySet:
        """The rules whose head can fit a principal of that type and that action: no other can have
        a say, whatever the facts are, and most of the time would go into passing them by.
        """
        found = self._about.get((principal, action))
        if found is None:
            fitting = {
                ident: rule
                for ident, rule in self.parsed.items()
                if _fits_action(rule["action"], action) and _fits_type(rule["principal"], principal)
            }
            found = self._about[principal, action] = policy_set(fitting)
        return found


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One file: its name, what it says, and whether it is the system's."""

    name: str
    text: str
    managed: bool = False


@dataclass(frozen=True, slots=True)
class _Statement:
    name: str
    line: int
    text: str
    managed: bool

    def refuse(self, why: str) -> UserFacingError:
        named = re.search(r'@id\("([^"\n]{1,120})"\)', self.text)
        rule = f' (rule "{one_line(named.group(1))}")' if named else ""
        return UserFacingError(
            f"policy file {self.name}, line {self.line}{rule}: {one_line(why, limit=400)}. "
            "Correct the file and start again; nothing runs under a policy that was not understood."
        )


def load_bundle(texts: Sequence[PolicyText], schema: cedarpy.Schema) -> Bundle:
    """Parse and check every text. Raises `UserFacingError` naming file and line."""
    rules: dict[str, Rule] = {}
    static: dict[str, Any] = {}
    for each in texts:
        for statement in _bounded(each):
            rule, policy = _parse(statement, schema)
            if rule.id in rules:
                raise statement.refuse(f'the id "{rule.id}" is already taken')
            rules[rule.id] = rule
            if not rule.idle:
                static[rule.id] = policy
    return Bundle(rules=rules, parsed=static)


def policy_set(parsed: dict[str, Any]) -> cedarpy.PolicySet:
    """Rules that were checked one by one, as Cedar evaluates them."""
    whole: dict[str, Any] = {"templates": {}, "staticPolicies": parsed, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(whole))


def _fits_action(head: dict[str, Any], action: str) -> bool:
    """Actions have no groups in our schema: `in` names each of them."""
    match head:
        case {"op": "==" | "in", "entity": {"id": ident}}:
            return ident == action
        case {"op": "in", "entities": entities}:
            return any(entity["id"] == action for entity in entities)
        case _:
            return True


def _fits_type(head: dict[str, Any], principal: str) -> bool:
    match head:
        case {"op": "==", "entity": {"type": kind}} | {"op": "is", "entity_type": kind}:
            return kind == f"{NAMESPACE}::{principal}"
        case _:
            return True


def _bounded(each: PolicyText) -> Iterator[_Statement]:
    if len(each.text) > MAX_POLICY_TEXT:
        start = _Statement(each.name, 1, "", each.managed)
        raise start.refuse(f"it is longer than {MAX_POLICY_TEXT} characters")
    return _statements(each)


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
    forbids = policy["effect"] == "forbid"
    rule = Rule(
        id=ident,
        reason=one_line(reason, limit=400),
        tier=_TIERS[tier],
        forbids=forbids,
        source=statement.name,
        line=statement.line,
        idle=statement.managed and not forbids,
    )
    return rule, policy


def _statements(each: PolicyText) -> Iterator[_Statement]:
    """Cut a text at the semicolons that are neither in a string nor in a comment."""
    text = each.text
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
            yield _Statement(each.name, start, "".join(parts), each.managed)
            start, parts = 0, []
    if start:
        yield _Statement(each.name, start, "".join(parts), each.managed)
