"""What the people of MCP Apps ask of a host in their own host conformance Views, and what we owe.

Their catalogue is `examples/conformance-server` of the ext-apps project (proposed, unreleased and
on no registry in November 2026, so that no test run can fetch it): 45 requirements with names of
their own. Each stands here with the rows of our requirements manifest that hold it up, or with the
reason why it has none. What one of their Views can see from inside itself, a View of ours asks in
the program's own window (tests/e2e/test_host_views.py).
"""

from __future__ import annotations

HELD: dict[str, tuple[str, ...]] = {
    "security/iframe-sandboxed": ("APPS-21",),
    "security/sandbox-distinct-origin": ("APPS-15",),
    "security/sandbox-permissions": ("APPS-21",),
    "security/sandbox-csp-enforced": ("APPS-16", "APPS-46"),
    "security/sandbox-message-forwarding": ("APPS-17",),
    "security/sandbox-no-self-requests": ("APPS-19",),
    "security/csp-construct-from-domains": ("APPS-05",),
    "security/csp-default-deny": ("APPS-06",),
    "security/csp-allow-declared": ("APPS-05",),
    "security/csp-no-loosening": ("APPS-07",),
    "security/permissions-allow-attr": ("APPS-10",),
    "security/csp-audit-log": ("APPS-08",),
    "security/external-domain-warning": ("APPS-47",),
    "lifecycle/initialize-capabilities": ("APPS-22",),
    "lifecycle/tool-input": ("APPS-34",),
    "lifecycle/tool-input-partial-stop": ("APPS-35",),
    "lifecycle/tool-result": ("APPS-36",),
    "lifecycle/tool-cancelled": ("APPS-37",),
    "lifecycle/teardown-notify": ("APPS-38",),
    "lifecycle/teardown-await": ("APPS-38",),
    "tools/proxy-call": ("APPS-17", "APPS-20"),
    "visibility/app-tool-hidden": ("APPS-11",),
    "visibility/app-tool-call-guard": ("APPS-12",),
    "resources/read-referenced": ("APPS-01",),
    "resources/prefetch": ("APPS-02",),
    "context/initialize-hostcontext": ("APPS-23",),
    "context/context-changed": ("APPS-40",),
    "dimensions/listen-size-changed": ("APPS-24",),
    "display/no-undeclared-mode": ("APPS-25",),
    "display/return-resulting-mode": ("APPS-26",),
    "display/unavailable-returns-current": ("APPS-26",),
    "display/decline-undeclared": ("APPS-25",),
    "links/open-external": ("APPS-29",),
    "messages/add-to-conversation": ("APPS-32",),
    "messages/consent": ("APPS-32",),
    "model-context/provide-future-turns": ("APPS-33",),
    "model-context/last-wins": ("APPS-33",),
    "capabilities/mimetypes-required": ("APPS-14",),
    "capabilities/server-passthrough": ("APPS-20",),
}
EXPLAINED: dict[str, str] = {
    "security/sandbox-proxy-required": "asked of hosts that are web pages; this one's frame stands "
    "directly in a page that is the host's own, of another origin (decision 0003)",
    "security/sandbox-proxy-ready": "said between a web host and its proxy; there is none here",
    "security/sandbox-resource-ready": "said between a web host and its proxy; the frame loads the "
    "template from an origin of its own, with its policy as a header",
    "security/global-allowlist": "optional; the managed policy of a computer can forbid a host to "
    "every App (resources/help/policy.md)",
    "lifecycle/tool-input-partial": "optional; a View opens when its call is decided, and then "
    "the whole input is known",
    "model-context/overwrite-defer-dedupe-display": "optional; the last one counts and stands on "
    "the shelf beside the message",
}
