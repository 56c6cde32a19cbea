"""Somebody who is always there and follows one simple script: for runs that test this program.

Law: (1) consents to exactly what is asked, once; (2) accepts a form with its own defaults and makes
nothing up: a form that requires more is declined, and so is every address to be opened; (3) its
answers say in the log that they came from a script. Never used for a person's own servers.

Loop thread.
"""

from __future__ import annotations

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
    FormField,
)
from mcphost.domain.json import Json

_BY = "script"


class StandIn:
    """A `ConsentBroker` without a person."""

    @property
    def present(self) -> bool:
        """Always: what it would not answer, it declines."""
        return True

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """Yes, once."""
        return ConsentAnswer(
            request=request.id, answer=Answer.ALLOW, digest=request.digest, answered_by=_BY
        )

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """The form's own defaults, or a refusal."""
        lacking = any(field.required and field.default is None for field in request.fields)
        if request.mode is ElicitationMode.URL or lacking:
            return ElicitationAnswer(
                request=request.id, action=ElicitationAction.DECLINE, answered_by=_BY
            )
        return ElicitationAnswer(
            request=request.id,
            action=ElicitationAction.ACCEPT,
            content={f.name: _value(f) for f in request.fields if f.default is not None},
            answered_by=_BY,
        )


def _value(field: FormField) -> Json:
    return list(field.default) if isinstance(field.default, tuple) else field.default
