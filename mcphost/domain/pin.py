"""How a tool is remembered, and how what a server offers now differs from that. Data only.

Law: a pin is of one server identity and one tool name, never of what a server calls itself; a
change says what kind it is in the host's own words, beside the server's words before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import Digest, ServerKey

FIRST_SEEN = "host:host"
"""The reviewer of a tool that was remembered as it was first seen: nobody has looked at it."""


class ChangeKind(StrEnum):
    """What kind of change it is, the weightiest first."""

    ARGUMENT_ADDED = "new argument"
    ARGUMENT_REMOVED = "removed argument"
    ARGUMENT_WIDENED = "takes more than before"
    ARGUMENT_NARROWED = "takes less than before"
    DESCRIPTION = "description"
    ARGUMENT_TEXT = "words about an argument"
    ANNOTATION = "what it claims to do"
    VISIBILITY = "who may call it"
    TEMPLATE = "App that it draws with"
    RESULT = "shape of the result"
    TITLE = "title"
    OTHER = "other part"


WHY: dict[ChangeKind, str] = {
    ChangeKind.ARGUMENT_ADDED: "A model fills in whatever is asked for: more may leave.",
    ChangeKind.ARGUMENT_REMOVED: "What narrowed a call may be gone.",
    ChangeKind.ARGUMENT_WIDENED: "Values that were refused before would be sent now.",
    ChangeKind.ARGUMENT_NARROWED: "Calls that worked may be refused, or mean something else.",
    ChangeKind.DESCRIPTION: "A model reads this and acts on it; orders to it could stand here.",
    ChangeKind.ARGUMENT_TEXT: "A model reads this and acts on it; orders to it could stand here.",
    ChangeKind.ANNOTATION: "It is the server's own claim; what it does must be judged anew.",
    ChangeKind.VISIBILITY: "Another kind of caller could use it.",
    ChangeKind.TEMPLATE: "Another page would be drawn with the arguments and the result.",
    ChangeKind.RESULT: "What comes back into the conversation may be something else.",
    ChangeKind.TITLE: "It would be shown under another name.",
    ChangeKind.OTHER: "mcphost does not know what this part means.",
}
"""Why a person is asked about it."""

HARMLESS = frozenset({ChangeKind.TITLE, ChangeKind.TEMPLATE, ChangeKind.VISIBILITY})
"""Kinds that say nothing of what a tool does: its effect class survives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChange:
    """One difference. *what* names the part; *before* and *after* are the server's, unsanitised."""

    kind: ChangeKind
    what: str
    untrusted_before: str = ""
    untrusted_after: str = ""

    @property
    def why(self) -> str:
        """Why a person is asked about it."""
        return WHY[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPin:
    """What is remembered of one tool. *offered* and *changes* only while it is suspended."""

    server: ServerKey
    identity: Digest
    tool: str
    digest: Digest
    pinned_at: float
    reviewer: str
    """`host:host` when it was remembered as first seen."""
    offered: Digest | None = None
    offered_at: float | None = None
    changes: tuple[ToolChange, ...] = ()

    @property
    def suspended(self) -> bool:
        """Whether nothing may call it until somebody has looked."""
        return self.offered is not None
