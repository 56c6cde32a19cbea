"""The page of an authorization server that a person's browser is sent to.

Law: (1) what it is asked for is what was agreed to: no parameter that its metadata put into the
address may say more, or something else; (2) a code is not carried from the page of one house to the
token endpoint of another, unless the answer will say whose it is (RFC 9207), or a person chose that
authorization server. Loop thread.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from mcphost.domain.authorization import SignInPlan
from mcphost.domain.errors import UserFacingError
from mcphost.domain.text import one_line
from mcphost.protocol.oauth_callback import Awaited
from mcphost.protocol.oauth_metadata import ServerMetadata, origin_of
from mcphost.protocol.oauth_token import Registration
from mcphost.servers.auth.fetch import Errand
from mcphost.servers.auth.proof import Verifier

OURS: Final = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "resource",
        "prompt",
        # What could ask for more than a person was shown, or take the answer elsewhere: request
        # objects (RFC 9101), rich requests (RFC 9396), other audiences, other ways of answering.
        "request",
        "request_uri",
        "authorization_details",
        "claims",
        "audience",
        "response_mode",
    }
)


def require_unmixed(errand: Errand, server: ServerMetadata, page: str) -> None:
    """Raise `UserFacingError` where *server* could be borrowing the page of another one."""
    if server.states_iss or errand.config.authorization.issuer == server.issuer:
        return
    if origin_of(page) != origin_of(server.token_endpoint):
        raise UserFacingError(
            f"the authorization server {one_line(server.issuer)} signs people in at "
            f"{one_line(origin_of(page))} and wants what comes of it at "
            f"{one_line(origin_of(server.token_endpoint))}, and its answers do not say whose they "
            "are (RFC 9207). One of the two could be used to steal from the other, so it was not "
            f"used. If you know it, add {errand.config.title} anew with it as the issuer."
        )


def page_address(
    endpoint: str,
    plan: SignInPlan,
    client: Registration,
    awaited: Awaited,
    verifier: Verifier,
) -> str:
    """The address that is opened; what the metadata put into its query stays, unless it is ours."""
    query = urlsplit(endpoint).query
    own = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    if own & OURS or ";" in query:
        raise UserFacingError(
            f"the sign-in page of {one_line(plan.issuer)} comes with parameters that are for this "
            "program to set; it was not opened. Report it to whoever runs the server."
        )
    fields = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": awaited.redirect_uri,
        "state": awaited.state.reveal(),
        "code_challenge": verifier.challenge,
        "code_challenge_method": "S256",
        "resource": plan.resource,
    }
    if plan.scopes:
        fields["scope"] = " ".join(plan.scopes)
    if "offline_access" in plan.scopes:
        fields["prompt"] = "consent"  # OIDC gives no refresh token without it
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(fields)}"
