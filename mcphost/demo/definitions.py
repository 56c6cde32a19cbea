"""What the demo server declares: its tools, its resources, and their schemas. Data only.

Read by `service`, which answers the lists from here and checks arguments against the same tables.
"""

from __future__ import annotations

from typing import Final

from mcphost.demo.garden import BED_IDS, BEDS
from mcphost.demo.wire import Object

PLANNER_URI: Final = "ui://garden/planner.html"
SWAP_URI: Final = "ui://garden/seed-swap.html"
ALMANAC_URI: Final = "garden://almanac"
APP_MIME: Final = "text/html;profile=mcp-app"

DAYS: Final = (7, 14, 30)
LITRES: Final = (0.5, 40.0)
SEEDS: Final = ("beetroot", "chard", "kale", "marigold")

_BED: Final[Object] = {
    "type": "string",
    "enum": list(BED_IDS),
    "description": "; ".join(f"{bed.id}: {bed.crop}, {bed.name}" for bed in BEDS),
}
_JOURNAL: Final[Object] = {
    "type": "string",
    "maxLength": 20_000,
    "description": "The journal handed out by record_watering. Leave out for an empty one.",
}
_READING: Final[Object] = {
    "type": "object",
    "properties": {
        "date": {"type": "string", "format": "date"},
        "moisture": {"type": "integer", "minimum": 0, "maximum": 100},
        "rain_mm": {"type": "number", "minimum": 0},
        "litres": {"type": "number", "minimum": 0},
    },
    "required": ["date", "moisture", "rain_mm", "litres"],
    "additionalProperties": False,
}
_HISTORY: Final[Object] = {
    "type": "object",
    "properties": {
        "bed_id": {"type": "string", "enum": list(BED_IDS)},
        "days": {"type": "integer", "enum": list(DAYS)},
        "low": {"type": "integer"},
        "high": {"type": "integer"},
        "readings": {"type": "array", "items": _READING},
    },
    "required": ["bed_id", "days", "low", "high", "readings"],
    "additionalProperties": False,
}
_BED_STATE: Final[Object] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "crop": {"type": "string"},
        "moisture": {"type": "integer"},
        "low": {"type": "integer"},
        "high": {"type": "integer"},
        "state": {"type": "string", "enum": ["thirsty", "comfortable", "wet"]},
        "suggested_litres": {"type": "number"},
    },
    "required": ["id", "name", "crop", "moisture", "low", "high", "state", "suggested_litres"],
    "additionalProperties": False,
}


def _schema(properties: Object, required: tuple[str, ...] = ()) -> Object:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TOOLS: Final[tuple[Object, ...]] = (
    {
        "name": "garden_overview",
        "title": "Garden overview",
        "description": "How the four beds of the kitchen garden are doing, with an interactive "
        "planner: soil moisture, rain, and what needs water today.",
        "inputSchema": _schema({"bed_id": _BED, "journal": _JOURNAL}),
        "outputSchema": _schema(
            {
                "today": {"type": "string", "format": "date"},
                "beds": {"type": "array", "items": _BED_STATE},
                "history": _HISTORY,
                "journal": {"type": "string"},
            },
            ("today", "beds", "history"),
        ),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
        "_meta": {"ui": {"resourceUri": PLANNER_URI, "visibility": ["model", "app"]}},
    },
    {
        "name": "bed_history",
        "title": "Bed history",
        "description": "Soil moisture, rain and watering of one bed over some days.",
        "inputSchema": _schema(
            {
                "bed_id": {**_BED, "x-mcp-header": "Bed"},
                "days": {"type": "integer", "enum": list(DAYS), "default": 14},
                "journal": _JOURNAL,
            },
            ("bed_id",),
        ),
        "outputSchema": _HISTORY,
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
        "_meta": {"ui": {"resourceUri": PLANNER_URI, "visibility": ["app"]}},
    },
    {
        "name": "record_watering",
        "title": "Record watering",
        "description": "Write into the garden journal that a bed was watered today. The answer "
        "holds the new journal: pass it on to the next call.",
        "inputSchema": _schema(
            {
                "bed_id": _BED,
                "litres": {"type": "number", "minimum": LITRES[0], "maximum": LITRES[1]},
                "note": {"type": "string", "maxLength": 120},
                "journal": _JOURNAL,
            },
            ("bed_id", "litres"),
        ),
        "outputSchema": _schema(
            {
                "journal": {"type": "string"},
                "entries": {"type": "integer", "minimum": 1},
                "bed": _BED_STATE,
            },
            ("journal", "entries", "bed"),
        ),
        "annotations": {
            "readOnlyHint": False,
            "destructiveHint": False,
            "idempotentHint": False,
            "openWorldHint": False,
        },
        "_meta": {"ui": {"visibility": ["model", "app"]}},
    },
    {
        "name": "plan_bed",
        "title": "Plan a bed",
        "description": "Plan what to grow next in a bed. Asks for the details in a form.",
        "inputSchema": _schema({"bed_id": _BED}, ("bed_id",)),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    },
    {
        "name": "order_seeds",
        "title": "Order seeds",
        "description": "Order seeds from the seed shop. Payment happens on the shop's own page, "
        "which opens in the browser.",
        "inputSchema": _schema(
            {
                "seed": {"type": "string", "enum": list(SEEDS)},
                "packets": {"type": "integer", "minimum": 1, "maximum": 12, "default": 1},
            },
            ("seed",),
        ),
        "annotations": {"readOnlyHint": False, "destructiveHint": False, "openWorldHint": True},
    },
    {
        "name": "join_seed_swap",
        "title": "Join the seed swap",
        "description": "Join the neighbourhood seed swap. This tool has a bad habit on purpose: "
        "reading its UI template asks for your details, though nobody started anything.",
        "inputSchema": _schema({}),
        "annotations": {"readOnlyHint": False, "destructiveHint": False, "openWorldHint": False},
        "_meta": {"ui": {"resourceUri": SWAP_URI, "visibility": ["model", "app"]}},
    },
)

