"""The person in the demo's walk-through: a script that answers, and says that it is one.

Every answer carries `answered_by="script"`, so the log never claims that a human decided. Loop
thread; used by the headless demo and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcphost.domain.consent import (
    Answer,
    ConsentAnswer,
    ConsentRequest,
    ElicitationAction,
    ElicitationAnswer,
    ElicitationMode,
    ElicitationRequest,
    FieldType,
    FormField,
)
from mcphost.domain.json import Json, digest
from mcphost.domain.text import visible


@dataclass(slots=True)
class ScriptedPerson:
    """A `ConsentBroker` that says yes to the demo and remembers what it was asked."""

    asked: list[str] = field(default_factory=list[str])
    elicited: list[str] = field(default_factory=list[str])

    @property
    def present(self) -> bool:
        """It plays a person who is there."""
        return True

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        """Say yes, bound to exactly what was shown."""
        shown = f"{request.verb}: {request.subject}, exactly {visible(request.canonical.decode())}"
        self.asked.append(shown)
        return ConsentAnswer(
            request=request.id,
            answer=Answer.ALLOW,
            digest=request.digest,
            presented=digest(shown.encode()),
            answered_by="script",
        )

    async def ask_elicitation(self, request: ElicitationRequest) -> ElicitationAnswer:
        """Fill the form plausibly; decline to open addresses."""
        self.elicited.append(f"{request.message} ({request.cause})")
        if request.mode is ElicitationMode.URL:
            return ElicitationAnswer(
                request=request.id, action=ElicitationAction.DECLINE, answered_by="script"
            )
        return ElicitationAnswer(
            request=request.id,
            action=ElicitationAction.ACCEPT,
            content={each.name: _value(each) for each in request.fields},
            answered_by="script",
        )


def _value(field: FormField) -> Json:
    """The default, else something that fits."""
    if field.default is not None:
        return list(field.default) if isinstance(field.default, tuple) else field.default
    match field.type:
        case FieldType.BOOLEAN:
            return True
        case FieldType.INTEGER | FieldType.NUMBER:
            return int(field.minimum if field.minimum is not None else 1)
        case FieldType.ENUM:
            return field.choices[0][0]
        case FieldType.MULTI_ENUM:
            return [value for value, _ in field.choices[: max(field.min_items or 1, 1)]]
        case FieldType.STRING if field.format == "date":
            return "2027-03-01"
        case FieldType.STRING if field.format == "email":
            return "gardener@example.com"
        case FieldType.STRING:
            return "Ada from the demo"[: field.max_length]
