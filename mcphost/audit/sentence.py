"""A row of the log as one sentence for a person.

Law: pure and total: any bytes give an `AuditLine`, and missing or odd fields give a shorter
sentence, never an error. Every word that came from outside passes `one_line`. The sentence is for
reading; the row's bytes are the evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from mcphost.domain.audit import AuditKind
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.summaries import AuditLine
from mcphost.domain.text import one_line

_WORD = 120
_SENTENCE = 400
_REFUSING_ERRORS = frozenset({"PolicyDenied", "ConsentRefused", "policy_denied", "refused"})


@dataclass(frozen=True, slots=True)
class _Row:
    """The parsed fields of one row."""

    fields: JsonObject
    data: JsonObject

    def field(self, name: str) -> str:
        value = self.fields.get(name)
        return one_line(value, limit=_WORD) if isinstance(value, str) else ""

    def word(self, *names: str) -> str:
        """The first of the data fields *names* that says anything, as text."""
        for name in names:
            if text := _as_text(self.data.get(name)):
                return text
        return ""

    def after(self, lead: str, *names: str) -> str:
        """*lead* and the first of *names*, or nothing."""
        text = self.word(*names)
        return f"{lead}{text}" if text else ""

    @property
    def who(self) -> str:
        kind, _, ident = self.field("principal").partition(":")
        match kind:
            case "user":
                return "You"
            case "model":
                return f"The model {ident}".rstrip()
            case "view":
                whose = f" of {self.field('server')}" if self.field("server") else ""
                return f"The App{whose} (View {ident})"
            case "automation":
                return "The automation policy"
            case "host":
                return "The host"
            case _:
                return "Somebody"

    @property
    def server(self) -> str:
        return self.field("server") or self.word("server") or "of unknown name"

    @property
    def view(self) -> str:
        return f"the View {self.field('view')}" if self.field("view") else "a View"

    @property
    def deed(self) -> str:
        """What is being done, to what, where; follows `to`."""
        deed = (
            _DEEDS.get(self.word("action"))
            or _DEEDS.get(self.word("method"))
            or _lower(self.word("verb"))
            or self.after("use ", "method")
            or "act"
        )
        thing = self.word("tool", "subject", "uri", "url", "host", "file", "name")
        where = f" on the server {self.field('server')}" if self.field("server") else ""
        return f"{deed} {thing}".rstrip() + where


_DEEDS = {
    "tool_call": "call the tool",
    "tools/call": "call the tool",
    "task": "follow the server's task for",
    "tasks/get": "look at the server's task",
    "tasks/update": "answer the server's task",
    "tasks/cancel": "cancel the server's task",
    "resource_read": "read the resource",
    "resources/read": "read the resource",
    "prompt_get": "get the prompt",
    "prompts/get": "get the prompt",
    "complete": "ask for suggestions",
    "completion/complete": "ask for suggestions",
    "open_link": "open a link to",
    "ui/open-link": "open the link",
    "download": "save the file",
    "ui/download-file": "save the file",
    "message": "offer a draft message",
    "ui/message": "offer a draft message",
    "context_update": "put something on the context shelf",
    "ui/update-model-context": "put something on the context shelf",
    "display_mode": "show its App as",
    "ui/request-display-mode": "show its App as",
    "model_request": "ask the model",
    "subscriptions/listen": "hear of changes",
    "resources/subscribe": "hear of changes",
    "GET": "hear of changes",
    "start_server": "start the program",
    "connect": "connect",
    "elicit": "ask you something",
    "sign_in": "sign you in",
    "app_grant": "give an App",
    "host/app-grant": "give an App",
    "app_tool": "call the App's own tool",
    "sampling": "let an App ask the model",
    "sampling/createMessage": "let an App ask the model",
}

_Writer: TypeAlias = Callable[[_Row], str]


def audit_line(body: bytes) -> AuditLine:
    """The row with the canonical bytes *body*, described."""
    try:
        fields = cast("Json", json.loads(body))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, Mapping):
        return _line(_Row({}, {}), "This row cannot be read: the log was altered.", True, body)
    data = fields.get("data")
    row = _Row(fields, data if isinstance(data, Mapping) else {})
    text = _sentence(row)
    return _line(row, text, _is_refusal(row), body)


def _line(row: _Row, text: str, refused: bool, body: bytes) -> AuditLine:
    seq = row.fields.get("seq")
    return AuditLine(
        seq=seq if isinstance(seq, int) else 0,
        at=row.field("at"),
        kind=row.field("kind"),
        principal=row.field("principal"),
        lineage=row.field("lineage"),
        server=row.field("server"),
        view=row.field("view"),
        invocation=row.field("invocation"),
        text=text if len(text) <= _SENTENCE else f"{text[: _SENTENCE - 1]}…",
        refused=refused,
        body=body,
    )


def _sentence(row: _Row) -> str:
    kind = row.field("kind")
    try:
        writer = _WRITERS[AuditKind(kind)]
    except ValueError:
        return f"An entry of a kind this version does not know: {kind or 'none'}."
    return f"{writer(row)}."


def _is_refusal(row: _Row) -> bool:
    match row.field("kind"):
        case (
            AuditKind.FRAME_REFUSED
            | AuditKind.ELICITATION_REFUSED
            | AuditKind.TEMPLATE_REFUSED
            | AuditKind.POLICY_REFUSED
        ):
            return True
        case AuditKind.ACTION_DECIDED:
            return row.word("verdict", "decision") == "deny"
        case AuditKind.CONSENT_ANSWERED:
            return row.word("answer", "action") not in ("allow", "edited")
        case AuditKind.ELICITATION_ANSWERED:
            return row.word("action", "answer") != "accept"
        case AuditKind.ACTION_FAILED:
            return bool(row.data.get("refused")) or row.word("error", "type") in _REFUSING_ERRORS
        case AuditKind.TEMPLATE_REVIEWED:
            return row.word("state", "verdict") == "rejected"
        case AuditKind.VIEW_INCIDENT:
            return row.word("kind", "incident").endswith(("_blocked", "_refused"))
        case AuditKind.SELF_TEST_FINISHED:
            return row.data.get("ok", row.data.get("passed")) is False
        case _:
            return False


def _as_text(value: Json) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return one_line(value, limit=_WORD)
        case int() | float():
            return str(value)
        case [*items]:
            return one_line(", ".join(filter(None, map(_as_text, items))), limit=_WORD)
        case _:
            return ""


def _decided(row: _Row) -> str:
    asked = f"{row.who} asked to {row.deed}"
    rules = row.after(" by rule ", "rules", "rule")
    match row.word("verdict", "decision"):
        case "allow":
            return f"{asked}: allowed{rules}"
        case "ask":
            return f"{asked}: somebody must consent{rules}"
        case "deny":
            return f"{asked}: refused{rules}" + row.after(": ", "reason")
        case _:
            return asked


_EXTENTS = {
    "task": ", for the rest of this task",
    "conversation": ", for the rest of this conversation",
    "standing": ", for some days",
}


def _consent_answered(row: _Row) -> str:
    by = row.word("answered_by")
    answerer = {"terminal": "On the terminal you", "script": "The demo's script"}.get(by, "You")
    match row.word("answer", "action"):
        case "allow":
            extent = _EXTENTS.get(row.word("scope"), "")
            return f"{answerer} said yes{extent}: {row.deed}"
        case "edited":
            return f"{answerer} changed the arguments, to be asked again: {row.deed}"
        case "deny":
            return f"{answerer} said no: {row.deed}"
        case "timeout":
            return f"Nobody answered in time, so this was refused: {row.deed}"
        case "nobody":
            return f"There was nobody to ask, so this was refused: {row.deed}"
        case _:
            why = row.after(" (", "note") + ")" if row.word("note") else ""
            return f"The question was withdrawn{why}, so this was refused: {row.deed}"


def _signed_in(row: _Row) -> str:
    if row.data.get("signed_in") is True:
        return f"Signed in to the server {row.server}" + row.after(" at ", "issuer")
    return f"Not signed in to the server {row.server}" + row.after(": ", "reason")


def _elicitation_answered(row: _Row) -> str:
    match row.word("action", "answer"):
        case "accept":
            return f"You answered the question of the server {row.server}"
        case "decline":
            return f"You declined to answer the server {row.server}"
        case _:
            return f"The question of the server {row.server} was cancelled"


def _finished(row: _Row) -> str:
    error = row.data.get("is_error") is True
    outcome = "The tool reported an error" if error else "Done"
    kept = {
        "fresh": ", answered from what was kept, nothing was sent",
        "stale": ", answered from what was kept, the server could not be reached",
    }.get(row.word("kept"), "")
    return f"{outcome}: {row.deed}{kept}" + row.after(", milliseconds: ", "milliseconds")


def _failed(row: _Row) -> str:
    outcome = "Refused" if _is_refusal(row) else "Failed"
    why = row.after(": ", "reason", "message") or row.after(", error ", "code", "error")
    return f"{outcome}: {row.deed}{why}"


def _frame(row: _Row) -> str:
    target = f" to the server {row.field('server')}" if row.field("server") else ""
    look = row.after(", look ", "look")
    return (row.word("method") or "a message") + target + look


def _reviewed(row: _Row) -> str:
    reviewer = row.word("reviewer")
    by = f" by {reviewer}" if reviewer else ""
    state = row.word("state", "verdict") or "reviewed"
    return f"The template {row.word('uri')} of the server {row.server} was {state}{by}".replace(
        "  ", " "
    )


def _kill_turned(row: _Row) -> str:
    return (
        f"{row.who} turned the kill switch {_on_off(row)} for {row.word('scope') or 'something'}"
        + row.after(", by ", "how")
    )


def _kill_applied(row: _Row) -> str:
    counted = (
        ("Views", "views"),
        ("actions", "actions"),
        ("servers", "servers"),
        ("connections of Apps", "connections"),
        ("grants", "grants"),
    )
    ended = ", ".join(f"{what} {row.word(name)}" for what, name in counted if row.data.get(name))
    return f"The kill switch is {_on_off(row)} here for {row.word('scope') or 'something'}" + (
        f"; ended: {ended}" if ended else ""
    )


def _breaker_turned(row: _Row) -> str:
    whose = (
        f"an App of the server {row.server}" if row.field("view") else f"the server {row.server}"
    )
    match row.word("state"):
        case "open":
            return (
                f"Calls of {whose} are held back"
                + row.after(": ", "because")
                + row.after(", for seconds: ", "seconds")
            )
        case "half-open":
            return f"One call of {whose} is let through on trial"
        case _:
            return f"Calls of {whose} go on as usual"


def _on_off(row: _Row) -> str:
    return "off" if row.data.get("on") is False else "on"


def _self_test(row: _Row) -> str:
    if _is_refusal(row):
        return "The sandbox failed its self-test; no App may open" + row.after(
            ": ", "failed", "failures", "problem", "detail"
        )
    return "The sandbox passed its self-test" + row.after(", checks: ", "checks", "hooks")


_WRITERS: Mapping[AuditKind, _Writer] = {
    AuditKind.RUN_STARTED: lambda r: "The host started" + r.after(", version ", "host_version"),
    AuditKind.RUN_ENDED: lambda r: "The host ended" + r.after(": ", "reason"),
    AuditKind.POLICY_LOADED: lambda r: "The policy was read" + r.after(", rules: ", "rules"),
    AuditKind.POLICY_REFUSED: lambda r: (
        "The policy was refused, so nothing runs" + r.after(": ", "reason")
    ),
    AuditKind.ACTION_DECIDED: _decided,
    AuditKind.CONSENT_ASKED: lambda r: f"You were asked whether {_lower(r.who)} may {r.deed}",
    AuditKind.CONSENT_ANSWERED: _consent_answered,
    AuditKind.GRANT_ISSUED: lambda r: (
        f"A grant now covers this: {r.deed}"
        + r.after(", scope: ", "scope")
        + r.after(", until ", "expires")
    ),
    AuditKind.GRANT_USED: lambda r: (
        f"Under a grant given earlier: {r.deed}" + r.after(", grant ", "grant")
    ),
    AuditKind.GRANT_EXPIRED: lambda r: _grant_ended(r, "is over"),
    AuditKind.GRANT_REVOKED: lambda r: _grant_ended(r, "was taken back"),
    AuditKind.TOOL_PINNED: lambda r: (
        f"Tools of the server {r.server} were remembered as first seen" + r.after(": ", "tools")
    ),
    AuditKind.TOOL_CHANGED: lambda r: (
        f"The server {r.server} changed its tool {r.word('tool') or 'of unknown name'}, which is "
        "suspended until somebody has looked" + r.after(": ", "changes")
    ),
    AuditKind.TOOL_REVIEWED: lambda r: (
        f"The tool {r.word('tool') or 'of unknown name'} of the server {r.server} was reviewed"
        + r.after(": ", "verdict")
        + r.after(", it is taken to be: ", "effect")
    ),
    AuditKind.FRAME_INTENDED: lambda r: (
        f"About to send {_frame(r)}" + r.after(", bytes: ", "bytes")
    ),
    AuditKind.FRAME_REFUSED: lambda r: f"Not sent: {_frame(r)}" + r.after(": ", "reason", "error"),
    AuditKind.ACTION_FINISHED: _finished,
    AuditKind.ACTION_FAILED: _failed,
    AuditKind.TASK_STARTED: lambda r: (
        f"The server {r.server} goes on with the tool {r.word('tool') or 'of unknown name'} as a "
        "task" + r.after(", kept for seconds: ", "ttl_seconds")
    ),
    AuditKind.ELICITATION_ASKED: lambda r: (
        f"The server {r.server} asked you something"
        + r.after(", round ", "round")
        + r.after(" about: ", "fields", "host")
    ),
    AuditKind.ELICITATION_ANSWERED: _elicitation_answered,
    AuditKind.ELICITATION_REFUSED: lambda r: (
        f"A question of the server {r.server} was not shown" + r.after(": ", "reason", "error")
    ),
    AuditKind.AUTHORIZATION_REQUEST: lambda r: (
        f"Fetching for a sign-in to the server {r.server}"
        + r.after(": ", "step")
        + r.after(", from ", "origin")
    ),
    AuditKind.AUTHORIZATION_OUTCOME: lambda r: (
        f"Signing in to the server {r.server}"
        + r.after(": ", "outcome")
        + r.after(", at ", "issuer")
        + r.after(", because ", "reason")
    ),
    AuditKind.SIGN_IN_STARTED: lambda r: (
        f"The server {r.server} wants a sign-in; asking where" + r.after(", for ", "scopes")
    ),
    AuditKind.SIGN_IN_OPENED: lambda r: (
        f"About to open your browser to sign in to the server {r.server}" + r.after(" at ", "host")
    ),
    AuditKind.SIGN_IN_FINISHED: _signed_in,
    AuditKind.SIGNED_OUT: lambda r: (
        f"Signed out of the server {r.server}" + r.after(" at ", "issuer")
    ),
    AuditKind.SERVER_ADDED: lambda r: (
        f"The server {r.server} was added" + r.after(": ", "endpoint", "url", "command")
    ),
    AuditKind.SERVER_REMOVED: lambda r: f"The server {r.server} was removed",
    AuditKind.SERVER_STARTED: lambda r: (
        f"The local server {r.server} was started" + r.after(": ", "command", "argv")
    ),
    AuditKind.SERVER_STOPPED: lambda r: (
        f"The local server {r.server} stopped" + r.after(": ", "how", "reason")
    ),
    AuditKind.SERVER_CONNECTED: lambda r: (
        f"Connected to the server {r.server}"
        + r.after(", protocol ", "protocol_version", "version", "era")
    ),
    AuditKind.TEMPLATE_FETCHED: lambda r: (
        f"A template of the server {r.server} was fetched"
        + r.after(": ", "uri")
        + r.after(", ", "state")
    ),
    AuditKind.TEMPLATE_REVIEWED: _reviewed,
    AuditKind.TEMPLATE_REFUSED: lambda r: (
        f"A template of the server {r.server} was refused"
        + r.after(": ", "uri")
        + r.after(": ", "reason", "error", "message")
    ),
    AuditKind.VIEW_OPENED: lambda r: (
        f"An App of the server {r.server} opened in {r.view}" + r.after(": ", "uri", "title")
    ),
    AuditKind.VIEW_CLOSED: lambda r: f"{_upper(r.view)} closed" + r.after(": ", "reason"),
    AuditKind.VIEW_INCIDENT: lambda r: (
        f"{_upper(r.view)}: {(r.word('kind', 'incident') or 'incident').replace('_', ' ')}"
        + r.after(": ", "detail")
    ),
    AuditKind.APP_GRANT_ISSUED: lambda r: (
        f"The App of the server {r.server} was given" + r.after(" ", "name") + r.after(", ", "life")
    ),
    AuditKind.APP_GRANT_REVOKED: lambda r: (
        f"Taken back from the App of the server {r.server}"
        + r.after(": ", "name")
        + r.after(", ", "why")
    ),
    AuditKind.APP_TOOLS_LISTED: lambda r: (
        f"The App of the server {r.server} offers tools itself" + r.after(": ", "tools")
    ),
    AuditKind.SELF_TEST_FINISHED: _self_test,
    AuditKind.KILL_SWITCH_TURNED: _kill_turned,
    AuditKind.KILL_SWITCH_APPLIED: _kill_applied,
    AuditKind.BREAKER_TURNED: _breaker_turned,
    AuditKind.SETTING_CHANGED: lambda r: (
        f"The setting {r.word('name', 'setting') or 'of unknown name'} was changed"
        + r.after(" to ", "value", "new")
    ),
    AuditKind.ROWS_DROPPED: lambda r: (
        "Some facts came too fast to be recorded" + r.after(", number lost: ", "count")
    ),
}


def _grant_ended(row: _Row, how: str) -> str:
    thing = row.word("tool") or "a tool"
    return f"A grant for {thing} of the server {row.server} {how}" + row.after(": ", "reason")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
