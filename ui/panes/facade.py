"""The slice of `mcphost.host.Host` that panes use, as a port.

Law: panes know this and nothing behind it, so that the whole window runs in a test on a small
hand-written host. Coroutines are for the loop thread, through `ui.bridge.operation`; plain methods
are posted to it. Nothing here but
`pull` is ever called directly from the main thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mcphost.domain.app_grant import AppGrant, AppGrantLine
from mcphost.domain.app_tool import AppTool
from mcphost.domain.budget import Choice
from mcphost.domain.conversation import ContextShelfItem, ConversationSummary, Item, ToolRun
from mcphost.domain.grant import Grant
from mcphost.domain.ids import ConversationId, Digest, ItemId, ServerKey, ShelfKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.kill import Kill, KillScope
from mcphost.domain.network import HostTalk
from mcphost.domain.offers import (
    Completion,
    OfferList,
    PromptText,
    ResourceContents,
    ResourceTemplate,
    TypedSoFar,
)
from mcphost.domain.recording import Recording
from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import AuditLine, ModelSettings, ServerSummary, ToolSummary
from mcphost.domain.template import TemplatePin, TemplateReview, TemplateSource
from mcphost.domain.tool import Effect
from mcphost.domain.view import Presence, ViewEnvironment, ViewIncident, ViewReport, ViewSummary


class HostFacade(Protocol):
    """What a person can do, as the core offers it."""

    async def servers(self) -> list[ServerSummary]:
        """Every configured server."""
        ...

    async def add_server(self, config: ServerConfig) -> None:
        """Configure a server and connect to it."""
        ...

    async def remove_server(self, key: ServerKey) -> None:
        """Disconnect and forget a server."""
        ...

    async def connect(self, key: ServerKey) -> None:
        """Connect, or connect again."""
        ...

    async def keep_client_secret(self, key: ServerKey, secret: str) -> None:
        """Keep the secret that goes with a client id. Raises `StorageError`."""
        ...

    async def sign_in(self, key: ServerKey) -> None:
        """Sign in to a server: a question, then the browser."""
        ...

    async def sign_out(self, key: ServerKey) -> None:
        """Forget the tokens for a server."""
        ...

    async def give_up_sign_in(self, key: ServerKey) -> None:
        """Stop waiting for the browser of a sign-in."""
        ...

    async def server_log(self, key: ServerKey) -> str:
        """What a local server wrote to stderr, and how it ended: plain, bounded text."""
        ...

    async def accept_tool(self, key: ServerKey, tool: str, seen: Digest) -> None:
        """Accept a changed tool; *seen* is the digest of what was looked at."""
        ...

    async def classify_tool(self, key: ServerKey, tool: str, effect: Effect) -> None:
        """Say what a tool does, whatever its server claims."""
        ...

    async def change_budgets(self, key: ServerKey, choice: Choice) -> None:
        """Choose what a server and each of its Apps may be asked."""
        ...

    async def grants(self) -> list[Grant]:
        """Every grant in force, and the standing ones that ended lately."""
        ...

    async def revoke_grant(self, ident: str) -> None:
        """Take one grant back."""
        ...

    async def revoke_all_grants(self) -> int:
        """Take every grant back; says how many there were."""
        ...

    async def tools(self, key: ServerKey) -> list[ToolSummary]:
        """What a connected server offers."""
        ...

    async def templates(self) -> list[TemplateReview]:
        """Every template ever fetched, with its review."""
        ...

    async def template_source(self, pin: TemplatePin) -> TemplateSource:
        """The reviewed bytes."""
        ...

    async def review_template(self, pin: TemplatePin, approve: bool) -> TemplateReview:
        """Record the person's verdict."""
        ...

    async def new_conversation(self, title: str) -> ConversationId:
        """Start a conversation."""
        ...

    async def conversations(self) -> list[ConversationSummary]:
        """The conversation list."""
        ...

    async def items(self, conversation: ConversationId) -> list[Item]:
        """What a conversation holds."""
        ...

    async def run_tool(
        self, conversation: ConversationId, server: ServerKey, tool: str, arguments: JsonObject
    ) -> ToolRun:
        """Run a tool for the person; returns when it has ended."""
        ...

    async def callable_tools(
        self, key: ServerKey, conversation: ConversationId | None
    ) -> list[ToolSummary]:
        """What a server offers, and what its live Apps in *conversation* offer themselves."""
        ...

    async def run_app_tool(self, tool: AppTool, arguments: JsonObject) -> ToolRun:
        """Call a tool of a live App for the person; returns when it has ended."""
        ...

    async def send_message(self, conversation: ConversationId, text: str) -> None:
        """Say something to the model."""
        ...

    async def stop_turn(self, conversation: ConversationId) -> None:
        """Stop the model's turn under way, if any."""
        ...

    async def cancel(self, item: ItemId) -> None:
        """Stop a run that has not ended."""
        ...

    async def look_again(self, conversation: ConversationId, item: ItemId) -> ToolRun:
        """Follow a task again that was left running; returns when it has ended."""
        ...

    async def open_question(self, item: ItemId) -> None:
        """Have the question drawn that a task asks."""
        ...

    def shows(self, conversation: ConversationId | None) -> None:
        """The window shows *conversation*, or none of them. Posted."""
        ...

    async def shelf(self, conversation: ConversationId) -> list[ContextShelfItem]:
        """What is on the context shelf."""
        ...

    async def drop_context(self, conversation: ConversationId, key: ShelfKey) -> None:
        """Take something off the shelf."""
        ...

    async def attach(self, conversation: ConversationId, contents: ResourceContents) -> None:
        """Put a resource that the person has seen on the shelf."""
        ...

    async def offers(self, key: ServerKey) -> OfferList:
        """What a connected server offers besides tools."""
        ...

    async def prompt(self, key: ServerKey, name: str, arguments: Mapping[str, str]) -> PromptText:
        """What a prompt comes to; nothing of it is used yet."""
        ...

    async def read_resource(self, key: ServerKey, uri: str) -> ResourceContents:
        """Read a resource for the person."""
        ...

    async def fill_template(
        self, template: ResourceTemplate, values: Mapping[str, str]
    ) -> ResourceContents:
        """Read the resource whose address the template makes of the values."""
        ...

    async def complete(self, key: ServerKey, typed: TypedSoFar) -> Completion:
        """Suggestions for what the person is typing."""
        ...

    async def open_view(
        self, conversation: ConversationId, item: ItemId, *, returned: bool = False
    ) -> None:
        """Open the App of a finished run; `ViewOpened` follows. *returned*: by itself, since the
        place where it made room for others is looked at again.
        """
        ...

    async def open_link(self, conversation: ConversationId, url: str) -> None:
        """Open a link that stands in a conversation, once policy and person agree."""
        ...

    async def views(self) -> tuple[ViewSummary, ...]:
        """Every View that is live or was lately closed, the oldest first."""
        ...

    async def view_report(self, view: ViewId) -> ViewReport:
        """What happened to a View so far. Raises `NotConfigured` when it is forgotten."""
        ...

    async def read_exchange(self, untrusted: bytes) -> Recording:
        """A saved exchange. Raises `UserFacingError`."""
        ...

    async def put_template(self, recording: Recording, untrusted_html: bytes) -> TemplateReview:
        """Let a page stand for the template of *recording*. Raises `UserFacingError`."""
        ...

    async def replay(self, conversation: ConversationId, recording: Recording) -> ToolRun:
        """Play *recording* to the approved template that was put; `ViewOpened` follows."""
        ...

    async def close_view(self, view: ViewId) -> None:
        """End a View in order; `ViewClosed` follows."""
        ...

    def view_text(self, view: ViewId, text: str, received: float) -> None:
        """A message came through a View's channel. Posted."""
        ...

    def view_gesture(self, view: ViewId, at: float) -> None:
        """A real press was seen in a View. Posted."""
        ...

    def view_incident(self, view: ViewId, incident: ViewIncident) -> None:
        """The sandbox reports a fact. Posted."""
        ...

    def view_presence(self, view: ViewId, presence: Presence) -> None:
        """How much of a View a person sees. Posted."""
        ...

    def view_environment(self, view: ViewId, environment: ViewEnvironment) -> None:
        """The surroundings of a View changed. Posted."""
        ...

    async def kills(self) -> tuple[Kill, ...]:
        """What is stopped."""
        ...

    def pull(self, scope: KillScope) -> None:
        """The moment of `kill`, which follows; called directly, the loop may be busy."""
        ...

    async def kill(self, scope: KillScope) -> None:
        """Stop *scope* at once, until it is resumed."""
        ...

    async def resume(self, scope: KillScope) -> None:
        """Let *scope* go on."""
        ...

    async def network(self) -> tuple[HostTalk, ...]:
        """Every host that Apps talk to, talked to or were stopped from, in this run."""
        ...

    async def stop_host(self, host: str) -> None:
        """Nothing goes to *host* any more in this run."""
        ...

    async def let_host(self, host: str) -> None:
        """*host* may be reached again by the Apps that may."""
        ...

    async def view_permission(self, view: ViewId, names: tuple[str, ...], at: float) -> bool:
        """Whether a View that asks the engine for *names* may have them; a person may be asked."""
        ...

    async def app_grants(self, pin: TemplatePin) -> tuple[AppGrantLine, ...]:
        """What the Apps of a template can be given, and what is given."""
        ...

    async def give_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        """Give the Apps of a template something, once policy and person agree."""
        ...

    async def take_back_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        """Take something back; Views that have it end at once."""
        ...

    async def give_to_view(self, view: ViewId, grant: AppGrant) -> None:
        """Give a live App what it was stopped for, and open it anew with it."""
        ...

    async def audit_tail(self, count: int) -> list[AuditLine]:
        """The newest rows of the log, oldest first."""
        ...

    async def model_settings(self) -> ModelSettings:
        """Which model is configured, without its key."""
        ...

    async def set_model(self, settings: ModelSettings, key: str | None) -> None:
        """Configure the model; *key* None keeps the stored key."""
        ...

    async def preference(self, name: str) -> str:
        """What the person prefers of the window: `theme` is `system`, `light` or `dark`."""
        ...

    async def set_preference(self, name: str, value: str) -> None:
        """Remember a preference."""
        ...

    async def secrets_note(self) -> str:
        """One sentence: where a key is kept, or that it lasts only for this session and why."""
        ...
