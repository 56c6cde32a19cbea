"""What whoever acts has read: the labelled pieces of a conversation, for the gate.

Law: (1) a label is the one that was given to an item when it came in, by the channel it came by;
here they are only collected. (2) Conversations are apart: nothing of one is ever part of another's
context. (3) Too much rather than too little: a model is taken to have read the whole conversation,
its shelf and the words of every tool on offer, also what was left out of a request. (4) Words of
others that a person passes on (a draft of an App, a prompt of a server) stay theirs.

Loop thread. Implements `domain.flow.ContextBook`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mcphost.chat.ports import Target
from mcphost.chat.shelf import Shelf
from mcphost.chat.transcript import Transcripts
from mcphost.domain.action import Action, ActionKind
from mcphost.domain.app_tool import AppTool
from mcphost.domain.conversation import Item, ModelText, Notice, ToolRun, UserText
from mcphost.domain.flow import NOTHING_READ, Context, Piece
from mcphost.domain.ids import ConversationId, ItemId, ViewId
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.labels import (
    PERSONS_WORDS,
    Label,
    app_data,
    joined,
    server_data,
    server_words,
)
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.text import one_line
from mcphost.policy.provenance import leaves, trace

MAX_PIECE: Final = 50_000
"""Characters of one item that values are compared with."""
MAX_LEARNED: Final = 100
"""Results that a View called for itself and may pass on."""
MIN_OF_TOOLS: Final = 12
"""Letters of a value that is looked for in definitions of tools: they are full of plain words."""
MAX_TALKS: Final = 16
"""Conversations whose pieces are kept ready; those of others are made again."""
MAX_BORROWED: Final = 400_000
"""Characters of the drafts and prompts of one author that may come back in a message."""
MAX_LENDERS: Final = 256
"""Authors, in their conversations, whose drafts and prompts are known."""
_TO_ITS_SERVER: Final = frozenset({ActionKind.TOOL_CALL, ActionKind.RESOURCE_READ})


class Contexts:
    """The contexts of all conversations."""

    def __init__(
        self,
        transcripts: Transcripts,
        shelf: Shelf,
        offered: Callable[[ConversationId], list[Target]],
    ) -> None:
        """*offered* are the tools that a model may see in a conversation."""
        self._transcripts = transcripts
        self._shelf = shelf
        self._offered = offered
        self._ready: dict[ConversationId, dict[ItemId, tuple[Item, tuple[Piece, ...]]]] = {}
        self._learned: dict[ConversationId, deque[tuple[ViewId, Piece]]] = {}
        self._borrowed: dict[tuple[ConversationId | None, Label], _Lent] = {}

    def of(self, action: Action) -> Context:
        """The context of *action*, as it is now."""
        conversation = action.conversation
        if conversation is None:
            return NOTHING_READ
        match action.principal.kind:
            case PrincipalKind.VIEW if action.kind in _TO_ITS_SERVER:
                return NOTHING_READ  # what it has, it has from there
            case PrincipalKind.VIEW | PrincipalKind.MODEL:
                return self.read(conversation)
            case PrincipalKind.USER if action.kind in {
                ActionKind.OPEN_LINK,
                ActionKind.MODEL_REQUEST,
            }:
                return self.read(conversation)
            case _:
                return NOTHING_READ  # typed by a person, or by whoever wrote the command

    def read(self, conversation: ConversationId) -> Context:
        """All that can have been read in *conversation*."""
        pieces = (
            *self._of_tools(conversation),
            *self._of_items(conversation),
            *(piece for _, piece in self._learned.get(conversation, ())),
            *self._of_shelf(conversation),
        )
        return Context(pieces=pieces, label=joined(piece.label for piece in pieces))

    def learned(self, action: Action, result: JsonObject) -> None:
        """A View is about to be given *result*: it stands in no item of the conversation."""
        if action.view is None or action.conversation is None or action.server is None:
            return
        if action.kind is ActionKind.APP_TOOL:
            return  # the View gave it, and it stands in a card
        run = self._run_of(action.conversation, action.view)
        identity = run.server_identity if run else ""
        words, label = "asked its server for", server_data(action.server, identity)
        if action.kind is ActionKind.SAMPLING:  # what a model made of the App's own words
            words, label = "was told by the model", app_data(action.server, identity)
        piece = Piece(
            id=action.invocation,
            words=f"what the App of {action.server} {words}",
            label=label,
            text=_bounded(result),
        )
        known = self._learned.setdefault(action.conversation, deque(maxlen=MAX_LEARNED))
        known.append((action.view, piece))

    def left(self, view: ViewId) -> None:
        """A View has ended: what it knew goes nowhere any more, but where it is on record."""
        for conversation, known in list(self._learned.items()):
            kept = [each for each in known if each[0] != view]
            if kept:
                self._learned[conversation] = deque(kept, maxlen=MAX_LEARNED)
            else:
                del self._learned[conversation]

    def lend(
        self, conversation: ConversationId | None, id: str, words: str, label: Label, text: str
    ) -> None:
        """*text* is put into a person's composer: of a conversation, or of whichever is open."""
        piece = Piece(id=id, words=words, label=label, text=text[:MAX_PIECE])
        lent = self._borrowed.pop((conversation, label), None) or _Lent()
        lent.add(piece)
        self._borrowed[conversation, label] = lent
        while len(self._borrowed) > MAX_LENDERS:
            del self._borrowed[next(iter(self._borrowed))]

    def label_of_sent(self, conversation: ConversationId, text: str) -> Label:
        """The label of a person's message: theirs, and of whoever's words they pass on. Who has
        lent more than is kept is taken to be among them: nobody else can forget it for them.
        """
        here = [
            (label, lent)
            for (where, label), lent in self._borrowed.items()
            if where in (None, conversation)
        ]
        pieces = [piece for _, lent in here for piece in lent.pieces]
        found = trace({"text": text}, pieces)
        passed_on = [match.piece for match in found.matches] if found.whole else pieces
        forgotten = [label for label, lent in here if lent.forgot]
        return PERSONS_WORDS.join(*(piece.label for piece in passed_on), *forgotten)

    def _run_of(self, conversation: ConversationId, view: ViewId) -> ToolRun | None:
        for item in self._transcripts.items(conversation):
            if isinstance(item, ToolRun) and item.view == view:
                return item
        return None

    def _of_items(self, conversation: ConversationId) -> Iterator[Piece]:
        before = self._ready.pop(conversation, {})
        ready: dict[ItemId, tuple[Item, tuple[Piece, ...]]] = {}
        for item in self._transcripts.items(conversation):
            known = before.get(item.id)
            if known is None or known[0] is not item:
                known = (item, tuple(_pieces(item)))
            ready[item.id] = known
            yield from known[1]
        self._ready[conversation] = ready  # the one asked about last stands last
        while len(self._ready) > MAX_TALKS:
            del self._ready[next(iter(self._ready))]

    def _of_shelf(self, conversation: ConversationId) -> Iterator[Piece]:
        for item in self._shelf.items(conversation):
            words = f"the shelf ({item.source})"
            yield Piece(id=item.key, words=words, label=item.label, text=item.text)

    def _of_tools(self, conversation: ConversationId) -> Iterator[Piece]:
        for target in self._offered(conversation):
            config, tool = target.server, target.tool
            if target.app is not None:
                yield _of_app_tool(target, target.app)
                continue
            yield Piece(
                id=f"tool:{config.key}/{tool.name}",
                words=f"what {config.key} says of its tool {tool.name}",
                label=server_words(config.key, config.identity),
                text=_bounded(tool.definition),
                least=MIN_OF_TOOLS,
            )


