"""What may be chosen about signing in to a server, and what is wrong with a choice. Pure.

Law: one rule for the window and the command line; every problem is a sentence that says what to do.
"""

from __future__ import annotations

from enum import StrEnum

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.links import require_web_link
from mcphost.domain.text import hides

LONGEST_ID = 2048
LONGEST_SECRET = 8192


class Choice(StrEnum):
    """What is chosen, by the name it has on the command line."""

    CLIENT_ID = "--client-id"
    SECRET = "--client-secret-stdin"  # the option's name
    ISSUER = "--issuer"
    METADATA_URL = "--client-metadata-url"


def problems(settings: AuthorizationSettings, secret: str) -> dict[Choice, str]:
    """What is wrong with *settings* and the *secret* that comes with them (empty: none)."""
    found: dict[Choice, str] = {}
    client_id = settings.client_id
    if len(client_id) > LONGEST_ID or any(hides(c) or c.isspace() for c in client_id):
        found[Choice.CLIENT_ID] = (
            f"A client id has at most {LONGEST_ID} characters, all of them visible, and no spaces."
        )
    if secret and not client_id:
        found[Choice.SECRET] = "A secret goes with a client id: give both."
    elif len(secret) > LONGEST_SECRET or any(hides(c) for c in secret):
        found[Choice.SECRET] = (
            f"A secret has at most {LONGEST_SECRET} characters, all of them visible."
        )
    for choice, url in (
        (Choice.ISSUER, settings.issuer),
        (Choice.METADATA_URL, settings.metadata_url),
    ):
        try:
            _ = url and require_web_link(url)
        except ValueError as error:
            found[choice] = f"This is no address that can be used: {error}."
    return found
