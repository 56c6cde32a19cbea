"""The gate in front of every real View: closed until the self-test of this process has passed.

Main thread. Only `self_test` writes it; `SandboxView.start` asks it.
"""

from __future__ import annotations

from dataclasses import dataclass

_NOT_RUN = "the sandbox has not been tested yet in this run; Apps open when the test has passed"


@dataclass(slots=True)
class _Gate:
    refusal: str = _NOT_RUN


_gate = _Gate()


def refusal() -> str:
    """Why no View may start, or the empty string."""
    return _gate.refusal


def record_result(failed_checks: tuple[str, ...]) -> None:
    """Open the gate when nothing failed; close it otherwise, even when it was open."""
    if not failed_checks:
        _gate.refusal = ""
        return
    names = ", ".join(failed_checks)
    _gate.refusal = (
        f"the sandbox failed its self-test ({names}), so no App is opened; "
        "run `mcphost doctor` and report what it prints"
    )


def forget_result() -> None:
    """Close the gate as at program start."""
    _gate.refusal = _NOT_RUN
