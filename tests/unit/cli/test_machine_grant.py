"""What `servers sign-in --machine` takes from standard input."""

from __future__ import annotations

import json

import pytest

from mcphost.cli.machine_grant import LONGEST, parse_machine_grant
from mcphost.domain.errors import NotConfigured

BY_SECRET = {"kind": "client_credentials", "client_id": "robot", "client_secret": "hush-hush"}
BY_KEY = {
    "kind": "client_credentials",
    "client_id": "robot",
    "private_key": "-----BEGIN",
    "algorithm": "ES256",
}
BY_ENTERPRISE = {
    "kind": "enterprise",
    "client_id": "robot",
    "id_token": "hush-hush",
    "idp_client_id": "desk",
    "idp_token_endpoint": "https://idp.example/token",
}
BY_WORKLOAD = {"kind": "workload", "client_id": "robot", "assertion": "hush-hush"}


@pytest.mark.parametrize("given", [BY_SECRET, BY_KEY, BY_ENTERPRISE, BY_WORKLOAD])
def test_every_kind_is_taken_and_shows_no_secret(given: dict[str, str]) -> None:
    grant = parse_machine_grant(json.dumps({**given, "issuer": "https://login.example"}))
    assert (grant.kind, grant.client_id) == (given["kind"], "robot")
    assert grant.issuer == "https://login.example"
    assert "hush-hush" not in repr(grant)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("[]", "a JSON object"),
        ("{hush-hush", "a JSON object"),
        ("[" * 10_000, "a JSON object"),
        ("x" * (LONGEST + 1), "longer than"),
        (json.dumps({**BY_SECRET, "kind": "magic"}), "must be one of"),
        (json.dumps({**BY_SECRET, "client_id": ""}), "not plain text: client_id"),
        (json.dumps({"kind": "workload", "assertion": "hush-hush"}), "“client_id” is missing"),
        (json.dumps({**BY_SECRET, "client_secret": 7}), "not plain text: client_secret"),
        (json.dumps({**BY_SECRET, "private_key": "hush-hush"}), "goes with exactly"),
        (json.dumps({**BY_WORKLOAD, "audience": "hush-hush"}), "given: assertion, audience"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is_repeated(given: str, part: str) -> None:
    with pytest.raises(NotConfigured) as refused:
        parse_machine_grant(given)
    assert part in str(refused.value)
    assert "hush-hush" not in str(refused.value)
