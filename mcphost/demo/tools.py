"""What the demo's tools do once their arguments are checked. Pure: today's date is an argument.

Called by `service`. Everything a tool needs arrives with the call, the garden journal too: a
sealed list of waterings that `record_watering` hands out and the caller passes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from mcphost.demo import garden
from mcphost.demo.arguments import BadArgument
from mcphost.demo.garden import BEDS, Bed, Watering
from mcphost.demo.seal import BadSeal, Sealer
from mcphost.demo.wire import Object

_JOURNAL: Final = "journal"
MAX_ENTRIES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a tool may know besides its arguments."""

    today: date
    sealer: Sealer


def garden_overview(arguments: Object, world: World) -> Object:
    """The state of every bed, and the history of one: the chosen one or the driest."""
    journal = open_journal(arguments, world)
    beds = [_bed_state(bed, world, journal) for bed in BEDS]
    driest = min(beds, key=lambda bed: bed["moisture"] - bed["low"])
    chosen = garden.bed_of(arguments.get("bed_id", driest["id"]))
    structured: Object = {
        "today": world.today.isoformat(),
        "beds": beds,
        "history": _history(chosen, 14, world, journal),
    }
    if _JOURNAL in arguments:
        structured[_JOURNAL] = arguments[_JOURNAL]
    return result(" ".join(_sentence(bed) for bed in beds), structured)


def bed_history(arguments: Object, world: World) -> Object:
    """Readings of one bed."""
    bed = garden.bed_of(arguments["bed_id"])
    history = _history(bed, arguments.get("days", 14), world, open_journal(arguments, world))
    moist = ", ".join(f"{entry['moisture']} %" for entry in history["readings"][-7:])
    return result(f"{bed.crop} ({bed.name}), moisture of the last days: {moist}.", history)


def record_watering(arguments: Object, world: World) -> Object:
    """A new journal with one more entry."""
    entry = Watering(
        bed=arguments["bed_id"],
        day=world.today,
        litres=float(arguments["litres"]),
        note=arguments.get("note", ""),
    )
    journal = (*open_journal(arguments, world), entry)[-MAX_ENTRIES:]
    bed = _bed_state(garden.bed_of(entry.bed), world, journal)
    structured: Object = {
        _JOURNAL: seal_journal(journal, world),
        "entries": len(journal),
        "bed": bed,
    }
    text = f"Recorded {entry.litres:g} litres for the {bed['crop'].lower()}. {_sentence(bed)}"
    return result(text, structured)


TOOLS: Final[dict[str, Callable[[Object, World], Object]]] = {
    "garden_overview": garden_overview,
    "bed_history": bed_history,
    "record_watering": record_watering,
}


def planned(bed_id: str, content: Object) -> Object:
    """The answer to an accepted plan."""
    bed = garden.bed_of(bed_id)
    companions = " and ".join(content.get("companions", [])) or "no companions"
    when = f", sown on {content['sow_on']}" if "sow_on" in content else ""
    return result(
        f"Plan “{content['label']}” for the {bed.name.lower()}: {content['plants']} plants of "
        f"{content['crop']} with {companions}{when}."
    )


def ordered(arguments: Object) -> Object:
    """The answer once the person agreed to open the shop. Nobody knows whether they paid."""
    packets = arguments.get("packets", 1)
    return result(
        f"The seed shop has the order: {packets} × {arguments['seed']}. "
        "It is sent once you have finished on the shop's page."
    )


def swapped(content: Object) -> Object:
    """The answer to an accepted seed swap."""
    offers = ", ".join(content.get("offers", [])) or "nothing yet"
    return result(f"Welcome to the seed swap, {content['name']}. You offer: {offers}.")


def result(text: str, structured: Object | None = None, *, error: bool = False) -> Object:
    """A complete tool result with its text fallback."""
    found: Object = {"resultType": "complete", "content": [{"type": "text", "text": text}]}
    if structured is not None:
        found["structuredContent"] = structured
    return {**found, "isError": True} if error else found


def seal_journal(journal: tuple[Watering, ...], world: World) -> str:
    """The journal as the caller carries it."""
    rows: list[Any] = [[e.bed, e.day.isoformat(), e.litres, e.note] for e in journal]
    return world.sealer.seal(_JOURNAL, rows)


def open_journal(arguments: Object, world: World) -> tuple[Watering, ...]:
    """The journal that *arguments* carry. Raises `BadArgument`."""
    if _JOURNAL not in arguments:
        return ()
    try:
        rows = world.sealer.open(_JOURNAL, arguments[_JOURNAL])
    except BadSeal as error:
        raise BadArgument("this journal was not written by this garden; start a new one") from error
    return tuple(
        Watering(bed=bed, day=date.fromisoformat(day), litres=litres, note=note)
        for bed, day, litres, note in rows
    )


def _bed_state(bed: Bed, world: World, journal: tuple[Watering, ...]) -> Object:
    moisture = garden.readings(bed, today=world.today, days=1, journal=journal)[0].moisture
    return {
        "id": bed.id,
        "name": bed.name,
        "crop": bed.crop,
        "moisture": moisture,
        "low": bed.low,
        "high": bed.high,
        "state": garden.state_of(bed, moisture),
        "suggested_litres": garden.suggested_litres(bed, moisture),
    }


def _history(bed: Bed, days: int, world: World, journal: tuple[Watering, ...]) -> Object:
    found = garden.readings(bed, today=world.today, days=days, journal=journal)
    rows: list[Object] = [
        {"date": r.day.isoformat(), "moisture": r.moisture, "rain_mm": r.rain, "litres": r.litres}
        for r in found
    ]
    return {"bed_id": bed.id, "days": days, "low": bed.low, "high": bed.high, "readings": rows}


def _sentence(bed: Object) -> str:
    advice = f", give it {bed['suggested_litres']:g} litres" if bed["suggested_litres"] else ""
    return f"{bed['crop']}: {bed['moisture']} % moist, {bed['state']}{advice}."
