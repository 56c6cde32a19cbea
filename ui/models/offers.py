"""Prompts, resources and templates as rows of one list. Pure; main thread; called by panes."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from PySide6.QtCore import QObject

from mcphost.domain.offers import OfferList, Prompt, Resource, ResourceTemplate
from mcphost.domain.text import one_line
from ui.models.lines import count_text
from ui.models.records import Line, RecordModel

Offer: TypeAlias = Prompt | Resource | ResourceTemplate
_KINDS = ("prompt", "resource", "template")


def offer_line(offer: Offer) -> Line:
    """An offer, in a list to choose from."""
    exact = offer_ident(offer)
    return Line(
        title=one_line(offer.title, limit=80),
        detail=one_line(offer.description, limit=160) or one_line(exact),
        pill=offer_kind(offer),
        tone="info" if isinstance(offer, Prompt) else "neutral",
        search=f"{one_line(exact)} {offer.title} {one_line(offer.description, limit=400)}",
        tip=one_line(exact),
    )


def offer_kind(offer: Offer) -> str:
    """What it is, in a word."""
    match offer:
        case Prompt():
            return "prompt"
        case Resource():
            return "resource"
        case ResourceTemplate():
            return "template"
        case _:
            assert_never(offer)


def offer_ident(offer: Offer) -> str:
    """Its exact name or address."""
    match offer:
        case Prompt(name=name):
            return name
        case Resource(uri=uri):
            return uri
        case ResourceTemplate(uri_template=address):
            return address
        case _:
            assert_never(offer)


def offers_of(found: OfferList) -> tuple[Offer, ...]:
    """Everything in *found*."""
    return (*found.prompts, *found.resources, *found.templates)


def counts_text(found: OfferList) -> str:
    """`2 prompts, 1 resource`; what there is none of is left out, and nothing at all is empty."""
    counted = (
        (len(found.prompts), "prompt"),
        (len(found.resources), "resource"),
        (len(found.templates), "resource template"),
    )
    return ", ".join(count_text(count, noun) for count, noun in counted if count)


def offer_model(parent: QObject) -> RecordModel[Offer]:
    """Prompts first, then resources, then templates, each by title."""
    return RecordModel(
        key=lambda offer: f"{offer_kind(offer)} {offer_ident(offer)}",
        line=offer_line,
        order=lambda o: (_KINDS.index(offer_kind(o)), o.title.casefold(), offer_ident(o)),
        parent=parent,
    )
