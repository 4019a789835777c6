"""An authority of one's own and what it vouches for: made on the first start, renewed before the end."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_LIVES, _CERTIFICATE_LIVES, _RENEWED_BEFORE = timedelta(days=3650), timedelta(days=365), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    file: Path
    key: Path

    @property
    def is_fresh(self) -> bool:
        if not (self.file.exists() and self.key.exists()):
            return False
        ends = x509.load_pem_x509_certificate(self.file.read_bytes()).not_valid_after_utc
        return ends - datetime.now(UTC) > _RENEWED_BEFORE


@dataclass(frozen=True, slots=True)
class Authority:
    """`folder/ca.pem` is what everyone may have; its key leaves the folder for nobody."""

    folder: Path

    @property
    def own(self) -> Certificate:
        return Certificate(self.folder / "ca.pem", self.folder / "ca.key")

    def certificate(self, name: str, hosts: Sequence[str]) -> Certificate:
        """For `hosts`, as server and as client alike; made anew when it, or the authority, comes to its end."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if not self.own.is_fresh:
            self._make_own()
        elif made.is_fresh:
            return made
        self._make(made, name, hosts)
        return made

    def _make_own(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _named("flow bus authority")
        builder = _builder(name, name, key.public_key(), _AUTHORITY_LIVES)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        _keep(self.own, key, builder.sign(key, SHA256()))

    def _make(self, made: Certificate, name: str, hosts: Sequence[str]) -> None:
        key, own_key = ec.generate_private_key(ec.SECP256R1()), _read_key(self.own.key)
        authority = x509.load_pem_x509_certificate(self.own.file.read_bytes())
        builder = _builder(_named(name), authority.subject, key.public_key(), _CERTIFICATE_LIVES)
        known = x509.AuthorityKeyIdentifier.from_issuer_public_key(own_key.public_key())
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        named = x509.SubjectAlternativeName([_host(each) for each in hosts])
        for extension in (named, known, x509.ExtendedKeyUsage(uses)):
            builder = builder.add_extension(extension, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        _keep(made, key, builder.sign(own_key, SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lives: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    # Clocks differ by a little.
    builder = builder.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + lives)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{file} holds another kind of key than was put there")
    return key


def _keep(made: Certificate, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    descriptor = os.open(made.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made.file.write_bytes(certificate.public_bytes(Encoding.PEM))
