"""Going to a checked address changes nothing about TLS: the name is sent, and proved."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mcphost.domain.errors import ServerUnreachable
from mcphost.servers.auth import door

NAME = "login.example"
PEM = serialization.Encoding.PEM


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> bytes:
    """A certificate for *name*; one that signs itself is an authority."""
    now = datetime.datetime.now(datetime.UTC)
    own = key is signer
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=own, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(signer, hashes.SHA256()).public_bytes(PEM)


@dataclass
class House:
    """An https server on this computer with a certificate for `NAME`, by an authority of its own.
    *names* are what TLS was asked for, *heads* what came through it.
    """

    folder: Path
    names: list[str | None] = field(default_factory=list[str | None])
    heads: list[bytes] = field(default_factory=list[bytes])

    def __post_init__(self) -> None:
        authority = ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        self.authority = self.folder / "authority.pem"
        self.authority.write_bytes(_certificate("authority", authority, "authority", authority))
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = self.folder / "server.pem"
        chain.write_bytes(private + _certificate(NAME, key, "authority", authority))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    async def asked(self, name: str) -> door.Answered:
        """Ask for *name* at this computer's address, where this server listens."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            asked = door.Asked(verb="POST", url=f"https://{name}:{self.port}/token", body=b"code")
            return await door.ask(asked, "127.0.0.1", user_agent="t")
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def trusting(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """`house`, whose authority stands in the bundle of authorities that the program brings."""
    made = vars(door)["_trust"]
    monkeypatch.setattr(certifi, "where", lambda: str(house.authority))
    made.cache_clear()
    yield house
    made.cache_clear()


def test_the_name_is_proved_although_the_address_is_asked(trusting: House) -> None:
    answered = asyncio.run(trusting.asked(NAME))
    assert answered.body == b"{}"
    assert trusting.names == [NAME]
    assert f"\r\nHost: {NAME}:{trusting.port}\r\n".encode() in trusting.heads[0]


@pytest.mark.parametrize("name", ["other.example", f"x.{NAME}", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(
    trusting: House, name: str
) -> None:
    with pytest.raises(ServerUnreachable, match=r"not trusted\. Nothing was sent"):
        asyncio.run(trusting.asked(name))
    assert trusting.heads == []


def test_an_authority_that_nobody_knows_is_refused(house: House) -> None:
    with pytest.raises(ServerUnreachable, match="not trusted"):
        asyncio.run(house.asked(NAME))
    assert house.heads == []
