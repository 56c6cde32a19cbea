"""Reads `truth_table.txt`: cases of the default policy; people wrote the answers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any

from mcphost.domain.action import ActionKind
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.lineage import Root
from mcphost.domain.principal import HOST, USER
from mcphost.policy.facts import Facts
from mcphost.policy.given import with_facts
from tests.helpers.gate_parts import APP, AUTOMATION, MODEL

TABLE = Path(__file__).with_name("truth_table.txt")
WHO = {"user": USER, "model": MODEL, "app": APP, "cli": AUTOMATION, "host": HOST}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case: where it is written, what is asked, and the answer: `ask2 ask-write-tool`."""

    line: int
    facts: Facts
    answer: str


def said(decision: Decision) -> str:
    """A decision as the table writes it."""
    tier = int(decision.tier) if decision.verdict is Verdict.ASK else ""
    return f"{decision.verdict.value}{tier} {','.join(decision.rules)}"


def cases() -> list[Case]:
    """Every case of the table."""
    base: dict[str, str] = {}
    found: list[Case] = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        words = line.partition("#")[0].split()
        if words[:1] == ["base"]:
            base |= dict(word.split("=") for word in words[1:])
        elif words:
            found += _cases(number, words, base)
    return found


def _cases(number: int, words: list[str], base: dict[str, str]) -> list[Case]:
    arrow = words.index("->")
    whos, roots, kinds = (word.split("|") for word in words[:3])
    different = dict(word.split("=") for word in words[3:arrow])
    answer = " ".join(words[arrow + 1 :])
    return [
        Case(line=number, facts=_facts(who, root, kind, base | different), answer=answer)
        for who, root, kind in product(whos, roots, kinds)
    ]


def _facts(who: str, root: str, kind: str, given: dict[str, str]) -> Facts:
    bare = Facts(
        kind=ActionKind(kind),
        principal=WHO[who],
        root=Root(root),
        tool="buy",
        target=given.get("target", ""),
    )
    return with_facts(bare, {name: each for name, each in given.items() if name != "target"})


def flipped(facts: Facts, name: str) -> list[Facts]:
    """*facts* with one of them at every other value that it can have."""
    default: Any = next(field.default for field in fields(Facts) if field.name == name)
    now: Any = getattr(facts, name)
    others: list[Any] = [default]
    if isinstance(now, bool):
        others = [not now]
    return [replace(facts, **{name: other}) for other in others if other != now]
