"""Composition: the rooms of one run, made in order and wired to each other. Loop thread.

Order: audit log (nothing happens without it) → policy → state and blobs → desks → gate → servers,
templates, Views, chat. What was opened is closed again when a later room cannot be made.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial

from mcphost import __version__
from mcphost.audit.log import AuditLog
from mcphost.chat.flow import Contexts
from mcphost.chat.runs import ToolRunner
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts
from mcphost.chat.turns import Turns
from mcphost.consent.desk import ConsentDesk
from mcphost.consent.elicitation import ElicitationDesk
from mcphost.consent.grants import Grants
from mcphost.consent.pins import ToolPins, pin_state
from mcphost.consent.question import Floor
from mcphost.domain.authorization import Doorway
from mcphost.domain.events import AuditAppended, DraftOffered, ProblemReported
from mcphost.domain.ids import ConversationId, ItemId, ServerKey, ViewId
from mcphost.domain.labels import Label
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import visible
from mcphost.egress.proxy import EgressProxy, ProxyAddress
from mcphost.gate.budgets import Budgets, Turned
from mcphost.gate.effects import EffectBook
from mcphost.gate.kill import KillSwitch
from mcphost.gate.path import Gate
from mcphost.gate.sign_in_desk import SignIns
from mcphost.host.accounts import Accounts
from mcphost.host.app_grants import AppGrants
from mcphost.host.catalogue import Tools
from mcphost.host.elsewhere import watch_changes
from mcphost.host.endings import app_tools_ended, from_view, task_ended
from mcphost.host.fleet import Fleet
from mcphost.host.kill import KillDesk, Reach
from mcphost.host.kill_begin import begin_kill
from mcphost.host.launches import LaunchBook
from mcphost.host.limit_book import LimitBook
from mcphost.host.links import LinkErrand
from mcphost.host.model_choice import ModelChoice
from mcphost.host.network import NetworkList
from mcphost.host.offers import Offers
from mcphost.host.policy import begin_policy
from mcphost.host.preferences import Preferences
from mcphost.host.scout import Scout
from mcphost.host.server_history import ServerHistory
from mcphost.host.server_store import ServerStore
from mcphost.host.settings import HostSettings
from mcphost.host.stage import Stage
from mcphost.policy.breaker import Breaker
from mcphost.policy.engine import PolicyEngine
from mcphost.schemas.pool import SchemaValidator
from mcphost.servers.auth.desk import AuthorizationDesk
from mcphost.servers.auth.loopback import loopback_doorway
from mcphost.servers.catalog import advertises
from mcphost.servers.limits import ServerLimits
from mcphost.servers.pool import ServerPool
from mcphost.storage.blobs import BlobStore
from mcphost.storage.credentials import KeyringBook
from mcphost.storage.downloads import DownloadsFolder
from mcphost.storage.kept import KeptStorage
from mcphost.storage.secrets import SecretStore
from mcphost.storage.state import StateStore
from mcphost.telemetry.spans import Telemetry
from mcphost.templates.store import TemplateStore
from mcphost.views.deck import ViewDeck
from mcphost.views.opening import ViewWorld

OTLP_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own variable: where spans go. Unset: they end in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Everything `Host` holds. Closed by `finish`, in reverse order of making."""

    run_id: str
    audit: AuditLog
    state: StateStore
    secrets: SecretStore
    desk: AuthorizationDesk
    credentials: KeyringBook
    templates: TemplateStore
    pool: ServerPool
    fleet: Fleet
    accounts: Accounts
    deck: ViewDeck
    stage: Stage
    schemas: SchemaValidator
    app_grants: AppGrants
    transcripts: Transcripts
    shelf: Shelf
    contexts: Contexts
    runner: ToolRunner
    turns: Turns
    model: ModelChoice
    links: LinkErrand
    offers: Offers
    preferences: Preferences
    grants: Grants
    history: ServerHistory
    limits: LimitBook
    kill: KillDesk
    proxy: ProxyAddress
    network: NetworkList
    closing: AsyncExitStack

    async def finish(self) -> None:
        """Close the schema worker, the proxy, the databases and last the log."""
        await self.closing.aclose()


