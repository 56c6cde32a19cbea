"""`mcphost policy check` and `mcphost policy explain`. No window and no server is needed.

Law: both read the policy as a run would, the managed rules of this computer included; what a row of
the log holds is decided anew, never believed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from mcphost.audit.reader import AuditReader
from mcphost.cli.session import print_json, say
from mcphost.domain.errors import NotConfigured, UserFacingError
from mcphost.domain.text import one_line
from mcphost.host.limit_book import managed_limits
from mcphost.host.managed import managed_place
from mcphost.host.policy import load_policy
from mcphost.policy.bundle import Rule
from mcphost.policy.explain import Explanation, explain, imagined, recorded
from mcphost.policy.given import with_facts
from mcphost.storage.paths import Paths


def check(arguments: argparse.Namespace) -> int:
    """Check the default bundle, the managed rules and budgets, and the given files."""
    place = managed_place()
    try:
        engine = load_policy(tuple(arguments.files), place)
        most, file = managed_limits(place)
    except NotConfigured:
        raise
    except UserFacingError as error:
        if arguments.json:
            print_json({"valid": False, "problem": str(error)})
        say(f"mcphost: {error}")
        return 1
    if arguments.json:
        rules = [_rule_json(rule) for rule in engine.rules]
        budgets = {limit.value: number for limit, number in most.items()}
        print_json(
            {"valid": True, "digest": engine.digest, "rules": rules, "managedBudgets": budgets}
        )
    for text in engine.texts:
        count = sum(rule.source == text.name for rule in engine.rules)
        say(f"{text.name}: rules: {count}{', managed' * text.managed}")
    if file is not None:
        at_most = ", ".join(f"{limit.value} {number}" for limit, number in most.items())
        say(f"{file[0]}: budgets at most: {at_most or 'as usual'}")
    for rule in engine.rules:
        if rule.idle:
            where = f"{rule.source}, line {rule.line}"
            say(f"{where}: rule {rule.id} permits, which has no effect in a managed policy")
    say(f"{len(engine.rules)} rules, digest {engine.digest}")
    return 0


def explanation(arguments: argparse.Namespace) -> int:
    """Say which rules decide an action, recorded or only thought of, and why."""
    engine = load_policy(tuple(arguments.policy))
    given = _pairs(arguments.fact)
    if (arguments.row is None) == (arguments.kind is None):
        raise NotConfigured("say which kind of action (for example tool_call), or --row N")
    if arguments.row is None:
        if arguments.server:
            given["server"] = arguments.server
        facts = imagined(
            arguments.kind, arguments.by, tool=arguments.tool, target=arguments.target, given=given
        )
        said = explain(engine, facts, given)
        _tell(said, None, as_json=arguments.json)
        return 0
    row = _row(arguments.row)
    facts, held = recorded(row)
    said = explain(engine, with_facts(facts, given), {*held, *given})
    _tell(said, row["data"], as_json=arguments.json)
    return 0


def _tell(said: Explanation, then: dict[str, Any] | None, *, as_json: bool) -> None:
    """The explanation, and what was decided *then* when it is about a row."""
    if as_json:
        names = ("verdict", "tier", "rules", "policy_digest")
        past = {} if then is None else {"recorded": {name: then.get(name) for name in names}}
        print_json(_said_json(said) | past)
        return
    print("\n".join(said.lines()))
    if then is not None:
        rules = ", ".join(one_line(str(rule)) for rule in then.get("rules", []))
        same = then.get("policy_digest") == said.decision.policy_digest
        policy = "the same policy" if same else "another policy than this one"
        print(f"recorded, under {policy}: {one_line(str(then.get('verdict')))}, by {rules}")


def _said_json(said: Explanation) -> dict[str, Any]:
    decision = said.decision
    return {
        "verdict": decision.verdict.value,
        "tier": int(decision.tier),
        "answer": said.answer,
        "reason": decision.reason,
        "ids": list(decision.rules),
        "rules": [_rule_json(rule) for rule in said.rules],
        "assumed": list(said.assumed),
        "policyDigest": decision.policy_digest,
    }


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "effect": "forbid" if rule.forbids else "permit",
        "tier": int(rule.tier),
        "reason": rule.reason,
        "file": rule.source,
        "line": rule.line,
        "idle": rule.idle,
    }


def _pairs(words: Sequence[str]) -> dict[str, str | bool | int]:
    given: dict[str, str | bool | int] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise NotConfigured(f"facts are given as NAME=VALUE, not {word!r}")
        given[name] = value
    return given


def _row(number: int) -> dict[str, Any]:
    path = Paths.from_environment().audit
    if not path.exists():
        raise NotConfigured("the log is empty: nothing has run here yet")
    with closing(AuditReader(path)) as reader:
        body = reader.row(number)
    if body is None:
        raise NotConfigured(f"the log has no row {number}")
    return json.loads(body)
