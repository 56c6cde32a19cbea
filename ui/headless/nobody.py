"""Nobody: the broker of a run without a person. Loop thread."""

from __future__ import annotations

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationRequest,
)


class Nobody:
    """A `ConsentBroker` for runs without a person: policy files consent, nobody else does."""

    @property
    def present(self) -> bool:
        """Never."""
        return False

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """There is nobody to ask."""
        return ConsentAnswer(
            request=request.id, answer=Answer.NOBODY, digest=request.digest, answered_by="nobody"
        )

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """There is nobody to ask."""
        return ElicitationAnswer(
            request=request.id, action=ElicitationAction.CANCEL, answered_by="nobody"
        )
