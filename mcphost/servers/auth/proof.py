"""What is proved with keys: PKCE, `private_key_jwt` (RFC 7523) and DPoP (RFC 9449).

Law: keys are made and used here; only proofs, never keys, go into a request. Any thread.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from mcphost.domain.errors import UserFacingError
from mcphost.domain.json import JsonObject
from mcphost.domain.secret import Secret
from mcphost.domain.text import one_line

DPOP_ALGORITHM: Final = "ES256"
ASSERTION_SECONDS: Final = 120
_HASHES: Final = {
    "ES256": (hashes.SHA256, "secp256r1", 32),
    "ES384": (hashes.SHA384, "secp384r1", 48),
    "ES512": (hashes.SHA512, "secp521r1", 66),
}
_RSA: Final = {"RS256": hashes.SHA256, "RS384": hashes.SHA384, "RS512": hashes.SHA512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """PKCE (RFC 7636): the secret half, and the half that is sent ahead."""

    secret: Secret
    challenge: str


def new_verifier() -> Verifier:
    """A fresh pair by S256."""
    text = secrets.token_urlsafe(48)
    return Verifier(secret=Secret(text), challenge=_encode(hashlib.sha256(text.encode()).digest()))


def client_assertion(
    private_key_pem: Secret, *, algorithm: str, client_id: str, audience: str, now: float
) -> str:
    """The JWT by which a client with a key proves who it is. Raises `UserFacingError`."""
    claims: JsonObject = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now),
        "exp": int(now) + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(24),
    }
    return sign(private_key_pem, algorithm=algorithm, header={"typ": "JWT"}, claims=claims)


def sign(private_key_pem: Secret, *, algorithm: str, header: JsonObject, claims: JsonObject) -> str:
    """A JWS in compact form. Raises `UserFacingError` for a key or algorithm that will not do."""
    key = _load(private_key_pem)
    head = {"alg": algorithm, **header}
    text = f"{_encode(_compact(head))}.{_encode(_compact(claims))}"
    match key:
        case ec.EllipticCurvePrivateKey() if algorithm in _HASHES:
            hash_type, curve, size = _HASHES[algorithm]
            if key.curve.name == curve:
                r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hash_type())))
                return f"{text}.{_encode(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"
        case rsa.RSAPrivateKey() if algorithm in _RSA:
            signature = key.sign(text.encode(), padding.PKCS1v15(), _RSA[algorithm]())
            return f"{text}.{_encode(signature)}"
        case _:
            pass
    raise UserFacingError(
        f"the private key does not fit the signing algorithm “{one_line(algorithm, limit=40)}”."
    )


def new_dpop_key() -> Secret:
    """A key for proofs of possession, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Secret(pem.decode())


def dpop_proof(
    key_pem: Secret,
    *,
    verb: str,
    url: str,
    now: float,
    nonce: str | None = None,
    token: Secret | None = None,
) -> str:
    """A proof for one request; *url* without query and fragment."""
    claims: dict[str, str | int] = {
        "jti": secrets.token_urlsafe(24),
        "htm": verb,
        "htu": url.partition("?")[0].partition("#")[0],
        "iat": int(now),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if token is not None:
        claims["ath"] = _encode(hashlib.sha256(token.reveal().encode()).digest())
    header: JsonObject = {"typ": "dpop+jwt", "jwk": _jwk(key_pem)}
    return sign(key_pem, algorithm=DPOP_ALGORITHM, header=header, claims=claims)


def _jwk(key_pem: Secret) -> JsonObject:
    key = _load(key_pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UserFacingError("the key for proofs of possession is of another kind")
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": _encode(numbers.x.to_bytes(32, "big")),
        "y": _encode(numbers.y.to_bytes(32, "big")),
    }


def _load(pem: Secret) -> object:
    try:
        return serialization.load_pem_private_key(pem.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UserFacingError(
            "the private key for signing in cannot be read: it has to be an unencrypted PEM."
        ) from error


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
