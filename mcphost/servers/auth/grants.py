"""Signing in where no person is: by the program's own credentials, an enterprise or a workload.

The extensions `io.modelcontextprotocol/oauth-client-credentials`,
`…/enterprise-managed-authorization` (token exchange for an ID-JAG, then RFC 7523) and `…/auth/wif`.

Law: (1) used only where a person set it up for that server; (2) what was refused is not tried in
another way; (3) an assertion is asked for, and sent, for exactly one issuer. Loop thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_metadata import ServerMetadata, require_address
from mcphost.protocol.oauth_token import Registration, TokenAnswer
from mcphost.servers.auth.discovery import Found
from mcphost.servers.auth.fetch import Errand
from mcphost.servers.auth.records import MachineGrant
from mcphost.servers.auth.token_endpoint import Caller, TokenEndpoint, choose_auth_method

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token, and as whom it was asked for."""

    answer: TokenAnswer
    client: Registration


async def machine_token(
    endpoint: TokenEndpoint,
    errand: Errand,
    found: Found,
    grant: MachineGrant,
    scopes: tuple[str, ...],
    dpop_key: Secret | None,
) -> Granted:
    """A token for *errand*'s server by *grant*. Raises as `TokenEndpoint.ask` does."""
    _require_allowed(grant, found.server, errand)
    caller = _caller(grant, found.server)
    fields = {"resource": found.resource}
    if scopes:
        fields["scope"] = " ".join(scopes)
    match grant.kind:
        case "client_credentials":
            fields["grant_type"] = "client_credentials"
        case "enterprise":
            assertion = await _identity_assertion(endpoint, errand, found, grant, scopes)
            fields |= {"grant_type": JWT_BEARER, "assertion": assertion.reveal()}
        case _:
            if grant.assertion is None:
                raise UserFacingError("there is no assertion of the workload's identity to send")
            fields |= {"grant_type": JWT_BEARER, "assertion": grant.assertion.reveal()}
    answer = await endpoint.ask(
        found.server.token_endpoint,
        fields,
        caller=caller,
        errand=errand,
        step="token (machine)",
        dpop_key=dpop_key,
    )
    return Granted(answer=answer, client=caller.client)


async def _identity_assertion(
    endpoint: TokenEndpoint,
    errand: Errand,
    found: Found,
    grant: MachineGrant,
    scopes: tuple[str, ...],
) -> Secret:
    """The ID-JAG: the enterprise's word for exactly this resource at exactly this issuer."""
    if grant.id_token is None:
        raise UserFacingError("there is no identity token of the enterprise to exchange")
    url = require_address(
        grant.idp_token_endpoint, "enterprise's token endpoint", loopback=errand.loopback
    )
    fields = {
        "grant_type": TOKEN_EXCHANGE,
        "requested_token_type": ID_JAG,
        "audience": found.server.issuer,
        "resource": found.resource,
        "subject_token": grant.id_token.reveal(),
        "subject_token_type": ID_TOKEN,
    }
    if scopes:
        fields["scope"] = " ".join(scopes)
    answer = await endpoint.ask(
        url,
        fields,
        caller=Caller(client=Registration(client_id=grant.idp_client_id)),
        errand=errand,
        step="token exchange",
        to_exchange=True,
    )
    if answer.issued_type != ID_JAG:
        raise UserFacingError(
            "the enterprise's identity provider gave something else than the assertion that was "
            f"asked for (“{one_line(answer.issued_type, limit=100)}”)."
        )
    return answer.access


def _caller(grant: MachineGrant, server: ServerMetadata) -> Caller:
    method = choose_auth_method(
        server.auth_methods,
        has_secret=grant.client_secret is not None,
        has_key=grant.private_key is not None,
    )
    if method == "none" and grant.kind == "client_credentials":
        raise UserFacingError("a program's own credentials need a secret or a key to show")
    client = Registration(client_id=grant.client_id, secret=grant.client_secret, auth_method=method)
    return Caller(
        client=client,
        private_key=grant.private_key,
        algorithm=grant.algorithm,
        audience=server.issuer,
    )


def _require_allowed(grant: MachineGrant, server: ServerMetadata, errand: Errand) -> None:
    wanted = "client_credentials" if grant.kind == "client_credentials" else JWT_BEARER
    if server.grant_types is not None and wanted not in server.grant_types:
        raise UserFacingError(
            f"the authorization server of {errand.config.title} does not give tokens in the way "
            f"that was set up ({grant.kind})."
        )
