"""A network of our own with nobody in it but us: every address answers here, every packet counts.

Law: it runs as root of a fresh user, network and mount namespace, which an ordinary user may have.
Every IPv4 and IPv6 address is local to `lo`, so a packet for any host of the world arrives, is
counted by its destination, and goes no further. Used by `leak_run` only.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.hostile.corpus.vector import GRANTED_ADDRESS, address_of, number_in

RESOLVER = "9.9.9.9"
OWN = "198.51.100.7"
_PORTS = (80, 443, 8080)
_ALL_PROTOCOLS = socket.htons(3)
_OUTGOING = 4
_HEAD = (
    "HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n"
    "Content-Type: {mime}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n"
)
_ORDER = re.compile(r"[A-Z]+ /(?:(to|script|style|link|refresh|page)/)?(\S*) HTTP")
_SETUP = f"""set -e
ip link set lo up
ip link add way-out type dummy 2>/dev/null || ip link add way-out type veth peer name far-end
ip link set far-end up 2>/dev/null || true
ip address add {OWN}/24 dev way-out
ip link set way-out up multicast on
ip -6 address add 2001:db8:5::7/64 dev way-out nodad
ip route add local 0.0.0.0/0 dev lo table local metric 999
ip route add default dev way-out
ip -6 route add local ::/0 dev lo
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One DNS query, UDP datagram or TCP SYN. *what* is the queried name for DNS, else empty."""

    kind: str
    address: str
    port: int
    what: str = ""


def build() -> None:
    """Make this namespace the world. Raises `CalledProcessError`."""
    subprocess.run(["sh", "-c", _SETUP], check=True)
    folder = Path(tempfile.mkdtemp(prefix="leak-net-"))
    for target, text in (
        ("/etc/resolv.conf", f"nameserver {RESOLVER}\noptions attempts:1 timeout:2\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n"),
        ("/etc/nsswitch.conf", "hosts: files dns\n"),
    ):
        source = folder / Path(target).name
        source.write_text(text)
        source.chmod(0o644)
        if Path(target).exists():
            subprocess.run(["mount", "--bind", str(source), target], check=True)
    folder.chmod(0o755)


class Tap:
    """Hears every packet that this namespace sends, on every interface."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, _ALL_PROTOCOLS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
        threading.Thread(target=self._listen, daemon=True, name="tap").start()

    def _listen(self) -> None:
        while True:
            data, (_, protocol, direction, *_rest) = self._socket.recvfrom(65536)
            if direction == _OUTGOING:
                packet = parse_packet(protocol, data)
                if packet is not None:
                    self.packets.append(packet)


def parse_packet(protocol: int, data: bytes) -> Packet | None:
    """What starts a conversation, or None."""
    if protocol == 0x0800 and len(data) > 20:
        inner, transport = data[9], data[(data[0] & 15) * 4 :]
        address = str(ipaddress.IPv4Address(data[16:20]))
    elif protocol == 0x86DD and len(data) > 40:
        inner, transport = data[6], data[40:]
        address = str(ipaddress.IPv6Address(data[24:40]))
    else:
        return None
    if len(transport) < 8:
        return None
    source, port = struct.unpack("!HH", transport[:4])
    if inner == socket.IPPROTO_TCP and len(transport) > 13 and transport[13] & 0x12 == 0x02:
        return Packet(kind="tcp", address=address, port=port)
    if inner != socket.IPPROTO_UDP or source == 53:
        return None  # an answer of our own resolver
    if port in {53, 5353}:
        return Packet(kind="dns", address=address, port=port, what=_question(transport[8:]))
    return Packet(kind="udp", address=address, port=port)


class World(threading.Thread):
    """Answers for everybody: names, and HTTP with or without TLS."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="world")
        self._up = threading.Event()

    def open(self) -> None:
        """Start, and return when it answers."""
        self.start()
        if not self._up.wait(20):
            raise RuntimeError("the canary network did not start")

    def run(self) -> None:
        """The thread."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(_Names, local_addr=(RESOLVER, 53))
        for port in _PORTS:
            context = _certificate() if port == 443 else None
            await asyncio.start_server(_answer, None, port, ssl=context, backlog=512)
        self._up.set()
        await asyncio.Event().wait()


class _Names(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(0, 12) + 5
        kind = struct.unpack("!H", data[end - 4 : end - 2])[0]
        number = number_in(_question(data))
        answer = b""
        if kind == 1:
            address = address_of(number) if number is not None else GRANTED_ADDRESS
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + ipaddress.IPv4Address(address).packed
        head = data[:2] + b"\x81\x80\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
        self._transport.sendto(head + data[12:end] + answer, addr)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(3):
            head = await reader.readuntil(b"\r\n\r\n")
        writer.write(reply_to(head.decode("latin-1")))
        await writer.drain()
    writer.close()


def reply_to(head: str) -> bytes:
    """The document asks for what it gets: `/to/URL` redirects, `/script/URL` acts, `/page/HTML` is
    that page, and so on.
    """
    found = _ORDER.match(head)
    kind, url = found.groups() if found else (None, "")
    status, mime, more, body = "200 OK", "text/javascript", "", "0"
    match kind:
        case "to":
            status, more = "302 Found", f"Location: {url}\r\n"
        case "script":
            body = f"fetch('{url}', {{mode: 'no-cors'}})"
        case "style":
            mime, body = "text/css", f"@import '{url}';"
        case "link":
            rels = f"<{url}>; rel=preconnect, <{url}>; rel=preload; as=image"
            mime, more = "text/css", f"Link: {rels}\r\n"
        case "refresh":
            mime, more = "text/html", f"Refresh: 0; url={url}\r\n"
        case "page":
            mime, body = "text/html", unquote(url)
        case _:
            pass
    return (_HEAD.format(status=status, mime=mime, length=len(body), more=more) + body).encode()


def _question(message: bytes) -> str:
    """The name a DNS message asks for."""
    at, labels = 12, list[str]()
    while at < len(message) and 0 < (length := message[at]) < 64:
        labels.append(message[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    return re.sub(r"[^\x21-\x7e]", "?", ".".join(labels))


def _certificate() -> ssl.SSLContext:
    folder = Path(tempfile.mkdtemp(prefix="leak-net-"))
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "9", "-subj", "/CN=leak.example"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
