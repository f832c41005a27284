"""The certificate authority of one installation: certificates for its servers, made and renewed as files.

Whoever has certificates of a public authority puts their own files in the place of `<server>.crt` and `<server>.key`: a
certificate that this authority did not sign is never touched.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LASTS = timedelta(days=3650)
"""Of the authority itself. It is renewed with the same key, so that what it has signed is believed as before."""
SERVER_LASTS = timedelta(days=397)
"""The longest that clients believe of a server's certificate (Baseline Requirements of the CA/Browser Forum, 6.3.2)."""
RENEWED_BEFORE = timedelta(days=60)
"""A certificate with less than this left is made anew."""
_EARLIER = timedelta(minutes=5)
"""Clocks differ."""


class Authority:
    """PEM files in `folder`: `ca.crt`, which clients trust; `ca.key`, which nobody but this command needs; beside them, or
    in another folder, `<server>.crt` (its chain) and `<server>.key`."""

    def __init__(self, folder: Path, *, readable: int = 0o600, now: datetime | None = None) -> None:
        """Makes the authority on first use, and renews it in its last years. `readable`: the mode of the servers' keys,
        which containers of another user read; the authority's own key is the owner's alone. Raises ValueError without it."""
        self.folder, self._readable = folder, readable
        now = now or datetime.now(UTC)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.certificate.exists():
            self._begin(now)
        elif self._own().not_valid_after_utc - now < 2 * SERVER_LASTS:
            self._certify(self._signer(), self._own().subject, now)

    @property
    def certificate(self) -> Path:
        """What clients trust."""
        return self.folder / "ca.crt"

    def server(self, name: str, reached_as: Sequence[str], *, into: Path | None = None, now: datetime | None = None) -> bool:
        """See to it that the server `name` has a certificate for the hosts and addresses that it is `reached_as`, with time
        left. Whether one was made; False also for a certificate of somebody else's. `into`: a folder for its two files,
        which can be handed to the server without the others. Raises ValueError when the authority's own key is gone."""
        now, folder = now or datetime.now(UTC), into or self.folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.crt"
        if path.exists() and not self._due(path, reached_as, now):
            return False
        mine, signer = self._own(), self._signer()
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(f"rapport {name}", mine.subject, key, now, now + SERVER_LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_general(each) for each in reached_as]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        _write(folder / f"{name}.key", _private(key), self._readable)
        _write(path, certificate.public_bytes(Encoding.PEM) + mine.public_bytes(Encoding.PEM), 0o444)
        return True

    def _begin(self, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        _write(self.folder / "ca.key", _private(key), 0o600)
        self._certify(key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Rapport, {now:%Y-%m-%d}")]), now)

    def _certify(self, key: ec.EllipticCurvePrivateKey, name: x509.Name, now: datetime) -> None:
        """The authority's own certificate, signed by itself."""
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder(None, name, key, now, now + LASTS)
            .subject_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self.certificate, certificate.public_bytes(Encoding.PEM), 0o444)

    def _due(self, path: Path, reached_as: Sequence[str], now: datetime) -> bool:
        there = x509.load_pem_x509_certificate(path.read_bytes())
        try:
            there.verify_directly_issued_by(self._own())
        except (ValueError, InvalidSignature):
            return False  # of another authority
        if not _fits(path.with_suffix(".key"), there):
            return True
        names = there.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        missing = {_general(each) for each in reached_as} - set(names)
        return bool(missing) or there.not_valid_after_utc - now < RENEWED_BEFORE

    def _own(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())

    def _signer(self) -> ec.EllipticCurvePrivateKey:
        path = self.folder / "ca.key"
        if not path.exists():
            raise ValueError(f"{path} is not there, and nothing is made or renewed without it")
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{path} is no key of this authority")
        return key


def good_until(certificate: Path) -> datetime:
    """The end of a certificate's time. Raises ValueError when the file is none."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def _builder(
    name: str | None, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    made = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(until)
    )
    return made if name is None else made.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))


def _fits(key: Path, certificate: x509.Certificate) -> bool:
    """Whether a key is that of the certificate: a run that was killed may have written one of the two."""
    try:
        return load_pem_private_key(key.read_bytes(), password=None).public_key() == certificate.public_key()
    except (OSError, ValueError):
        return False


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.chmod(mode)
    draft.replace(path)
