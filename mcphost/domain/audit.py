"""Audit records: the kinds, and the value a room hands to the log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from mcphost.domain.action import Action
from mcphost.domain.ids import Digest
from mcphost.domain.json import JsonObject


class AuditKind(StrEnum):
    """Every kind of row. A kind without a heading in `resources/help/audit.md` fails the suite."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    POLICY_LOADED = "policy_loaded"
    POLICY_REFUSED = "policy_refused"
    ACTION_DECIDED = "action_decided"
    CONSENT_ASKED = "consent_asked"
    CONSENT_ANSWERED = "consent_answered"
    GRANT_ISSUED = "grant_issued"
    GRANT_USED = "grant_used"
    GRANT_EXPIRED = "grant_expired"
    GRANT_REVOKED = "grant_revoked"
    TOOL_PINNED = "tool_pinned"
    TOOL_CHANGED = "tool_changed"
    TOOL_REVIEWED = "tool_reviewed"
    FRAME_INTENDED = "frame_intended"
    FRAME_REFUSED = "frame_refused"
    ACTION_FINISHED = "action_finished"
    ACTION_FAILED = "action_failed"
    TASK_STARTED = "task_started"
    ELICITATION_ASKED = "elicitation_asked"
    ELICITATION_ANSWERED = "elicitation_answered"
    ELICITATION_REFUSED = "elicitation_refused"
    AUTHORIZATION_REQUEST = "authorization_request"
    AUTHORIZATION_OUTCOME = "authorization_outcome"
    SIGN_IN_STARTED = "sign_in_started"
    SIGN_IN_OPENED = "sign_in_opened"
    SIGN_IN_FINISHED = "sign_in_finished"
    SIGNED_OUT = "signed_out"
    SERVER_ADDED = "server_added"
    SERVER_REMOVED = "server_removed"
    SERVER_STARTED = "server_started"
    SERVER_STOPPED = "server_stopped"
    SERVER_CONNECTED = "server_connected"
    TEMPLATE_FETCHED = "template_fetched"
    TEMPLATE_REVIEWED = "template_reviewed"
    TEMPLATE_REFUSED = "template_refused"
    VIEW_OPENED = "view_opened"
    VIEW_CLOSED = "view_closed"
    VIEW_INCIDENT = "view_incident"
    APP_GRANT_ISSUED = "app_grant_issued"
    APP_GRANT_REVOKED = "app_grant_revoked"
    APP_TOOLS_LISTED = "app_tools_listed"
    SELF_TEST_FINISHED = "self_test_finished"
    KILL_SWITCH_TURNED = "kill_switch_turned"
    KILL_SWITCH_APPLIED = "kill_switch_applied"
    BREAKER_TURNED = "breaker_turned"
    SETTING_CHANGED = "setting_changed"
    ROWS_DROPPED = "rows_dropped"
    """Records nobody waited for came faster than the disk: *count* of them are missing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What happened. The log adds sequence number, time, run id and the chain. *data* holds no
    secrets.
    """

    kind: AuditKind
    data: JsonObject
    invocation: str | None = None
    principal: str | None = None
    lineage: str | None = None
    server: str | None = None
    view: str | None = None
    follows: AuditRecord | None = None
    """A decision that is written with this record: the row before it, in the same commit."""

    def rows(self, seq: int) -> tuple[AuditRecord, ...]:
        """What is written of this record, the first as row *seq*. The number of a decision that it
        follows goes into its own `decided_seq`.
        """
        if self.follows is None:
            return (self,)
        return (self.follows, replace(self, follows=None, data={**self.data, "decided_seq": seq}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReceipt:
    """Proof that a record is durable: its sequence number and the digest of its row."""

    seq: int
    digest: Digest


def record_of(action: Action, kind: AuditKind, data: JsonObject) -> AuditRecord:
    """A record about *action*, with its principal, lineage, server, view and invocation."""
    return AuditRecord(
        kind=kind,
        data=data,
        invocation=action.invocation,
        principal=str(action.principal),
        lineage=action.lineage.root.value,
        server=action.server,
        view=action.view,
    )
