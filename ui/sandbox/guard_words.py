"""The guards of the sandbox in words: how the self-test sees each fire, what to do if it does not.

Law: what the self-test checks stands here, each once, and nothing else does. Imports no Qt: the
window shows these words before the engine is loaded. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ELSE = (
    "No App opens while this guard is silent. Install mcphost anew with the engine it was tested "
    "with, and if that does not help, report what this command prints."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardWords:
    """*seen* is what the self-test did and saw; *advice* is for when it did not see it."""

    seen: str
    advice: str = _ELSE


SANDBOX, MEMORY = "chromium sandbox", "memory limit"
GUARDS: Mapping[str, GuardWords] = MappingProxyType(
    {
        SANDBOX: GuardWords(
            seen="the kernel was asked about the process that draws Apps: system calls are "
            "filtered, it has no rights, and user, process and network namespaces of its own",
            advice="Run mcphost as an ordinary user, not as root, on a system that lets ordinary "
            "users make namespaces (`unshare --user true` must work). The reason above says what "
            "is missing. No App opens until then.",
        ),
        MEMORY: GuardWords(
            seen="the kernel holds the process that draws Apps to its share of memory",
            advice="Only Linux can set this bound. No App opens without it.",
        ),
        "content security policy": GuardWords(
            seen="a request to an address nobody granted was refused, and the policy in force is "
            "the one that was sent, letter by letter"
        ),
        "permissions policy": GuardWords(seen="the App's document reports its camera as off"),
        "request filter": GuardWords(
            seen="a request that the content security policy let by was stopped by the filter"
        ),
        "name resolution": GuardWords(
            seen="a listener on this computer, asked for by number and by name, heard nothing"
        ),
        "navigation": GuardWords(seen="the App's attempt to go to another address was refused"),
        "popup": GuardWords(seen="the App's attempt to open a window gave it none"),
        "dialog": GuardWords(seen="an alert of the App was not shown"),
        "file chooser": GuardWords(seen="a real press on a file field opened nothing"),
        "permission": GuardWords(seen="the App asked to send notifications and was denied"),
        "download": GuardWords(seen="a download was cancelled before it began"),
        "console": GuardWords(seen="an error of the App was heard by the host"),
        "bridge": GuardWords(seen="the App finds none of the host's objects in its page"),
    }
)


def told(name: str, *, holds: bool, reason: str = "") -> str:
    """How the self-test found *name*, for a person. *reason* is the guard's own, if it has one."""
    if holds:
        return GUARDS[name].seen
    return reason or f"this was not seen: {GUARDS[name].seen}"
