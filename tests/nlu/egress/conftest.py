"""A canary, and a network in which names and public addresses lead to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nlu.egress.network import Network
from tests.nlu.egress.canary import Canary

PUBLIC = "93.184.216.34"
OTHER_PUBLIC = "1.1.1.1"


@dataclass
class Recorded:
    """A network of names; connections to public addresses end at the canary, all are noted."""

    names: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    def network(self) -> Network:
        """As `fetch` takes it."""
        return Network(self._resolve, self._connect)

    def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append(address)
        local = "127.0.0.1" if address in {PUBLIC, OTHER_PUBLIC} else address
        return socket.create_connection((local, port), timeout=seconds)


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


@pytest.fixture
def other() -> Iterator[Canary]:
    with Canary() as listening:
        yield listening


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@dataclass
class Https:
    """Both ends of TLS for shop.example; `names` are the server names that clients asked for."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    names: list[str] = field(default_factory=list)


@pytest.fixture
def https(tmp_path: Path) -> Https:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = tmp_path / "chain.pem"
    chain.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    both = Https(server, ssl.create_default_context(cadata=pem.decode()))
    server.sni_callback = lambda _object, asked, _context: both.names.append(asked)
    return both
