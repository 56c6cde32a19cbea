"""The one exception tree.

    McpHostError
    ├── UserFacingError       something a person can act on; the message says what, where, what to
    do
    │   ├── PolicyDenied      a rule said no (names the rule)
    │   │   ├── KillSwitchOn  the kill switch is on for it
    │   │   └── BudgetSpent   an App, or everybody at a server, asks too much
    │   ├── ConsentRefused    a person, a deadline or the absence of a person said no
    │   └── NotConfigured     unknown server, tool, template or setting
    ├── ServerError           a server, or the way to it, failed; fails that one call
    │   ├── ServerUnreachable no process, no connection, no answer in time
    │   │   └── SignInNeeded  it wants a person to sign in, and nobody could or would
    │   ├── ProtocolViolation the peer broke the protocol or a limit
    │   ├── TaskEnded         a task failed at its server, was cancelled there, or is unknown
    │   ├── TaskLeft          a task goes on at its server, and nobody follows it now
    │   └── ServerRefused     a well-formed JSON-RPC error from the server (code, message)
    ├── ViewProtocolError     a View broke the protocol (their fault)
    ├── StorageError          disk, database or keyring
    └── HostBugError          ours
Edges map foreign exceptions into this tree with `raise … from`.
"""

from __future__ import annotations

from mcphost.domain.text import one_line


class McpHostError(Exception):
    """Root of every error of ours. `str()` is safe to show: untrusted parts are sanitised."""


class UserFacingError(McpHostError):
    """A person can act on it."""


class PolicyDenied(UserFacingError):
    """A rule of the policy refused the action."""

    def __init__(self, message: str, *, rules: tuple[str, ...]) -> None:
        super().__init__(message)
        self.rules = rules


class KillSwitchOn(PolicyDenied):
    """The kill switch is on for what was to be done; no rule and no person can permit it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, rules=("kill-switch",))


class BudgetSpent(PolicyDenied):
    """An App, or everybody at one server, asks more than its budget; a breaker is open."""

    def __init__(self, message: str) -> None:
        super().__init__(message, rules=("budget",))


class ConsentRefused(UserFacingError):
    """Nobody consented: *how* is `denied`, `timeout`, `nobody`, `aborted` or `budget`."""

    def __init__(self, message: str, *, how: str, rules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.how = how
        self.rules = rules


class NotConfigured(UserFacingError):
    """The named server, tool, template or setting does not exist here."""


class ServerError(McpHostError):
    """A server, or the way to it, failed. One call is lost, nothing else."""


class ServerUnreachable(ServerError):
    """No process, no connection, or no answer in time."""


class SignInNeeded(ServerUnreachable):
    """The server wants a sign-in, or more scopes, that this call could not get for it."""


class ProtocolViolation(ServerError):
    """The peer broke the protocol or exceeded a limit."""


class TaskEnded(ServerError):
    """A task came to nothing at its server. *how* (`failed`, `cancelled`, `unknown`) is what the
    log says; the words are the server's.
    """

    def __init__(self, how: str, untrusted_message: str, *, code: int | None = None) -> None:
        self.how = how
        self.code = code
        self.server_message = one_line(untrusted_message, limit=400)
        said = f": {self.server_message}" if self.server_message else ""
        super().__init__(f"{_ENDS[how]}{said}")


_ENDS = {
    "failed": "the task failed at the server",
    "cancelled": "the server cancelled this task",
    "unknown": (
        "the server no longer knows this task, or it belongs to another sign-in. What it has done "
        "is not known: look at the server before you run the tool again. It said"
    ),
}


class TaskLeft(ServerError):
    """A server may still be working on a task; a person can look again."""


class ServerRefused(ServerError):
    """The server answered with a JSON-RPC error object. *meaning* is ours, where a code has one."""

    def __init__(
        self, code: int, untrusted_message: str, data: object = None, *, meaning: str = ""
    ) -> None:
        self.code = code
        self.server_message = one_line(untrusted_message, limit=400)
        self.data = data
        known = f" ({meaning})" if meaning else ""
        super().__init__(f"the server answered with error {code}{known}: {self.server_message}")


class ViewProtocolError(McpHostError):
    """A View sent something that is not allowed on its channel. *code* is the JSON-RPC code to
    answer with.
    """

    def __init__(self, message: str, *, code: int = -32600) -> None:
        super().__init__(message)
        self.code = code


class StorageError(McpHostError):
    """Disk, database or keyring."""


class HostBugError(McpHostError):
    """An invariant of ours broke."""
