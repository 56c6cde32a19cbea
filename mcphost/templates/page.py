"""What the scanners pass to each other: the parts of one template. Values only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Page:
    """Filled by `markup`, read by the other scanners. Everything in it is untrusted text."""

    scripts: list[str] = field(default_factory=list[str])
    """Bodies of script elements and event attributes."""
    styles: list[str] = field(default_factory=list[str])
    """Bodies of style elements and attributes."""
    urls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(URL, where it stands) of everything a browser would load or contact."""
    mentioned: list[str] = field(default_factory=list[str])
    """URLs in script strings."""
    shown: list[str] = field(default_factory=list[str])
    hidden: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(text, why nobody sees it)."""
    elements: Counter[str] = field(default_factory=Counter[str])
    permissions: set[str] = field(default_factory=set[str])
    """Browser permissions whose interfaces a script uses."""
