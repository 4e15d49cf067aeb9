"""Makes what parts of the daemon in several processes know each other by.

    DIRECTORY/authority.crt, authority.key   the installation's own authority
    DIRECTORY/<name>/ca.crt                  its certificate, again
    DIRECTORY/<name>/tls.crt, tls.key        who <name> is, towards its peers
    DIRECTORY/<name>/token                   who <name> is, towards identity

The authority's key stays with the operator; each process gets the folder with its name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vmctld.app.credentials import CA, CERTIFICATE, KEY, TOKEN, tls_name_of
from vmctld.errors import InvalidRequest
from vmctld.identity.signed_tokens import sign_token

LIFETIME = timedelta(days=825)  # what browsers and many TLS libraries accept at most
AUTHORITY_LIFETIME = timedelta(days=3650)
CLOCK_SKEW = timedelta(hours=1)

_NAME = re.compile(r"api|conductor|agent\.[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_PRIVATE = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_credentials(directory: Path, names: Iterable[str]) -> list[Path]:
    """Return a folder for each name, made anew, with the authority if there is none yet.

    Raises InvalidRequest for a name that no part of the daemon has, or an unusable directory.
    """
    wanted = [_checked(name) for name in names]
    try:
        certificate, key = _authority_in(directory)
        return [_folder_for(name, directory, certificate, key) for name in wanted]
    except (OSError, ValueError) as error:
        raise InvalidRequest(
            f"{directory} cannot be used for credentials: {error}",
            code="invalid-credentials",
            hint="Name a directory that is empty or was made by this command.",
        ) from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"no part of the daemon is called {name!r}",
            code="invalid-credentials-name",
            hint="Write api, conductor or agent.HOST; a scheduler needs none.",
        )
    return name


def _authority_in(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_path, key_path = directory / "authority.crt", directory / "authority.key"
    if not key_path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("vmctl authority")
        made = (
            _builder(name, name, key, AUTHORITY_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(certificate_path, made.public_bytes(Encoding.PEM))
        _write(key_path, key.private_bytes(*_PRIVATE))
    loaded = load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{key_path.name} is of another kind")
    return x509.load_pem_x509_certificate(certificate_path.read_bytes()), loaded


def _folder_for(
    name: str,
    directory: Path,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> Path:
    folder, key = directory / name, ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(tls_name_of(name))])
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _builder(_name(name[:64]), authority.subject, key, LIFETIME)  # X.520 allows 64
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    token = sign_token(authority_key, name, datetime.now(UTC) + LIFETIME)
    _write(folder / CA, authority.public_bytes(Encoding.PEM))
    _write(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
    _write(folder / KEY, key.private_bytes(*_PRIVATE))
    _write(folder / TOKEN, f"{token}\n".encode())
    return folder


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads; never half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
