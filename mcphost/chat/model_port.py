"""The model port: all the host knows of a language model.

Law: (1) a model proposes; it never acts: a tool call it asks for walks the one path like any other.
(2) What goes to a model is made here from typed parts, so that nothing secret can slip in.

Implemented by `mcphost.chat.adapters`; used by `mcphost.chat.turns` on the loop thread.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mcphost.domain.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTool:
    """A tool as a model sees it: *name* is `<server alias>__<tool>`."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FromUser:
    """Text with the person's authority, or third-party text wrapped and labelled as such."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallAsked:
    """A tool call the model asked for. *untrusted_arguments* is the JSON text it wrote."""

    call_id: str
    name: str
    untrusted_arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromModel:
    """What the model said and asked for in one answer."""

    text: str
    calls: tuple[ToolCallAsked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FromTool:
    """What came of one tool call, for the model: data, never instructions."""

    call_id: str
    name: str
    text: str


ModelMessage: TypeAlias = FromUser | FromModel | FromTool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextGrew:
    """The answer grew by *text*."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEnded:
    """The whole answer."""

    answer: FromModel
    input_tokens: int
    output_tokens: int
    cut_off: bool = False
    """It was as long as it may be, and not at its end."""


ModelEvent: TypeAlias = TextGrew | AnswerEnded


class ModelPort(Protocol):
    """One configured model."""

    @property
    def name(self) -> str:
        """The model's name, for the transcript."""
        ...

    @property
    def destination(self) -> str:
        """Where requests go (URL), for policy and audit."""
        ...

    def stream(
        self,
        system: str,
        messages: tuple[ModelMessage, ...],
        tools: tuple[ModelTool, ...],
        *,
        max_tokens: int | None = None,
    ) -> AsyncGenerator[ModelEvent, None]:
        """Ask the model, once: nothing is sent again. *max_tokens* is the longest answer, where it
        is to be shorter than usual. Ends with `AnswerEnded`; raises `ServerError`
        when the whole answer cannot be had. Closing it closes the connection.
        """
        ...
