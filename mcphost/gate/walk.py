"""One walk down the path: what the steps of one action share. Never leaves the gate.

Law: *approved* is fixed by `parse`, or by `edit`, before the decision on it; everything later is
compared to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import rfc8785

from mcphost.domain.action import Action
from mcphost.domain.audit import AuditRecord
from mcphost.domain.conversation import RunState
from mcphost.domain.decision import Decision
from mcphost.domain.errors import McpHostError
from mcphost.domain.flow import NO_FLOW, Flow
from mcphost.domain.grant import Grant
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, canonical_bytes, digest
from mcphost.domain.ports import Kept
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Effect, Tool
from mcphost.gate.tap import Tap
from mcphost.gate.watch import Watcher

StateListener = Callable[[RunState], None]


@dataclass(slots=True, kw_only=True)
class Walk:
    """The mutable record of one `Gate.perform`."""

    action: Action
    tool: Tool | None
    config: ServerConfig | None
    canonical: bytes
    """The exact RFC 8785 bytes of `{"method", "params"}` that are decided and shown."""
    approved: Digest
    started: float
    on_state: StateListener | None = None
    effect: Effect = Effect.UNKNOWN
    decision: Decision | None = None
    flow: Flow = NO_FLOW
    """Where the data of the action comes from, at the latest decision."""
    decided_seq: int = 0
    ahead: bool = False
    """Whether a plain yes may wait for the walk's next row (`gate.evidence`)."""
    held: AuditRecord | None = None
    """The decision's row, while it waits."""
    consented: bool = False
    grant: Grant | None = None
    """The grant that stands in for a question; a use of it was taken for this walk."""
    again: str = ""
    """Why the same request is decided a second time; empty the first time."""
    edits: int = 0
    """How often a person answered with other arguments, also with some that were not taken."""
    changed: bool = False
    """Whether *action* has arguments that a person put in."""
    round: int = 0
    inputs: int = 0
    """Questions the server has asked in this walk."""
    executed: list[Digest] = field(default_factory=list[Digest])
    """Digests of the requests that were sent, one for each round."""
    schema_valid: bool | None = None
    tool_error: bool = False
    """Whether the tool itself said `isError`."""
    text: str = ""
    """The result's text fallback, sanitised; set by `check`."""
    traceparent: str | None = None
    sign_ins: int = 0
    """How often a person was put before an authorization server for this walk."""
    answers: set[Digest] = field(default_factory=set[Digest])
    """Digests of the answers that legacy questions were given; only these may go out."""
    kept: Kept | None = None
    """That an answer was given before and nothing was sent for it, or that it could not be."""
    watcher: Watcher | None = None
    """Who shows the call while it lasts; without one there is no task and no progress."""
    tap: Tap | None = None
    """Who listens; hears what the walk comes to and changes nothing."""
    refusal: McpHostError | None = None
    """Why a legacy question was refused: told to the caller when the call then fails."""

    received: int = 0
    """Bytes of the result, in its canonical form."""
    result_digest: Digest | None = None

    def weigh(self, result: JsonObject) -> None:
        """Note how large *result* is, and its digest, from one pass over it."""
        form = canonical_any(result)
        self.received, self.result_digest = len(form), digest(form)
        if self.tap is not None and self.executed:
            self.tap.came("answer", form)

    def enter(self, state: RunState) -> None:
        """Tell whoever watches where the action is."""
        if self.on_state is not None:
            self.on_state(state)

    @property
    def may_prompt(self) -> bool:
        """Whether a question may be drawn for this chain, and is declared on the wire."""
        return self.action.lineage.may_prompt


def digest_any(value: Json) -> Digest:
    """A digest of whatever a server sent."""
    return digest(canonical_any(value))


def canonical_any(value: Json) -> bytes:
    """The bytes of whatever a server sent; canonical where RFC 8785 can carry it."""
    try:
        return canonical_bytes(value)
    except (rfc8785.CanonicalizationError, UnicodeError):
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def request_bytes(method: str, params: JsonObject) -> bytes:
    """The canonical form of a request: what is approved and what is compared at the wire."""
    request: dict[str, Json] = {
        "method": method,
        "params": {key: value for key, value in params.items() if key != "_meta"},
    }
    return canonical_bytes(request)


def request_digest(method: str, params: JsonObject) -> Digest:
    """SHA-256 of `request_bytes`."""
    return digest(request_bytes(method, params))
