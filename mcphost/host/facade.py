"""The façade: everything a person, a script or a View can make the core do, and nothing else.

Law: (1) coroutines run on the loop thread (`Runtime.submit`); methods marked *posted* are plain and
are called through `Runtime.post`. (2) Nothing here decides: every effect goes down the gate. (3)
`stop` is bounded and in order: the model's turns with their questions, Views, servers, then the
log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from mcphost.audit.verify import verify_file
from mcphost.consent.grants import Which
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.authorization import client_secret_name
from mcphost.domain.conversation import (
    ContextShelfItem,
    ConversationSummary,
    Item,
    ToolRun,
)
from mcphost.domain.errors import McpHostError, NotConfigured
from mcphost.domain.events import ProblemReported, TemplateChanged
from mcphost.domain.grant import Grant
from mcphost.domain.ids import ConversationId, Digest, ItemId, ServerKey, ShelfKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.kill import Kill, KillScope
from mcphost.domain.labels import server_data
from mcphost.domain.launch import Launch, LaunchCase
from mcphost.domain.lineage import Lineage, Root
from mcphost.domain.network import HostTalk
from mcphost.domain.offers import (
    Completion,
    OfferList,
    PromptText,
    ResourceContents,
    ResourceTemplate,
    TypedSoFar,
)
from mcphost.domain.principal import USER, Principal, PrincipalKind
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.summaries import AuditLine, ModelSettings, ServerSummary, ToolSummary
from mcphost.domain.template import TemplatePin, TemplateReview, TemplateSource
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect
from mcphost.domain.view import Presence, ViewEnvironment, ViewIncident
from mcphost.host.app_grant_commands import AppGrantCommands
from mcphost.host.app_tool_commands import AppToolCommands
from mcphost.host.budget_commands import BudgetCommands
from mcphost.host.compose import Rooms, compose
from mcphost.host.kill import BY_WINDOW
from mcphost.host.offers import address_of
from mcphost.host.record_commands import RecordCommands
from mcphost.host.settings import HostSettings, demo_server
from mcphost.policy.launch import ViewLaunch
from mcphost.protocol.tools import declared_defaults
from mcphost.servers.auth.records import MachineGrant

_STOP_SECONDS = 5.0


class Host(AppGrantCommands, AppToolCommands, BudgetCommands, RecordCommands):
    """The core, composed."""

    def __init__(self, settings: HostSettings, rooms: Rooms) -> None:
        self._settings = settings
        self._rooms = rooms
        self._gestures = 0

    @staticmethod
    async def create(settings: HostSettings) -> Host:
        """Open the databases and wire the rooms. Raises `StorageError` or `UserFacingError`."""
        return Host(settings, await compose(settings))

    async def start(self, *, connect: bool = True) -> None:
        """Begin the run: the demo server is there, every server is connected in the background."""
        rooms = self._rooms
        await rooms.fleet.load()
        rooms.fleet.know(demo_server())
        await rooms.model.load()
        await rooms.grants.sweep(own_policy=not self._settings.policy_files)
        if connect:
            self._settings.runtime.spawn(rooms.fleet.connect_all(), name="connect servers")

    async def stop(self) -> None:
        """Orderly end, each step bounded; what cannot end in time is cut off."""
        rooms = self._rooms
        rooms.fleet.stop_restarting()
        for step in (
            rooms.runner.leave,
            rooms.turns.stop_all,
            partial(rooms.deck.close_all, "the host is closing"),
            rooms.fleet.close,
            rooms.pool.close_all,
            rooms.finish,
        ):
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await step()
            except TimeoutError:
                self._settings.events(
                    ProblemReported(text="a part of the host did not stop in time")
                )
            except McpHostError as error:  # a full disk must not leave servers running
                self._settings.events(ProblemReported(text=str(error)))

    # Servers

    async def servers(self) -> list[ServerSummary]:
        """Every configured server."""
        return self._rooms.fleet.summaries()

    async def add_server(
        self, config: ServerConfig, *, keep: bool = True, approved: Launch | None = None
    ) -> None:
        """Configure a server; *keep* False: typed for this run. *approved*: seen and approved."""
        await self._rooms.fleet.add(config, keep=keep, approved=approved)

    async def program(self, config: ServerConfig) -> LaunchCase:
        """What a local server would run, to be looked at. Raises `UserFacingError`."""
        return await self._rooms.fleet.program(config)

    async def remove_server(self, key: ServerKey) -> None:
        """Disconnect and forget a server, and end its Views."""
        known = self._rooms.fleet.config(key)
        try:
            await self._rooms.fleet.remove(key)
            await self._rooms.history.forget(known)
            self._rooms.limits.forget(key)
            await self._rooms.app_grants.drop_server(known.identity, self._actor())
        finally:
            if not self._rooms.fleet.knows(key):  # from here on none can be opened either
                await self._rooms.deck.close_server(key, "its server was removed")

    async def connect(self, key: ServerKey) -> None:
        """Connect, or connect again, because a person asked. Raises what went wrong."""
        await self._rooms.fleet.connect(key, principal=self._actor(), lineage=self._gesture())

    async def server_log(self, key: ServerKey) -> str:
        """What a local server wrote to stderr, and how it ended. Raises `NotConfigured`."""
        return self._rooms.history.log(self._rooms.fleet.config(key).key)

    async def remembered_era(self, key: ServerKey) -> tuple[str, str]:
        """Era and revision a server was last seen to speak. Raises `NotConfigured`."""
        return self._rooms.history.era(self._rooms.fleet.config(key))

    async def forget_era(self, key: ServerKey) -> None:
        """Accept that a server may speak an older protocol now. Raises `NotConfigured`."""
        await self._rooms.history.forget_era(self._rooms.fleet.config(key))

    async def sign_in(self, key: ServerKey) -> None:
        """Sign in because a person asked, then connect again. Raises what stopped it."""
        principal, lineage = self._actor(), self._gesture()
        config = self._rooms.fleet.config(key)
        await self._rooms.accounts.sign_in(config, principal, lineage)
        await self._rooms.fleet.recount(key)
        await self._rooms.fleet.connect(key, principal=principal, lineage=lineage)

    async def sign_out(self, key: ServerKey) -> None:
        """Forget the tokens for a server and disconnect it. Raises `StorageError`."""
        await self._rooms.accounts.sign_out(self._rooms.fleet.config(key))
        await self._rooms.pool.close(key)
        self._rooms.fleet.look(key)
        await self._rooms.fleet.recount(key)

    async def give_up_sign_in(self, key: ServerKey) -> None:
        """Stop waiting for the browser of a sign-in."""
        self._rooms.accounts.give_up(key)

    async def connect_all(self) -> None:
        """Connect every server in the background, as at the start; what fails is on its line."""
        await self._rooms.fleet.connect_all()

    async def keep_client_secret(self, key: ServerKey, secret: str) -> None:
        """Keep the secret of a client id that was registered in advance. Raises `StorageError`."""
        await self._rooms.credentials.save(
            client_secret_name(self._rooms.fleet.config(key).key), secret
        )

    async def sign_in_by_machine(self, key: ServerKey, grant: MachineGrant) -> None:
        """Let this program sign in to a server by itself from now on. Raises `NotConfigured` and
        `StorageError`.
        """
        config = self._rooms.fleet.config(key)
        if not isinstance(config.endpoint, HttpEndpoint):
            raise NotConfigured(f"{key} is a local program: nobody signs in to it")
        data: JsonObject = {"name": "machine sign-in", "value": grant.kind, "issuer": grant.issuer}
        who = str(self._actor())
        await self._rooms.audit.append(
            AuditRecord(kind=AuditKind.SETTING_CHANGED, data=data, principal=who, server=key)
        )
        await self._rooms.desk.use_machine_grant(config, grant)

    async def accept_tool(self, key: ServerKey, tool: str, seen: Digest) -> None:
        """Accept a changed tool; *seen* is the digest of what was looked at. Raises
        `UserFacingError`.
        """
        await self._rooms.fleet.accept_tool(key, tool, seen, by=str(self._actor()))

    async def classify_tool(self, key: ServerKey, tool: str, effect: Effect) -> None:
        """Say what a tool does, whatever its server claims. Raises `UserFacingError`."""
        await self._rooms.fleet.classify_tool(key, tool, effect, by=str(self._actor()))

    async def tools(self, key: ServerKey) -> list[ToolSummary]:
        """What a connected server offers."""
        return self._rooms.fleet.tool_summaries(key)

    # Grants

    async def grants(self) -> list[Grant]:
        """Every grant in force, and the standing ones that ended lately."""
        return await self._rooms.grants.all()

    async def revoke_grant(self, ident: str) -> None:
        """Take one grant back. Raises `NotConfigured`."""
        await self._rooms.grants.revoke(ident, by=str(self._actor()))

    async def revoke_all_grants(self) -> int:
        """Take every grant back; says how many there were."""
        return await self._rooms.grants.drop(Which(), "it was taken back", by=str(self._actor()))

    # Templates

    async def templates(self) -> list[TemplateReview]:
        """Every template ever fetched, with its review."""
        return list(self._rooms.templates.all())

    async def template_source(self, pin: TemplatePin) -> TemplateSource:
        """The bytes of a pin, re-hashed."""
        return await self._rooms.templates.source(pin)

    async def review_template(self, pin: TemplatePin, approve: bool) -> TemplateReview:
        """Record the verdict of whoever runs this host."""
        review = await self._rooms.templates.review(
            pin, approve=approve, reviewer=str(self._actor())
        )
        self._settings.events(TemplateChanged(review=review))
        if not approve:
            await self._rooms.app_grants.drop(pin, self._actor(), why="its template was rejected")
            await self._rooms.deck.close_pin(pin, "its template was rejected in review")
        return review

    async def pins_verify(self) -> list[TemplatePin]:
        """The pins whose stored bytes no longer match."""
        return await self._rooms.templates.verify()

    # Conversations

    async def new_conversation(self, title: str) -> ConversationId:
        """Start a conversation."""
        return self._rooms.transcripts.new(title)

    async def conversations(self) -> list[ConversationSummary]:
        """Newest first."""
        return self._rooms.transcripts.all()

    async def items(self, conversation: ConversationId) -> list[Item]:
        """What a conversation holds."""
        return self._rooms.transcripts.items(conversation)

    async def run_tool(
        self, conversation: ConversationId, server: ServerKey, tool: str, arguments: JsonObject
    ) -> ToolRun:
        """Run a tool for whoever runs this host; the card says how it ended."""
        run = await self._rooms.runner.run(
            conversation,
            server,
            tool,
            arguments,
            principal=self._actor(),
            lineage=self._gesture(),
        )
        self._rooms.fleet.look(server)
        return run

    async def with_defaults(
        self, server: ServerKey, tool: str, arguments: JsonObject
    ) -> JsonObject:
        """*arguments* over the defaults that the tool declares: what the window's form would send,
        and what an App that draws from its input expects.
        """
        target = self._rooms.fleet.target(server, tool)
        return {**declared_defaults(target.tool.input_schema), **arguments}

    async def send_message(self, conversation: ConversationId, text: str) -> None:
        """Say something to the model and see the turn through."""
        await self._rooms.turns.send(conversation, text, self._gesture())

    async def stop_turn(self, conversation: ConversationId) -> None:
        """Stop the model's turn under way, if any."""
        self._rooms.turns.stop(conversation)

    async def cancel(self, item: ItemId) -> None:
        """Stop a run that has not ended."""
        self._rooms.runner.cancel(item)

    async def cancel_runs(self) -> None:
        """Stop every run, as the person asks: servers hear that their tasks are not wanted."""
        await self._rooms.runner.cancel_all()

    async def look_again(self, conversation: ConversationId, item: ItemId) -> ToolRun:
        """Follow a task again that was left running. Raises `UserFacingError`."""
        return await self._rooms.runner.look_again(
            conversation, item, principal=self._actor(), lineage=self._gesture()
        )

    async def open_question(self, item: ItemId) -> None:
        """Have the question drawn that a task asks. Raises `UserFacingError`."""
        self._rooms.runner.open_question(item, self._gesture())

    def shows(self, conversation: ConversationId | None) -> None:
        """The window shows *conversation*, or none of them. Posted."""
        self._rooms.runner.attention.look(conversation)

    async def open_link(self, conversation: ConversationId, url: str) -> None:
        """Open a link that stands in a conversation. Raises `UserFacingError` when it is not."""
        await self._rooms.links.open(
            conversation, url, principal=self._actor(), lineage=self._gesture()
        )

    async def shelf(self, conversation: ConversationId) -> list[ContextShelfItem]:
        """What Apps have put on the context shelf, and what the person attached."""
        return list(self._rooms.shelf.items(conversation))

    async def drop_context(self, conversation: ConversationId, key: ShelfKey) -> None:
        """Take something off the shelf."""
        self._rooms.shelf.drop(conversation, key)

    async def attach(self, conversation: ConversationId, contents: ResourceContents) -> None:
        """Put a resource that the person has seen on the shelf. Raises `UserFacingError`."""
        identity = self._rooms.fleet.config(contents.server).identity
        self._rooms.shelf.attach(conversation, contents, identity)

    # Prompts, resources, suggestions

    async def offers(self, key: ServerKey) -> OfferList:
        """What a connected server offers besides tools."""
        return await self._rooms.offers.all(key, self._actor(), self._gesture())

    async def prompt(self, key: ServerKey, name: str, arguments: Mapping[str, str]) -> PromptText:
        """What a prompt comes to, to be looked at before any of it is used."""
        actor, lineage = self._actor(), self._gesture()
        found = await self._rooms.offers.prompt(key, name, arguments, actor, lineage)
        label = server_data(key, self._rooms.fleet.config(key).identity)
        words = f"the prompt {one_line(name, limit=80)} of {key}"
        self._rooms.contexts.lend(None, f"prompt:{key}", words, label, found.text)
        return found

    async def read_resource(self, key: ServerKey, uri: str) -> ResourceContents:
        """Read a resource for whoever runs this host."""
        return await self._rooms.offers.read(key, uri, self._actor(), self._gesture())

    async def fill_template(
        self, template: ResourceTemplate, values: Mapping[str, str]
    ) -> ResourceContents:
        """Read the resource whose address *template* makes of *values*."""
        return await self.read_resource(template.server, address_of(template, values))

    async def complete(self, key: ServerKey, typed: TypedSoFar) -> Completion:
        """Suggestions for what a person is typing; the text so far leaves for the server."""
        return await self._rooms.offers.complete(key, typed, self._actor(), self._gesture())

    # Views

    async def open_view(
        self, conversation: ConversationId, item: ItemId, *, returned: bool = False
    ) -> None:
        """Open the App of an approved run from its recorded input and result; *returned*: nobody
        pressed anything, its place is looked at again. Raises `UserFacingError`.
        """
        await self._rooms.runner.reopen(conversation, item, returned=returned)

    async def view_launch(self, view: ViewId) -> ViewLaunch:
        """What a View was opened with, for who must do something first; `ViewOpened` has it too."""
        return self._rooms.deck.launch(view)

    async def close_view(self, view: ViewId) -> None:
        """End a View in order."""
        await self._rooms.deck.close(view, "closed")

    def view_text(self, view: ViewId, text: str, received: float) -> None:
        """A message came through a View's channel. Posted."""
        self._rooms.deck.text(view, text, received)

    def view_gesture(self, view: ViewId, at: float) -> None:
        """A real press was seen in a View. Posted."""
        self._rooms.deck.gesture(view, at)

    def view_incident(self, view: ViewId, incident: ViewIncident) -> None:
        """The sandbox reports a fact. Posted."""
        self._rooms.deck.incident(view, incident)

    def view_presence(self, view: ViewId, presence: Presence) -> None:
        """How much of a View a person sees. Posted."""
        self._rooms.deck.present(view, presence)

    def view_environment(self, view: ViewId, environment: ViewEnvironment) -> None:
        """The surroundings of a View changed. Posted."""
        self._rooms.deck.environment(view, environment)

    # The kill switch

    async def kills(self) -> tuple[Kill, ...]:
        """What is stopped."""
        return self._rooms.kill.kills

    def pull(self, scope: KillScope) -> None:
        """The moment of `kill`, which follows. Any thread, and the only method that is called from
        another one: it waits for nothing and needs no loop.
        """
        self._rooms.kill.pull(scope, who=str(self._actor()), how=BY_WINDOW)

    async def kill(self, scope: KillScope) -> None:
        """Stop *scope* at once, until somebody resumes it. Raises `StorageError` when that will
        not outlast this run.
        """
        await self._rooms.kill.turn_on(scope, who=str(self._actor()), how=BY_WINDOW)

    async def resume(self, scope: KillScope) -> None:
        """Let *scope* go on. Raises `StorageError`."""
        await self._rooms.kill.turn_off(scope, who=str(self._actor()), how=BY_WINDOW)

    async def network(self) -> tuple[HostTalk, ...]:
        """Every host that Apps talk to, talked to or were stopped from, in this run."""
        return self._rooms.network.hosts()

    async def stop_host(self, host: str) -> None:
        """Cut every connection of Apps to *host*, and let none there in this run."""
        await self._rooms.network.stop(host, who=str(self._actor()))

    async def let_host(self, host: str) -> None:
        """Let *host* be reached again by the Apps that may."""
        await self._rooms.network.let(host, who=str(self._actor()))

    # Evidence and settings

    async def audit_tail(self, count: int) -> list[AuditLine]:
        """The newest rows of the log, oldest first."""
        return await asyncio.to_thread(self._rooms.audit.tail, count)

    async def run_rows(self) -> list[bytes]:
        """Every row of this run, exact bytes, oldest first."""
        rooms = self._rooms
        return await asyncio.to_thread(lambda: list(rooms.audit.rows(rooms.run_id)))

    async def verify_log(self) -> tuple[bool, str]:
        """Check the chain of the whole log: whether it is good, and the verifier's words."""
        report = await asyncio.to_thread(verify_file, self._settings.paths.audit)
        return report.exit_code == 0, report.text

    async def record_self_test(self, data: JsonObject) -> None:
        """The sandbox's start-up self-test ended."""
        record = AuditRecord(kind=AuditKind.SELF_TEST_FINISHED, data=data, principal="host:host")
        await self._rooms.audit.append(record)

    async def proxy_credentials(self) -> tuple[int, str]:
        """Port of the filtering proxy, and the secret that the Views' passwords are made from."""
        proxy = self._rooms.proxy
        return proxy.port, proxy.secret

    async def preference(self, name: str) -> str:
        """What the person prefers, or the default. Raises `NotConfigured`."""
        return self._rooms.preferences.get(name)

    async def set_preference(self, name: str, value: str) -> None:
        """Remember a preference of the window. Raises `NotConfigured`."""
        await self._rooms.preferences.set(name, value)

    async def secrets_note(self) -> str:
        """Where secrets are kept, in words."""
        vault = self._rooms.secrets
        if vault.persistent:
            return f"Secrets are kept in {vault.backend}."
        return vault.why

    async def model_settings(self) -> ModelSettings:
        """Which model is configured, without its key."""
        return self._rooms.model.settings()

    async def set_model(self, settings: ModelSettings, key: str | None) -> None:
        """Configure the model; *key* None keeps the stored one. Raises `NotConfigured`."""
        await self._rooms.model.choose(settings, key)

    def _actor(self) -> Principal:
        if self._settings.automation:
            return Principal(kind=PrincipalKind.AUTOMATION, ident="cli")
        return USER

    def _gesture(self) -> Lineage:
        """A command of the window or the terminal is a gesture of whoever gave it."""
        self._gestures += 1
        now = time.monotonic()
        return Lineage(root=Root.GESTURE, started_at=now, gesture=f"host-{self._gestures}")
