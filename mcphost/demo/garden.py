"""The demo's little world: four beds of a kitchen garden, their weather and how moist they are.

Pure and deterministic: the same day and the same journal give the same garden on every instance.
Called by `tools`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_WARM_UP_DAYS: Final = 45
_START: Final = 58.0
_GAIN_PER_MM: Final = 1.5
_GAIN_PER_LITRE: Final = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """One bed. It is comfortable between *low* and *high* percent of soil moisture."""

    id: str
    name: str
    crop: str
    low: int
    high: int
    drying: float
    """Percentage points lost in a day at half saturation; a wetter bed loses more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watering:
    """One entry of the journal."""

    bed: str
    day: date
    litres: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One bed on one day."""

    day: date
    moisture: int
    rain: float
    litres: float


BEDS: Final = (
    Bed(id="tomatoes", name="South wall", crop="Tomatoes", low=45, high=70, drying=5.2),
    Bed(id="herbs", name="Kitchen step", crop="Herbs", low=25, high=55, drying=5.6),
    Bed(id="salad", name="Long bed", crop="Salad", low=50, high=75, drying=4.0),
    Bed(id="berries", name="Fence row", crop="Berries", low=40, high=68, drying=4.6),
)
BED_IDS: Final = tuple(bed.id for bed in BEDS)


def bed_of(identifier: str) -> Bed:
    """The bed called *identifier*; the caller has checked that it is in `BED_IDS`."""
    return next(bed for bed in BEDS if bed.id == identifier)


def rain_on(day: date) -> float:
    """Millimetres of rain on *day*: about two wet days in a week, and never six dry ones."""
    roll = hashlib.sha256(f"rain {day.toordinal()}".encode()).digest()
    wet = roll[0] < 60 or day.toordinal() % 6 == 0
    return round(2 + roll[1] / 16, 1) if wet else 0.0


def readings(bed: Bed, *, today: date, days: int, journal: tuple[Watering, ...]) -> list[Reading]:
    """The last *days* days of *bed*, oldest first, today last."""
    moisture = _START
    found: list[Reading] = []
    for back in range(_WARM_UP_DAYS + days - 1, -1, -1):
        day = today - timedelta(days=back)
        rain = rain_on(day)
        litres = sum(entry.litres for entry in journal if (entry.bed, entry.day) == (bed.id, day))
        moisture += rain * _GAIN_PER_MM + litres * _GAIN_PER_LITRE - bed.drying * moisture / 50
        moisture = min(92.0, max(12.0, moisture))
        found.append(Reading(day=day, moisture=round(moisture), rain=rain, litres=litres))
    return found[-days:]


def state_of(bed: Bed, moisture: int) -> str:
    """`thirsty`, `comfortable` or `wet`."""
    if moisture < bed.low:
        return "thirsty"
    return "wet" if moisture > bed.high else "comfortable"


def suggested_litres(bed: Bed, moisture: int) -> float:
    """What would bring *bed* to the middle of its comfortable range, in half litres."""
    missing = (bed.low + bed.high) / 2 - moisture
    return 0.0 if moisture >= bed.low else round(missing / _GAIN_PER_LITRE * 2) / 2
