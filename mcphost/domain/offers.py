"""What a server offers besides tools: prompts, resources, resource templates, and suggestions.

Law: names and addresses are the server's own, kept exactly because they go back on the wire; every
text that a person may see has passed `domain/text.py` and is bounded; nothing here decides.
Made by `protocol`, shown by the window and the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import hides, one_line

MOST_LINKS: Final = 20
"""Links of one result that can be followed; all of them are in its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptArgument:
    """One value that a prompt takes. It is text; *required* is the server's word."""

    name: str
    title: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt that a person may choose. *name* goes back as it came; the rest is for showing."""

    server: ServerKey
    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A listed resource. *size* is what the server claims, in bytes."""

    server: ServerKey
    uri: str
    title: str
    description: str
    mime_type: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTemplate:
    """Resources by address with gaps to fill (RFC 6570). *variables* in their order of mention."""

    server: ServerKey
    uri_template: str
    title: str
    description: str
    mime_type: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePart:
    """One of the contents of a resource. *text* is None for a binary one, of *size* bytes."""

    uri: str
    mime_type: str
    text: str | None
    size: int

    @property
    def words(self) -> str:
        """The text, or what there is instead of one."""
        return self.text if self.text is not None else f"[{self.mime_type}, {self.size} bytes]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceContents:
    """What reading *uri* of *server* gave."""

    server: ServerKey
    uri: str
    parts: tuple[ResourcePart, ...]

    @property
    def text(self) -> str:
        """All readable parts; empty when there is none."""
        return "\n\n".join(part.text for part in self.parts if part.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLink:
    """A resource that a result points to. No list need name it; nothing of it was sent along."""

    uri: str
    title: str


def links_in(result: JsonObject | None) -> tuple[ResourceLink, ...]:
    """The resources that a tool's *result* points to, but for templates of Apps."""
    blocks = None if result is None else result.get("content")
    if not isinstance(blocks, Sequence) or isinstance(blocks, str):
        return ()
    found = (_link(block) for block in blocks)
    return tuple(link for link in found if link is not None)[:MOST_LINKS]


def _link(block: Json) -> ResourceLink | None:
    match block:
        case {"type": "resource_link", "uri": str(uri)}:
            title = next((t for k in ("title", "name") if isinstance(t := block.get(k), str)), uri)
        case _:
            return None
    hidden = any(hides(c) or c.isspace() for c in uri)
    if hidden or not 0 < len(uri) <= 2048 or uri.lower().startswith("ui:"):
        return None
    return ResourceLink(uri=uri, title=one_line(title, limit=120))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMessage:
    """One message of a prompt, written by its server. *embedded* came along with it."""

    role: str
    """`user` or `assistant`."""
    text: str
    embedded: tuple[ResourcePart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """What a prompt came to, for a person to look at before any of it is used."""

    server: ServerKey
    name: str
    description: str
    messages: tuple[PromptMessage, ...]

    @property
    def text(self) -> str:
        """The messages as one text; roles are named where there is more than the person's."""
        if all(message.role == "user" for message in self.messages):
            return "\n\n".join(message.text for message in self.messages)
        return "\n\n".join(f"[{message.role}]\n{message.text}" for message in self.messages)

    @property
    def embedded(self) -> tuple[ResourcePart, ...]:
        """All resources that came along."""
        return tuple(part for message in self.messages for part in message.embedded)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRef:
    """What is being filled in: a prompt, by its exact name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRef:
    """What is being filled in: a resource template, by its exact text."""

    uri_template: str


CompletionRef: TypeAlias = PromptRef | TemplateRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedSoFar:
    """What suggestions are asked for: one value of *ref*, as far as it was typed, and the others.
    All of it leaves for the server.
    """

    ref: CompletionRef
    argument: str
    value: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Suggestions. Each value is exactly what is shown; *unusable* ones hid characters."""

    values: tuple[str, ...] = ()
    total: int | None = None
    has_more: bool = False
    unusable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferList:
    """Everything of one server that a person may choose. *notes* say what was left out, and why."""

    prompts: tuple[Prompt, ...] = ()
    resources: tuple[Resource, ...] = ()
    templates: tuple[ResourceTemplate, ...] = ()
    completes: bool = False
    """Whether the server suggests values."""
    notes: tuple[str, ...] = ()