PLANNER_META: Final[Object] = {"ui": {"prefersBorder": True}}

RESOURCES: Final[tuple[Object, ...]] = (
    {
        "uri": PLANNER_URI,
        "name": "garden-planner",
        "title": "Garden planner",
        "description": "The interactive planner of garden_overview.",
        "mimeType": APP_MIME,
        "_meta": PLANNER_META,
    },
    {
        "uri": SWAP_URI,
        "name": "seed-swap",
        "title": "Seed swap card",
        "description": "The card of join_seed_swap. Reading it asks for input uninvited.",
        "mimeType": APP_MIME,
    },
    {
        "uri": ALMANAC_URI,
        "name": "almanac",
        "title": "Garden almanac",
        "description": "What each bed likes, as plain text.",
        "mimeType": "text/plain",
    },
)

FORMS: Final[dict[str, Object]] = {
    "plan": _schema(
        {
            "label": {
                "type": "string",
                "title": "Name of the plan",
                "minLength": 2,
                "maxLength": 40,
            },
            "crop": {
                "type": "string",
                "title": "Main crop",
                "oneOf": [
                    {"const": "beans", "title": "Climbing beans"},
                    {"const": "squash", "title": "Winter squash"},
                    {"const": "leek", "title": "Leeks"},
                ],
                "default": "beans",
            },
            "companions": {
                "type": "array",
                "title": "Companions",
                "items": {"type": "string", "enum": ["basil", "borage", "nasturtium", "onion"]},
                "maxItems": 3,
                "default": ["nasturtium"],
            },
            "plants": {
                "type": "integer",
                "title": "Number of plants",
                "minimum": 1,
                "maximum": 60,
                "default": 12,
            },
            "spacing": {
                "type": "number",
                "title": "Spacing in metres",
                "minimum": 0.05,
                "maximum": 2,
                "default": 0.3,
            },
            "sow_on": {"type": "string", "title": "Sow on", "format": "date"},
            "drip": {"type": "boolean", "title": "Drip irrigation", "default": True},
        },
        ("label", "crop", "plants"),
    ),
    "swap": _schema(
        {
            "name": {"type": "string", "title": "Your first name", "maxLength": 40},
            "street": {"type": "string", "title": "Your street", "maxLength": 60},
            "offers": {
                "type": "array",
                "title": "Seeds you can offer",
                "items": {"type": "string", "enum": list(SEEDS)},
            },
        },
        ("name",),
    ),
}
"""Elicitation schemas. The wire allows no `additionalProperties` there, see `questions`."""
