"""How often a model may put questions in one task. A storm of prompts is answered by nobody well.

Law: a person's own acts and an App (`manners.py`) are not held to this; what is over the budget is
not asked, and the turn pauses. Used by `gate.ask`; loop thread.
"""

from __future__ import annotations

from mcphost.domain.action import Action
from mcphost.domain.principal import PrincipalKind

QUESTIONS_A_TASK = 6
_REMEMBERED = 200


class PromptBudget:
    """Questions asked for each task, by the gesture it began with."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._over: set[str] = set()

    def may_ask(self, action: Action) -> bool:
        """Whether *action* may put one more question; counts it."""
        task = action.lineage.gesture
        if action.principal.kind is not PrincipalKind.MODEL or task is None:
            return True
        while len(self._asked) > _REMEMBERED:
            oldest = next(iter(self._asked))
            del self._asked[oldest]
            self._over.discard(oldest)
        asked = self._asked.get(task, 0)
        if asked >= QUESTIONS_A_TASK:
            self._over.add(task)
            return False
        self._asked[task] = asked + 1
        return True

    def is_over(self, task: str | None) -> bool:
        """Whether a question of *task* was not asked any more."""
        return task in self._over
