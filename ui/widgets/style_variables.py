"""The 76 standard CSS variables that MCP Apps give a View, made from the same tokens as the window.

Pure. Called by `Theme.style_variables`; any thread. Colours use `light-dark()`, so that a View
follows a change of mode without being sent new values.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TypeAlias

from ui.widgets.tokens import Colors, Metrics, Rings, Tones

Variables: TypeAlias = tuple[tuple[str, str], ...]


def style_variables(light: Colors, dark: Colors, metrics: Metrics) -> Variables:
    """Every standard variable once, as (name, CSS value)."""
    return (
        *_pair("background", light.background, dark.background),
        *_pair("text", light.text, dark.text),
        *_pair("border", light.border, dark.border),
        *_pair("ring", light.ring, dark.ring),
        ("--font-sans", _family(metrics.sans)),
        ("--font-mono", _family(metrics.mono)),
        *((f"--font-weight-{name}", str(value)) for name, value in metrics.weight.items()),
        *_steps("text", metrics.text),
        *_steps("heading", metrics.heading),
        *((f"--border-radius-{name}", f"{value}px") for name, value in metrics.radius.items()),
        ("--border-width-regular", "1px"),
        *_shadows(_both(light.shadow, dark.shadow)),
    )


def _both(light: str, dark: str) -> str:
    return f"light-dark({light}, {dark})"


def _pair(group: str, light: Tones | Rings, dark: Tones | Rings) -> Variables:
    return tuple(
        (f"--color-{group}-{f.name}", _both(getattr(light, f.name), getattr(dark, f.name)))
        for f in fields(light)
    )


def _steps(group: str, steps: dict[str, tuple[int, int]]) -> Variables:
    sizes = [(f"--font-{group}-{name}-size", f"{size}px") for name, (size, _) in steps.items()]
    lines = [(f"--font-{group}-{name}-line-height", f"{ln}px") for name, (_, ln) in steps.items()]
    return (*sizes, *lines)


def _shadows(color: str) -> Variables:
    return (
        ("--shadow-hairline", f"0 0 0 1px {color}"),
        ("--shadow-sm", f"0 1px 2px {color}"),
        ("--shadow-md", f"0 4px 10px {color}"),
        ("--shadow-lg", f"0 12px 28px {color}"),
    )


def _family(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' if " " in name else name for name in names)
