"""Canned prompts, resources and templates for the host without a core."""

from __future__ import annotations

from mcphost.domain.offers import (
    OfferList,
    Prompt,
    PromptArgument,
    PromptMessage,
    PromptText,
    Resource,
    ResourceContents,
    ResourcePart,
    ResourceTemplate,
)
from tests.helpers.fake_data import DEMO


def offer_list() -> OfferList:
    fruit = PromptArgument(name="fruit", title="Fruit", description="Which one", required=True)
    tone = PromptArgument(name="tone", title="Tone", description="", required=False)
    return OfferList(
        prompts=(
            Prompt(
                server=DEMO,
                name="praise",
                title="Praise a fruit",
                description="A poem on a fruit of your choice.",
                arguments=(fruit, tone),
            ),
        ),
        resources=(
            Resource(
                server=DEMO,
                uri="note://plan",
                title="Plan of the beds",
                description="What grows where.",
                mime_type="text/plain",
                size=120,
            ),
        ),
        templates=(
            ResourceTemplate(
                server=DEMO,
                uri_template="note://{day}{?week}",
                title="Diary",
                description="",
                mime_type="text/plain",
                variables=("day", "week"),
            ),
        ),
        completes=True,
    )


def prompt_text(text: str = "Praise the apple in four lines.") -> PromptText:
    part = ResourcePart(uri="note://apple", mime_type="text/plain", text="red", size=3)
    return PromptText(
        server=DEMO,
        name="praise",
        description="",
        messages=(
            PromptMessage(role="user", text=text),
            PromptMessage(role="user", text="[with the resource note://apple]", embedded=(part,)),
        ),
    )


def contents(text: str | None = "Herbs at the wall.") -> ResourceContents:
    part = ResourcePart(uri="note://plan", mime_type="text/plain", text=text, size=18)
    return ResourceContents(server=DEMO, uri="note://plan", parts=(part,))
