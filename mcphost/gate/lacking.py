"""`-32021`: a server cannot answer without a capability that was not declared on this request.

Law: capabilities follow the lineage and are never widened because a server wants it; the person is
told what to do instead. Pure.
"""

from __future__ import annotations

from mcphost.domain.errors import ServerRefused, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.gate import words
from mcphost.gate.walk import Walk
from mcphost.protocol.mcp import MISSING_CAPABILITY, TASKS_EXTENSION, object_or_empty


def lacking(walk: Walk, refusal: ServerRefused) -> UserFacingError | None:
    """What *refusal* means for a person; None when it is about something else."""
    if refusal.code != MISSING_CAPABILITY:
        return None
    data: Json = refusal.data  # type: ignore[assignment]
    required = object_or_empty(object_or_empty(data).get("requiredCapabilities"))
    server, thing = words.title_of(walk.config), words.subject(walk)
    if "elicitation" in required:
        return UserFacingError(
            f"{server} needs your input for {thing}, and this call could not ask you: it was not "
            "begun by you, or nobody is here to answer. Run it yourself in the window."
        )
    if TASKS_EXTENSION in object_or_empty(required.get("extensions")):
        return UserFacingError(
            f"{server} does {thing} only as a task that goes on after its answer, and this call "
            "has nobody who could follow it. Run it yourself in the window."
        )
    return UserFacingError(
        f"{server} needs something for {thing} that mcphost does not offer: {_names(required)}. "
        "Nothing was done."
    )


def _names(required: JsonObject) -> str:
    names = [*(key for key in required if key != "extensions")]
    names += object_or_empty(required.get("extensions")).keys()
    return one_line(", ".join(names), limit=200) or "it does not say what"