async def compose(settings: HostSettings) -> Rooms:
    """Make every room. Raises `StorageError` or `UserFacingError`; then nothing stays open."""
    async with AsyncExitStack() as stack:
        rooms = await _Composer(settings, stack).compose()
        rooms.closing.push_async_exit(stack.pop_all())
        return rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What everything else stands on."""

    run_id: str
    audit: AuditLog
    state: StateStore
    schemas: SchemaValidator
    egress: EgressProxy
    proxy: ProxyAddress
    telemetry: Telemetry
    pool: ServerPool
    effects: EffectBook
    templates: TemplateStore
    vault: SecretStore
    desk: AuthorizationDesk
    book: KeyringBook
    switch: KillSwitch
    kept: KeptStorage


class _Composer:
    """Makes the rooms; kept apart so that each step stays short."""

    def __init__(self, settings: HostSettings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._events = settings.events

    async def compose(self) -> Rooms:
        paths, run_id = self._settings.paths, secrets.token_hex(8)
        audit = await AuditLog.open(
            paths.audit,
            on_row=lambda line: self._events(AuditAppended(line=line)),
            run_id=run_id,
            host_version=__version__,
        )
        self._stack.push_async_callback(audit.close)
        policy, managed = await begin_policy(self._settings, audit)
        stage = Stage()
        ground = await self._ground(audit, run_id, stage)
        stage.templates, stage.switch = ground.templates, ground.switch
        late = _Late()
        late.limits = LimitBook(ground.state, audit, managed)
        self._talks(ground, late)
        gate = self._gate(ground, policy, stage, late)
        launches = LaunchBook(ground.state)
        scout = Scout(
            gate=gate,
            pool=ground.pool,
            templates=ground.templates,
            events=self._events,
            launches=launches,
            pins=late.pins,
            grants=late.grants,
        )
        late.fleet = Fleet(
            scout=scout,
            pool=ground.pool,
            templates=ground.templates,
            store=ServerStore(ground.state, ground.vault),
            launches=launches,
            audit=ground.audit,
            events=self._events,
            effect=ground.effects.effect_of,
            spawn=self._settings.runtime.spawn,
            grants=late.grants,
            pins=late.pins,
            accounts=self._accounts(ground, gate, late),
            limits=late.limits.of,
        )
        return self._upper(ground, gate, stage, late)

    async def _ground(self, audit: AuditLog, run_id: str, stage: Stage) -> _Ground:
        paths = self._settings.paths
        state = StateStore.open(paths.database)
        self._stack.callback(state.close)
        kept = KeptStorage(paths.kept, state.app_grants)
        kept.sweep()
        schemas = SchemaValidator()
        await schemas.start()
        self._stack.push_async_callback(schemas.close)
        switch = KillSwitch()
        egress = EgressProxy(
            allow=lambda view, host, port: stage.deck.may_reach(ViewId(view), host, port),
            stopped=lambda: switch.stops() is not None,
        )
        proxy = await egress.start()
        self._stack.push_async_callback(egress.stop)
        telemetry = Telemetry(endpoint=os.environ.get(OTLP_VARIABLE) or None)
        self._stack.push_async_callback(asyncio.to_thread, telemetry.shutdown)
        vault = await asyncio.to_thread(SecretStore.open)
        book = KeyringBook(vault)
        desk = AuthorizationDesk(
            book, audit, user_agent=f"mcphost/{__version__}", permit=switch.require_server
        )
        pool = ServerPool(
            host_name="mcphost",
            host_version=__version__,
            limits=ServerLimits(),
            audit=audit,
            era_memory=state.eras,
            credentials=desk.credentials,
        )
        return _Ground(
            run_id=run_id,
            audit=audit,
            state=state,
            schemas=schemas,
            egress=egress,
            proxy=proxy,
            telemetry=telemetry,
            pool=pool,
            effects=EffectBook(state.effect, pins=partial(pin_state, state.pins)),
            templates=TemplateStore(state.database, BlobStore(paths.blobs), audit),
            vault=vault,
            desk=desk,
            book=book,
            switch=switch,
            kept=kept,
        )

    def _talks(self, ground: _Ground, late: _Late) -> None:
        """Conversations come before the gate, which asks what has been read in them."""
        late.transcripts = Transcripts(ground.state, self._events)
        self._stack.push_async_callback(late.transcripts.flush)  # before the database is closed
        late.shelf = Shelf(self._events)
        late.contexts = Contexts(late.transcripts, late.shelf, lambda c: late.tools.offered(c))

    def _gate(self, ground: _Ground, policy: PolicyEngine, stage: Stage, late: _Late) -> Gate:
        settings, floor, clock = self._settings, Floor(), time.monotonic
        consent = ConsentDesk(settings.broker, ground.audit, self._events, clock, floor=floor)
        late.grants = Grants(
            ground.state.grants, ground.audit, policy=policy.digest, wall=time.time
        )
        late.pins = ToolPins(ground.state, ground.audit, late.grants, wall=time.time)
        elicitation = ElicitationDesk(
            settings.broker,
            ground.audit,
            self._events,
            clock,
            opener=settings.opener,
            floor=floor,
        )
        late.sign_ins = SignIns(
            ground.desk,
            door=settings.doorway or self._browser,
            lasting=ground.vault.persistent,
            on_change=lambda key: settings.runtime.post(self._recount, late, key),
        )
        return Gate(
            policy=policy,
            effects=ground.effects,
            consent=consent,
            grants=late.grants,
            elicitation=elicitation,
            audit=ground.audit,
            connections=ground.pool.get,
            configs=lambda key: late.fleet.config(key),
            schemas=ground.schemas,
            telemetry=ground.telemetry,
            clock=clock,
            template_approved=stage.approved,
            listed=lambda tool: late.fleet.lists(tool),
            relist=lambda tool: late.fleet.relist(tool),
            sign_ins=late.sign_ins,
            trust=lambda key: late.fleet.trust(key),
            presence=stage.presence,
            kill=ground.switch,
            contexts=late.contexts,
            budgets=Budgets(
                ground.audit,
                clock,
                limits=late.limits.of,
                on_turned=partial(_held_back, late, stage),
            ),
        )

    def _accounts(self, ground: _Ground, gate: Gate, late: _Late) -> Accounts:
        late.accounts = Accounts(
            gate=gate,
            desk=ground.desk,
            sign_ins=late.sign_ins,
            book=ground.book,
            audit=ground.audit,
        )
        return late.accounts

    def _recount(self, late: _Late, key: ServerKey) -> None:
        self._settings.runtime.spawn(late.fleet.recount(key), name=f"account of {key}")

    def _browser(self, config: ServerConfig) -> AbstractAsyncContextManager[Doorway]:
        """The person's own browser; its way back is fixed where it was registered in advance."""
        known = config.authorization.client_id or config.authorization.metadata_url
        return loopback_doorway(self._settings.opener, fixed_path=bool(known))

    def _upper(self, ground: _Ground, gate: Gate, stage: Stage, late: _Late) -> Rooms:
        fleet, transcripts, shelf = late.fleet, late.transcripts, late.shelf
        late.tools = Tools(fleet, stage)
        history = ServerHistory(ground.state, ground.pool, ground.audit)
        ground.pool.on_death = history.on_death(fleet, ground.switch)
        runner = ToolRunner(
            gate=gate,
            catalogue=late.tools,
            stage=stage,
            transcripts=transcripts,
            tickets=ground.state.tasks,
        )
        model = ModelChoice(ground.state, ground.vault, ground.audit)
        stage.deck = ViewDeck(self._world(gate, ground, late, runner, model))
        stage.deck.on_fewer = ground.egress.cut_unwanted
        self._watch_changes(ground, stage.deck)
        kill = self._kill(ground, fleet, stage.deck, late.grants)
        turns = Turns(
            gate=gate,
            catalogue=late.tools,
            runner=runner,
            transcripts=transcripts,
            shelf=shelf,
            contexts=late.contexts,
            model=model.current,
            task_ended=partial(task_ended, late.grants),
        )
        return Rooms(
            run_id=ground.run_id,
            audit=ground.audit,
            state=ground.state,
            secrets=ground.vault,
            desk=ground.desk,
            credentials=ground.book,
            templates=ground.templates,
            pool=ground.pool,
            fleet=fleet,
            accounts=late.accounts,
            deck=stage.deck,
            stage=stage,
            schemas=ground.schemas,
            app_grants=self._app_grants(ground, gate, stage.deck),
            transcripts=transcripts,
            shelf=shelf,
            contexts=late.contexts,
            runner=runner,
            turns=turns,
            model=model,
            links=LinkErrand(gate, self._settings.opener),
            offers=Offers(gate=gate, connection=ground.pool.get),
            grants=late.grants,
            preferences=Preferences(ground.state, ground.audit),
            history=history,
            limits=late.limits,
            kill=kill,
            proxy=ground.proxy,
            network=NetworkList(ground.egress, stage.deck, ground.audit),
            closing=AsyncExitStack(),
        )

    def _watch_changes(self, ground: _Ground, deck: ViewDeck) -> None:
        def failed(text: str) -> None:
            self._events(ProblemReported(text=text))

        work = watch_changes(ground.state.database, deck.cut_lost, failed)
        self._stack.callback(self._settings.runtime.spawn(work, name="changes elsewhere").cancel)

    def _kill(self, ground: _Ground, fleet: Fleet, deck: ViewDeck, grants: Grants) -> KillDesk:
        reach = Reach(
            switch=ground.switch,
            fleet=fleet,
            pool=ground.pool,
            deck=deck,
            proxy=ground.egress,
            grants=grants,
        )
        return begin_kill(self._settings, reach, ground.audit, self._stack)

    def _app_grants(self, ground: _Ground, gate: Gate, deck: ViewDeck) -> AppGrants:
        return AppGrants(
            gate=gate,
            book=ground.state.app_grants,
            storage=ground.kept,
            deck=deck,
            templates=ground.templates,
            audit=ground.audit,
            events=self._events,
        )

    def _world(
        self, gate: Gate, ground: _Ground, late: _Late, runner: ToolRunner, model: ModelChoice
    ) -> ViewWorld:
        templates, fleet = ground.templates, late.fleet
        downloads = self._settings.downloads

        def on_message(
            conversation: ConversationId, view: ViewId, source: str, text: str, label: Label
        ) -> None:
            late.contexts.lend(conversation, view, f"a draft of the {source}", label, text)
            self._events(DraftOffered(conversation=conversation, source=source, text=visible(text)))

        async def on_context(
            conversation: ConversationId, view: ViewId, source: str, text: str, label: Label
        ) -> None:
            late.shelf.put(conversation, view, source, text, label)

        async def on_trouble(
            conversation: ConversationId, item: ItemId, view: ViewId, text: str, fatal: bool
        ) -> None:
            runner.note_view(conversation, item, view, text, fatal=fatal)

        return ViewWorld(
            gate=gate,
            audit=ground.audit,
            events=partial(from_view, late.contexts, late.shelf, self._events),
            spawn=self._settings.runtime.spawn,
            clock=time.monotonic,
            tools=fleet.tools,
            advertises=lambda key, kind: _advertises(ground.pool, key, kind),
            open_link=self._settings.opener,
            on_message=on_message,
            on_context=on_context,
            on_trouble=on_trouble,
            host_version=__version__,
            standing=lambda opening: (
                templates.still_approved(opening.source.review.pin) and fleet.has(opening.server)
            ),
            require_running=lambda opening: ground.switch.require_server(
                opening.server.key, opening.conversation
            ),
            grants=lambda pin: tuple(kept.grant for kept in ground.state.app_grants.of(pin)),
            keeping=ground.kept,
            model=model.for_apps,
            used=late.shelf.readmit,
            usable_schema=ground.schemas.require_usable,
            tools_ended=partial(app_tools_ended, late.grants),
            save_file=None if downloads is None else DownloadsFolder(downloads),
            initialize_seconds=self._settings.initialize_seconds,
        )


def _advertises(pool: ServerPool, key: ServerKey, kind: str) -> bool:
    connection = pool.get(key)
    return connection is not None and advertises(connection, kind)


def _held_back(late: _Late, stage: Stage, turned: Turned) -> None:
    """A breaker has turned: its App's card or its server's line says so."""
    words = turned.words(time.time())
    if turned.view is None:
        late.fleet.held_back(turned.server, words)
    elif turned.state is not Breaker.HALF_OPEN:
        stage.deck.note(turned.view, words or "Its calls go on as usual.")


class _Late:
    """The fleet needs the gate and its desk, and the gate what the fleet knows."""

    fleet: Fleet
    limits: LimitBook
    tools: Tools
    grants: Grants
    pins: ToolPins
    transcripts: Transcripts
    shelf: Shelf
    contexts: Contexts
    sign_ins: SignIns
    accounts: Accounts
