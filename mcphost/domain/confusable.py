"""Whether the name of a host may be read as another one: letters of several scripts in one label,
or a label whose letters all look like Latin ones.

Law: pure; it warns and never decides. It knows Latin, Cyrillic and Greek, the scripts whose letters
are drawn alike; that a name is internationalised at all is a caution, not a warning.
"""

from __future__ import annotations

import unicodedata

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
_LIKE_LATIN = frozenset(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458"
    "\u0475\u0501\u051b\u051d\u04bb\u04cf\u04af\u0491"  # Cyrillic
    "\u03b1\u03b2\u03b3\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03c9"  # Greek
)


INTERNATIONAL = (
    "This host is written with letters beyond plain English ones, and may look like another. "
    "Compare it letter by letter with the one you expect."
)


def cautions(host: str) -> tuple[str, ...]:
    """What is unusual about *host*, though nothing in it need deceive anybody."""
    strange = not host.isascii() or any(
        label.startswith("xn--") for label in host.lower().split(".")
    )
    return (INTERNATIONAL,) if strange else ()


def plain_name(host: str, shown: str) -> str:
    """How *host* stands in a heading: as *shown*, but one that may deceive in punycode alone, for
    nobody could tell its letters from those of another.
    """
    return host if disguises(host) else shown


def disguises(host: str) -> tuple[str, ...]:
    """What is deceiving about *host*, written in Unicode or punycode; one sentence a label."""
    return tuple(said for label in host.lower().split(".") if (said := _of(_unicode(label))))


def _of(label: str) -> str:
    scripts = {script for character in label if (script := _script(character))}
    if len(scripts) > 1:
        mixed = " and ".join(sorted(script.title() for script in scripts))
        return f"In one part of the host's name stand {mixed} letters, which look alike."
    letters = [character for character in label if character.isalpha()]
    if letters and scripts != {"LATIN"} and _LIKE_LATIN.issuperset(letters):
        return (
            f"Every letter in one part of the host's name is {scripts.pop().title()} and looks "
            "like a Latin one."
        )
    return ""


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return first if first in _SCRIPTS else ""
