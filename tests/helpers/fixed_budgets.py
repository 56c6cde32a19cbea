"""Budgets that no person chose: as small or as large as a test wants them."""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.budget import Budget

BOUNDLESS = Budget(calls=10**9, at_once=10**9, size=10**15, rounds=10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """The budgets of every server and of each of its Apps."""

    server: Budget = BOUNDLESS
    app: Budget = BOUNDLESS