@dataclass(slots=True)
class _Lent:
    """What one author has lent to one conversation; each text once."""

    pieces: deque[Piece] = field(default_factory=deque[Piece])
    size: int = 0
    forgot: bool = False
    """There was more, and it is not known any more."""

    def add(self, piece: Piece) -> None:
        if any(known.text == piece.text for known in self.pieces):
            return
        self.pieces.append(piece)
        self.size += len(piece.text)
        while self.size > MAX_BORROWED:
            self.size -= len(self.pieces.popleft().text)
            self.forgot = True


def _pieces(item: Item) -> Iterator[Piece]:
    match item:
        case UserText(id=ident, text=text, label=label):
            yield Piece(id=ident, words="your message", label=label, text=text[-MAX_PIECE:])
        case ModelText(id=ident, text=text, label=label):
            words = "an answer of the model"
            yield Piece(id=ident, words=words, label=label, text=text[-MAX_PIECE:])
        case ToolRun():
            words = f"a result of {item.server} ({item.tool})"
            text = item.text if item.result is None else _bounded(item.result)
            yield Piece(id=item.id, words=words, label=item.label, text=text)
            if item.view_note:
                yield _of_app(item)
        case Notice():
            return  # the host's own word, and never told to a model


def _of_app(run: ToolRun) -> Piece:
    words = f"what happened to the App of {run.server}"
    label = app_data(run.server, run.server_identity)
    return Piece(id=f"{run.id}/app", words=words, label=label, text=run.view_note[:MAX_PIECE])


def _of_app_tool(target: Target, app: AppTool) -> Piece:
    config, name = target.server, one_line(target.tool.name, limit=80)
    return Piece(
        id=f"tool:{config.key}/{app.view}/{name}",
        words=f"what the App of {config.key} says of its tool {name}",
        label=app_data(config.key, config.identity),
        text=_bounded(target.tool.definition),
        least=MIN_OF_TOOLS,
    )


def _bounded(value: Json) -> str:
    """Every text in *value*, up to `MAX_PIECE` characters."""
    return _joined(text for _, text in leaves(value))


def _joined(texts: Iterable[str]) -> str:
    taken: list[str] = []
    left = MAX_PIECE
    for text in texts:
        taken.append(text[:left])
        left -= len(text)
        if left <= 0:
            break
    return "\n".join(taken)
