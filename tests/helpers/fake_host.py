"""A host without a core: canned data behind the façade that panes use.

It answers at once, keeps what it was asked in `calls`, and reports through the event sink exactly
as the real one does. `fail_with` makes the next call of a method fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mcphost.domain.app_grant import AppGrant, AppGrantLine, grantable
from mcphost.domain.app_tool import AppTool
from mcphost.domain.budget import Choice
from mcphost.domain.conversation import (
    ContextShelfItem,
    ConversationSummary,
    Item,
    ToolRun,
    UserText,
    ViewState,
)
from mcphost.domain.errors import McpHostError, NotConfigured
from mcphost.domain.events import (
    AppGrantsChanged,
    ContextShelfChanged,
    Event,
    ItemChanged,
    KillSwitchChanged,
    ServerChanged,
    ServerRemoved,
    TemplateChanged,
    ViewClosed,
    ViewOpened,
)
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
from mcphost.domain.recording import BY_REPLAY, Recording, recording_of
from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import AuditLine, Link, ModelSettings, ServerSummary, ToolSummary
from mcphost.domain.template import (
    DeclaredUi,
    ReviewState,
    TemplatePin,
    TemplateReview,
    TemplateSource,
)
from mcphost.domain.tool import Effect
from mcphost.domain.view import Presence, ViewEnvironment, ViewIncident, ViewReport, ViewSummary
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import Grants, build_snapshot
from tests.helpers import fake_data as data
from tests.helpers import fake_offers as offers
from tests.helpers.fake_views import summary_of


class FakeHost:
    """See the module."""

    def __init__(self, events: Callable[[Event], None], *, empty: bool = False) -> None:
        self.events = events
        self.calls: list[tuple[Any, ...]] = []
        self.given: set[AppGrant] = set()
        self.app_tools: list[ToolSummary] = []
        self.allows = True
        self.fail_with: dict[str, McpHostError] = {}
        self.model = ModelSettings(provider="none", model="", base_url="", has_key=False)
        self.preferences: dict[str, str] = {}
        self.talks = [] if empty else data.conversations()
        self.stored: dict[ConversationId, list[Item]] = {}
        if not empty:
            self.stored[data.TALK] = data.conversation_items()
        self.known = {s.config.key: s for s in data.servers()}
        self.granted: list[Grant] = []
        self.tool_lists = {data.DEMO: data.demo_tools(), data.BUDGET: data.budget_tools()}
        self.reviews = [data.planner_review(), data.budget_review(), data.old_budget_review()]
        self.reports: dict[ViewId, ViewReport] = {}
        self.shelves: dict[ConversationId, list[ContextShelfItem]] = {}
        self.logs: dict[ServerKey, str] = {}
        self.stopped: tuple[Kill, ...] = ()
        self.talked_to: tuple[HostTalk, ...] = ()
        self.next_run = data.tool_run()
        self.offered = {data.DEMO: offers.offer_list()}
        self.next_prompt = offers.prompt_text()
        self.next_contents = offers.contents()
        self.suggested = Completion(values=("apple", "apricot"))

    def _called(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, *arguments))
        if (error := self.fail_with.pop(name, None)) is not None:
            raise error

    async def kills(self) -> tuple[Kill, ...]:
        self._called("kills")
        return self.stopped

    def pull(self, scope: KillScope) -> None:
        self._called("pull", scope)

    async def kill(self, scope: KillScope) -> None:
        self._called("kill", scope)
        self.stopped = (Kill(scope=scope, who="user:local", how="window", at=0.0), *self.stopped)
        self.events(KillSwitchChanged(kills=self.stopped))

    async def resume(self, scope: KillScope) -> None:
        self._called("resume", scope)
        self.stopped = tuple(kill for kill in self.stopped if kill.scope != scope)
        self.events(KillSwitchChanged(kills=self.stopped))

    async def network(self) -> tuple[HostTalk, ...]:
        return self.talked_to

    async def stop_host(self, host: str) -> None:
        self._called("stop_host", host)
        self._set_stopped(host, True)

    async def let_host(self, host: str) -> None:
        self._called("let_host", host)
        self._set_stopped(host, False)

    def _set_stopped(self, host: str, stopped: bool) -> None:
        self.talked_to = tuple(
            replace(talk, stopped=stopped, open=0) if talk.host == host else talk
            for talk in self.talked_to
        )

    async def servers(self) -> list[ServerSummary]:
        self._called("servers")
        return list(self.known.values())

    async def add_server(self, config: ServerConfig) -> None:
        self._called("add_server", config)
        self.known[config.key] = ServerSummary(config=config, link=Link.CONNECTING)
        self.events(ServerChanged(summary=self.known[config.key]))

    async def keep_client_secret(self, key: ServerKey, secret: str) -> None:
        self._called("keep_client_secret", key, secret)

    async def server_log(self, key: ServerKey) -> str:
        self._called("server_log", key)
        return self.logs.get(key, "")

    async def sign_in(self, key: ServerKey) -> None:
        self._called("sign_in", key)

    async def sign_out(self, key: ServerKey) -> None:
        self._called("sign_out", key)

    async def give_up_sign_in(self, key: ServerKey) -> None:
        self._called("give_up_sign_in", key)

    async def remove_server(self, key: ServerKey) -> None:
        self._called("remove_server", key)
        del self.known[key]
        self.events(ServerRemoved(key=key))

    async def connect(self, key: ServerKey) -> None:
        self._called("connect", key)
        self.known[key] = replace(self.known[key], link=Link.ONLINE, problem="")
        self.events(ServerChanged(summary=self.known[key]))

    async def accept_tool(self, key: ServerKey, tool: str, seen: Digest) -> None:
        self._called("accept_tool", key, tool, seen)

    async def classify_tool(self, key: ServerKey, tool: str, effect: Effect) -> None:
        self._called("classify_tool", key, tool, effect)

    async def change_budgets(self, key: ServerKey, choice: Choice) -> None:
        self._called("change_budgets", key, choice)
        known = self.known[key]
        self.known[key] = replace(known, limits=known.limits.after(choice))
        self.events(ServerChanged(summary=self.known[key]))

    async def grants(self) -> list[Grant]:
        self._called("grants")
        return list(self.granted)

    async def revoke_grant(self, ident: str) -> None:
        self._called("revoke_grant", ident)
        self.granted = [grant for grant in self.granted if grant.id != ident]

    async def revoke_all_grants(self) -> int:
        self._called("revoke_all_grants")
        count, self.granted = len(self.granted), []
        return count

    async def tools(self, key: ServerKey) -> list[ToolSummary]:
        self._called("tools", key)
        return self.tool_lists.get(key, [])

    async def templates(self) -> list[TemplateReview]:
        self._called("templates")
        return list(self.reviews)

    async def template_source(self, pin: TemplatePin) -> TemplateSource:
        self._called("template_source", pin)
        review = next(r for r in self.reviews if r.pin == pin)
        return TemplateSource(review=review, html=data.PLANNER_HTML)

    async def review_template(self, pin: TemplatePin, approve: bool) -> TemplateReview:
        self._called("review_template", pin, approve)
        state = ReviewState.APPROVED if approve else ReviewState.REJECTED
        row = next(i for i, r in enumerate(self.reviews) if r.pin == pin)
        self.reviews[row] = replace(
            self.reviews[row], state=state, reviewed_at=data.DAY, reviewer="local"
        )
        self.events(TemplateChanged(review=self.reviews[row]))
        return self.reviews[row]

    async def new_conversation(self, title: str) -> ConversationId:
        self._called("new_conversation", title)
        talk = ConversationId(f"new{len(self.talks)}")
        self.talks.append(ConversationSummary(id=talk, title=title, updated_at=data.DAY + 60))
        return talk

    async def conversations(self) -> list[ConversationSummary]:
        self._called("conversations")
        return list(self.talks)

    async def items(self, conversation: ConversationId) -> list[Item]:
        self._called("items", conversation)
        return list(self.stored.get(conversation, []))

    async def run_tool(
        self, conversation: ConversationId, server: ServerKey, tool: str, arguments: JsonObject
    ) -> ToolRun:
        self._called("run_tool", conversation, server, tool, arguments)
        run = replace(self.next_run, server=server, tool=tool, arguments=arguments)
        self._store(conversation, run)
        return run

    async def callable_tools(
        self, key: ServerKey, conversation: ConversationId | None
    ) -> list[ToolSummary]:
        self._called("callable_tools", key, conversation)
        live = [t for t in self.app_tools if t.app and t.app.conversation == conversation]
        return [*self.tool_lists.get(key, []), *(t for t in live if t.tool.server == key)]

    async def run_app_tool(self, tool: AppTool, arguments: JsonObject) -> ToolRun:
        self._called("run_app_tool", tool.view, tool.tool.name, arguments)
        return self.next_run

    async def send_message(self, conversation: ConversationId, text: str) -> None:
        self._called("send_message", conversation, text)
        self._store(conversation, UserText(id=ItemId(f"sent{len(self.calls)}"), text=text))

    async def stop_turn(self, conversation: ConversationId) -> None:
        self._called("stop_turn", conversation)

    async def secrets_note(self) -> str:
        self._called("secrets_note")
        return "Secrets are kept in the login keyring."

    async def look_again(self, conversation: ConversationId, item: ItemId) -> ToolRun:
        self._called("look_again", conversation, item)
        return self.next_run

    async def open_question(self, item: ItemId) -> None:
        self._called("open_question", item)

    def shows(self, conversation: ConversationId | None) -> None:
        self._called("shows", conversation)

    async def cancel(self, item: ItemId) -> None:
        self._called("cancel", item)

    async def shelf(self, conversation: ConversationId) -> list[ContextShelfItem]:
        self._called("shelf", conversation)
        return self.shelves.get(conversation, [])

    async def drop_context(self, conversation: ConversationId, key: ShelfKey) -> None:
        self._called("drop_context", conversation, key)
        kept = [i for i in self.shelves.get(conversation, []) if i.key != key]
        self.shelves[conversation] = kept
        self.events(ContextShelfChanged(conversation=conversation, items=tuple(kept)))

    async def attach(self, conversation: ConversationId, contents: ResourceContents) -> None:
        self._called("attach", conversation, contents)
        key, source = ShelfKey(f"resource:{contents.uri}"), f"{contents.server}, {contents.uri}"
        item = ContextShelfItem(key=key, source=source, text=contents.text)
        kept = [*self.shelves.get(conversation, []), item]
        self.shelves[conversation] = kept
        self.events(ContextShelfChanged(conversation=conversation, items=tuple(kept)))

    async def offers(self, key: ServerKey) -> OfferList:
        self._called("offers", key)
        return self.offered.get(key, OfferList())

    async def prompt(self, key: ServerKey, name: str, arguments: Mapping[str, str]) -> PromptText:
        self._called("prompt", key, name, dict(arguments))
        return self.next_prompt

    async def read_resource(self, key: ServerKey, uri: str) -> ResourceContents:
        self._called("read_resource", key, uri)
        return replace(self.next_contents, uri=uri)

    async def fill_template(
        self, template: ResourceTemplate, values: Mapping[str, str]
    ) -> ResourceContents:
        self._called("fill_template", template, dict(values))
        return self.next_contents

    async def complete(self, key: ServerKey, typed: TypedSoFar) -> Completion:
        self._called("complete", key, typed)
        return self.suggested

    async def open_view(
        self, conversation: ConversationId, item: ItemId, *, returned: bool = False
    ) -> None:
        self._called("return_view" if returned else "open_view", conversation, item)
        run = next(i for i in self.stored[conversation] if i.id == item)
        assert isinstance(run, ToolRun)
        view = ViewId(f"view-{item}")
        self._store(conversation, replace(run, view=view, view_state=ViewState.OPENING))
        launch = self._launch(view)
        self.events(ViewOpened(view=view, conversation=conversation, item=item, launch=launch))

    async def open_link(self, conversation: ConversationId, url: str) -> None:
        self._called("open_link", conversation, url)

    async def preference(self, name: str) -> str:
        self._called("preference", name)
        return self.preferences.get(name, "system")

    async def set_preference(self, name: str, value: str) -> None:
        self._called("set_preference", name, value)
        self.preferences[name] = value

    def _launch(self, view: ViewId) -> ViewLaunch:
        review = self.reviews[0]
        return ViewLaunch(
            view=view,
            title="Garden overview",
            server_title="Kitchen garden (demo)",
            html=data.PLANNER_HTML,
            content_digest=review.pin.content,
            snapshot=build_snapshot(DeclaredUi(), Grants(), "ab" * 16, host_nonce="cd" * 16),
            border=review.declared.prefers_border,
        )

    async def views(self) -> tuple[ViewSummary, ...]:
        self._called("views")
        return tuple(summary_of(report) for report in self.reports.values())

    async def view_report(self, view: ViewId) -> ViewReport:
        self._called("view_report", view)
        return self.reports[view]

    async def read_exchange(self, untrusted: bytes) -> Recording:
        self._called("read_exchange", untrusted)
        return recording_of(json.loads(untrusted))

    async def put_template(self, recording: Recording, untrusted_html: bytes) -> TemplateReview:
        self._called("put_template", recording, untrusted_html)
        put = data.replay_review(recording, untrusted_html)
        review = next((each for each in self.reviews if each.pin == put.pin), put)
        self.reviews = [each for each in self.reviews if each.pin != put.pin] + [review]
        self.events(TemplateChanged(review=review))
        return review

    async def replay(self, conversation: ConversationId, recording: Recording) -> ToolRun:
        self._called("replay", conversation, recording)
        view = ViewId("view-replay")
        run = data.tool_run(
            id=ItemId("replay"),
            by=BY_REPLAY,
            server=ServerKey("replay-0"),
            server_title=f"Replay of {recording.server}",
            view=view,
            view_state=ViewState.LIVE,
        )
        launch = self._launch(view)
        self.events(ViewOpened(view=view, conversation=conversation, item=run.id, launch=launch))
        self._store(conversation, run)
        return run

    async def close_view(self, view: ViewId) -> None:
        self._called("close_view", view)
        self.events(ViewClosed(view=view, reason="you closed it"))

    def view_text(self, view: ViewId, text: str, received: float) -> None:
        self._called("view_text", view, text, received)

    def view_gesture(self, view: ViewId, at: float) -> None:
        self._called("view_gesture", view, at)

    def view_incident(self, view: ViewId, incident: ViewIncident) -> None:
        self._called("view_incident", view, incident)

    def view_presence(self, view: ViewId, presence: Presence) -> None:
        self._called("view_presence", view, presence)

    def view_environment(self, view: ViewId, environment: ViewEnvironment) -> None:
        self._called("view_environment", view, environment)

    async def view_permission(self, view: ViewId, names: tuple[str, ...], at: float) -> bool:
        self._called("view_permission", view, names)
        return self.allows

    async def app_grants(self, pin: TemplatePin) -> tuple[AppGrantLine, ...]:
        self._called("app_grants", pin)
        review = next(each for each in self.reviews if each.pin == pin)
        return tuple(
            AppGrantLine(grant=grant, given=grant in self.given, given_by="user:local")
            for grant in grantable(review.declared)
        )

    async def give_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        self._called("give_app_grant", grant)
        self.given.add(grant)
        self.events(AppGrantsChanged(pin=pin))

    async def take_back_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        self._called("take_back_app_grant", grant)
        self.given.discard(grant)
        self.events(AppGrantsChanged(pin=pin))

    async def give_to_view(self, view: ViewId, grant: AppGrant) -> None:
        self._called("give_to_view", view, grant)

    async def audit_tail(self, count: int) -> list[AuditLine]:
        self._called("audit_tail", count)
        return [data.audit_line(seq) for seq in range(60)][-count:]

    async def model_settings(self) -> ModelSettings:
        self._called("model_settings")
        return self.model

    async def set_model(self, settings: ModelSettings, key: str | None) -> None:
        self._called("set_model", settings, key)
        if settings.provider == "openai-compatible" and not settings.base_url:
            raise NotConfigured("an OpenAI-compatible model needs a base URL")
        self.model = replace(settings, has_key=bool(key))

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of *name* so far."""
        return [call[1:] for call in self.calls if call[0] == name]

    def _store(self, conversation: ConversationId, item: Item) -> None:
        items = self.stored.setdefault(conversation, [])
        rows = [row for row, each in enumerate(items) if each.id == item.id]
        if rows:
            items[rows[0]] = item
        else:
            items.append(item)
        self.events(ItemChanged(conversation=conversation, item=item))
