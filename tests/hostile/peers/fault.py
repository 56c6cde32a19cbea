"""What one fault of another host is, and what holds it off here."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.collected import of as of

ASK = "tests/unit/gate/test_ask.py"
PATH = "tests/unit/gate/test_path.py"
ROUNDS = "tests/unit/gate/test_rounds.py"
GRANTED = "tests/unit/gate/test_granted.py"
PROMISED_PATH = "tests/hostile/test_promised_path.py"
PROMISED_VIEWS = "tests/hostile/test_promised_views.py"
CORE = "tests/e2e/test_core.py"
LAUNCH = "tests/e2e/test_launch_consent.py"
INJECTION = "tests/e2e/test_model_injection.py"
CHANGES = "tests/hostile/test_tool_changes.py"
CONSENT_TEXT = "tests/unit/ui/dialogs/test_consent_text.py"
PINS = "tests/unit/consent/test_pins.py"
FLOW = "tests/hostile/test_p14_flow.py"
ENGINE = "tests/unit/policy/test_engine.py"
HERE_CALLS = "tests/hostile/peers/test_peer_calls.py"
HERE_BOUNDS = "tests/hostile/peers/test_peer_bounds.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """*name* is short and ours; *seen* says where it was reported; *fault* what went wrong there.

    *tests* break when it happens here. Where there are none, *reason* says why it cannot.
    """

    name: str
    seen: tuple[str, ...]
    fault: str
    tests: tuple[str, ...] = ()
    reason: str = ""
