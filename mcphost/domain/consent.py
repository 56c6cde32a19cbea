"""What is put to a person, and what comes back. A question has exactly one end; everything but a
clear yes sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.decision import Tier
from mcphost.domain.grant import GrantOffer, GrantScope
from mcphost.domain.ids import ConversationId, Digest, RequestId, ServerKey
from mcphost.domain.json import JsonObject


class Answer(StrEnum):
    """How a consent question ended. Everything but ALLOW is a refusal, and nothing is sent;
    after EDITED the same is asked again, with the arguments that the person wants.
    """

    ALLOW = "allow"
    EDITED = "edited"
    DENY = "deny"
    TIMEOUT = "timeout"
    NOBODY = "nobody"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFact:
    """One fact of a question, in the host's own words, about what *canonical* holds."""

    caption: str
    text: str = ""
    exact: str = ""
    """The very value, never cut."""
    items: tuple[tuple[str, bool], ...] = ()
    """Values, and whether each was not asked for before."""


class ConsentMatter(StrEnum):
    """What a question is about: from it alone follow the words that are not about one request."""

    SERVER = "server"
    """Something goes to a server, or to whoever else the request names."""
    APP = "app"
    """Something goes to a live App."""
    MODEL = "model"
    """Something goes to the model."""
    LAUNCH = "launch"
    LINK = "link"
    DOWNLOAD = "download"
    SIGN_IN = "sign_in"
    """Also in the middle of another action, whose server wants it."""
    APP_GRANT = "app_grant"
    """Kept with the approval of a template."""
    VIEW_GRANT = "view_grant"
    """For one View, until it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    """One question. *canonical* are the exact RFC 8785 bytes that will be sent; *digest* is over
    them.

    Every text here is the host's own, but *server_text* (the tool's description, unverified).
    """

    id: RequestId
    matter: ConsentMatter
    conversation: ConversationId | None
    who: str
    """Principal chain in words: `You → App of budget`."""
    verb: str
    """From the policy class, not from the server: `Call a tool`, `Open a link`, …"""
    subject: str
    """The tool, URL or file name, sanitised."""
    server: ServerKey | None
    server_title: str
    destination: str
    """Where the data goes: URL or command."""
    canonical: bytes
    digest: Digest
    reason: str
    rules: tuple[str, ...]
    tier: Tier
    reversible: str
    """`yes`, `no`, `unknown`, or a sentence that says what is known."""
    offers: tuple[GrantOffer, ...] = ()
    """The grants that may be offered beside a yes to just this; the narrowest first."""
    requests: tuple[Digest, ...] = ()
    """When several requests are put at once: the digest of each; *canonical* is the list of them.
    """
    differing: ConsentFact | None = None
    """When several requests are put at once: each value of the one argument that differs."""
    server_text: str = ""
    """For an App's tool: the App's words."""
    detail: str = ""
    """Which exact instance acts, for the log and for experts: `View ca1f…`."""
    warnings: tuple[str, ...] = ()
    """What a person must not overlook, in the host's own words; never folded, never cut."""
    cautions: tuple[str, ...] = ()
    """What a person should look at twice, though it may be as it should."""
    repeated: tuple[str, ...] = ()
    """Arguments that travel a second time as HTTP headers, where more may read them: `region
    (header Mcp-Param-Region)`.
    """
    again: str = ""
    """Why the same is asked a second time; empty when it is not."""
    facts: tuple[ConsentFact, ...] = ()
    """What the bytes mean, where a person could not read it from them."""
    flow: tuple[ConsentFact, ...] = ()
    """Where the data comes from: which values stand in what was read, and what that was."""
    schema: JsonObject | None = None
    """Of a tool's arguments, when the person may change them; the server's own words."""
    deadline: float = 120.0
    """Seconds for an answer, while nobody is changing the arguments."""
    editing: float = 900.0
    """Seconds for changing the arguments, where that is possible."""

    @property
    def longest(self) -> float:
        """Seconds after which the question is over, whatever a person does."""
        return self.deadline if self.schema is None else self.deadline + self.editing

    @property
    def scopes(self) -> tuple[GrantScope, ...]:
        """How long a yes may last: ONCE always, the others where a grant is offered."""
        return (GrantScope.ONCE, *dict.fromkeys(offer.scope for offer in self.offers))

    def offer(self, scope: GrantScope) -> GrantOffer | None:
        """The first grant of *scope* that is offered; none for a yes to just this."""
        return next((offer for offer in self.offers if offer.scope is scope), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How an answer was given, as far as the dialog knows."""

    armed_ms: int | None = None
    """From showing to the last arming; None when it was never armed."""
    armings: int = 0
    refused: int = 0
    """Presses that did not count: too early, repeated, or made by a program."""
    device: str = ""
    """`mouse`, `touch`, `pen`, `keyboard`, `assistive`, or empty when no button was pressed."""
    active: bool = False
    covered: bool | None = None
    """Whether a window lay over the dialog; None where the window system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswer:
    """*digest* repeats the digest of what was shown; a mismatch is a refusal. *presented* is over
    the text drawn. *offer* is the grant that was chosen; without one the yes is used up at once.
    """

    request: RequestId
    answer: Answer
    digest: Digest
    offer: GrantOffer | None = None
    arguments: JsonObject | None = None
    """EDITED: what the tool is to be called with instead."""
    presented: Digest | None = None
    shown_ms: int = 0
    answered_by: str = "person"
    """`person`, `terminal`, or `script` (the demo's own walk-through)."""
    renderer: str = ""
    """The version of the words: with *parts* it makes *presented*."""
    parts: tuple[tuple[str, Digest], ...] = ()
    """The digest of each part of the text drawn, in reading order."""
    circumstances: Circumstances | None = None
    """None where there was no dialog."""

    @property
    def scope(self) -> GrantScope:
        """How long the yes lasts."""
        return GrantScope.ONCE if self.offer is None else self.offer.scope


class ElicitationMode(StrEnum):
    """The two modes of `elicitation/create`."""

    FORM = "form"
    URL = "url"


class ElicitationAction(StrEnum):
    """The wire's three answers."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"


class FieldType(StrEnum):
    """The flat primitive types a form may use."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ENUM = "enum"
    MULTI_ENUM = "multi-enum"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of an elicitation form, parsed strictly from `requestedSchema`; texts are
    sanitised.
    """

    name: str
    type: FieldType
    title: str
    description: str
    required: bool
    default: str | int | float | bool | tuple[str, ...] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """(value, title) pairs for the two enum types."""
    format: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElicitationRequest:
    """A server asks the person something, inside a request the person started."""

    id: RequestId
    conversation: ConversationId | None
    server: ServerKey
    server_title: str
    server_origin: str
    """URL or command of the server, exact."""
    cause: str
    """What the person did that this belongs to: `You ran the tool "book_table"`."""
    round: int
    mode: ElicitationMode
    message: str
    """The server's words, sanitised."""
    fields: tuple[FormField, ...] = ()
    url: str = ""
    """URL mode: the exact URL, validated (https, or http on loopback)."""
    url_host: str = ""
    """URL mode: the host in Unicode and, when it differs, its punycode."""
    place: tuple[int, int] = (1, 1)
    """Which of how many questions of this round."""
    opened: int = 0
    """URL mode: how often the address was opened. Then the person is asked whether they are done
    there: accept goes on, decline opens the address again, cancel gives up.
    """
    deadline: float = 300.0

    @property
    def url_name(self) -> str:
        """URL mode: the host in Unicode alone."""
        return self.url_host.partition(" ")[0]

    @property
    def url_punycode(self) -> str:
        """URL mode: the host as it goes to the resolver."""
        return self.url_host.rpartition("(")[2].removesuffix(")")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElicitationAnswer:
    """*content* only for an accepted form."""

    request: RequestId
    action: ElicitationAction
    content: JsonObject | None = None
    answered_by: str = "person"
