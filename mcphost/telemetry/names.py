"""Every span and attribute name the host uses, in one place: the conventions are still moving.

Law: no other module spells one out. `MCP_*`, `GEN_AI_*` and the rest without a prefix of ours
follow the OpenTelemetry GenAI and MCP conventions; `mcphost.*` is our own namespace, versioned by
`SCHEMA_URL`. Nothing here may carry arguments, results, prompts, tokens or user ids: digests and
counts only.
"""

from __future__ import annotations

SCOPE = "mcphost"
SCHEMA_URL = "https://mcphost.invalid/telemetry/1"
"""Version of the `mcphost.*` names. The host part never resolves: there is nothing to fetch."""

# Span names
GESTURE = "ui.gesture"
APP_ACTION = "mcphost.app.action"
APP_RENDER = "mcphost.app.render"
CONSENT = "mcphost.consent"
ELICITATION = "mcphost.elicitation"
POLICY = "mcphost.policy"
PREFETCH = "mcphost.prefetch"


def execute_tool(tool: str) -> str:
    """The span around one tool call, whoever asked for it."""
    return f"execute_tool {tool}"


def invoke_agent(agent: str) -> str:
    """The span around one turn of the model."""
    return f"invoke_agent {agent}"


def chat(model: str) -> str:
    """The span around one request to a model."""
    return f"chat {model}"


def mcp_method(method: str) -> str:
    """The span around an MCP request without a low-cardinality target."""
    return method


# Attributes of the conventions
ERROR_TYPE = "error.type"
GEN_AI_AGENT_ID = "gen_ai.agent.id"
GEN_AI_CONVERSATION_ID = "gen_ai.conversation.id"
GEN_AI_OPERATION_NAME = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL = "gen_ai.request.model"
GEN_AI_TOOL_NAME = "gen_ai.tool.name"
GEN_AI_USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
JSONRPC_PROTOCOL_VERSION = "jsonrpc.protocol.version"
JSONRPC_REQUEST_ID = "jsonrpc.request.id"
MCP_METHOD_NAME = "mcp.method.name"
MCP_PROTOCOL_VERSION = "mcp.protocol.version"
MCP_RESOURCE_URI = "mcp.resource.uri"
NETWORK_TRANSPORT = "network.transport"
RPC_RESPONSE_STATUS_CODE = "rpc.response.status_code"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

# Attributes of ours
APP_INSTANCE = "mcphost.app.instance"
APP_METHOD = "mcphost.app.method"
AUDIT_SEQ = "audit.seq"
CONSENT_ID = "mcphost.consent.id"
CONSENT_RESULT = "mcphost.consent.result"
CONSENT_SCOPE = "mcphost.consent.scope"
CONSENT_SHOWN_MS = "mcphost.consent.shown_ms"
CONSENT_TIER = "mcphost.consent.tier"
ELICITATION_ACTION = "mcphost.elicitation.action"
ELICITATION_MODE = "mcphost.elicitation.mode"
ELICITATION_ROUND = "mcphost.elicitation.round"
GESTURE_ID = "mcphost.gesture.id"
INVOCATION_ID = "mcphost.invocation.id"
ORIGIN = "mcphost.origin"
POLICY_BUNDLE = "mcphost.policy.bundle_sha256"
POLICY_DECISION = "mcphost.policy.decision"
POLICY_REASONS = "mcphost.policy.reasons"
RESULT_BYTES = "mcphost.result.bytes"
RESULT_SCHEMA_VALID = "mcphost.result.schema_valid"
RESULT_SHA256 = "mcphost.result.sha256"
ROOT = "mcphost.root"
TEMPLATE_PIN = "mcphost.template.pin"
TEMPLATE_URI = "mcphost.template.uri"
TOOL_DEFINITION = "mcphost.tool.def_sha256"

TOOL_ERROR = "tool_error"
"""`error.type` of a tool result with `isError`."""
