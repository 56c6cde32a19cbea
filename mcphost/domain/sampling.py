"""What an App may ask the model, and what comes of it (`sampling/createMessage`).

Law: the model is told exactly what stands in `SampleAsked`: nothing of the conversation, of other
Apps or of servers is added. Data and a port; implemented by `mcphost.chat.sampling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTurn:
    """One message. *by_model* False: it stands for a person's, but an App wrote it."""

    by_model: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAsked:
    """All that the model is told. *max_tokens* is the longest answer."""

    system: str
    turns: tuple[SampleTurn, ...]
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """The model's answer, for the App that asked and for nobody else."""

    text: str
    cut_off: bool
    """It had more to say than *max_tokens*."""
    input_tokens: int
    output_tokens: int


class SamplingModel(Protocol):
    """The model that the person chose."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def destination(self) -> str:
        """Where requests go (URL)."""
        ...

    async def sample(self, asked: SampleAsked) -> Sampled:
        """Ask it, once. Raises `ServerError` when the whole answer cannot be had."""
        ...
