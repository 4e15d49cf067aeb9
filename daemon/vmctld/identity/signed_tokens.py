"""Tokens of parts of the daemon that run elsewhere: signed by the installation's authority.

A part in the api's own process gets a token that is drawn at composition.  One in another
process, perhaps on another machine, comes with a token that was signed when its credentials
were made: identity needs no record of it, only the authority's certificate.

    vms_ and in base64url: 8 bytes of the end in seconds since 1970, 1 of the name's length,
    the name, the signature
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as PublicKey
from cryptography.x509 import load_pem_x509_certificate

from vmctld.domain.identity import TokenKind
from vmctld.errors import InvalidRequest
from vmctld.identity.token_text import PREFIXES

_PREFIX = PREFIXES[TokenKind.SERVICE]
_HEAD = struct.Struct(">QB")
_PURPOSE = b"vmctl service token\0"  # so that no signature of another kind can be taken for one
_HASH = ECDSA(hashes.SHA256())
MAX_CHARS = 1024


@dataclass(frozen=True, slots=True)
class SignedName:
    """What a signed token says: the part's name, and until when."""

    name: str
    expires_at: datetime


def sign_token(key: EllipticCurvePrivateKey, name: str, expires_at: datetime) -> str:
    """Return the token of the part called ``name``, such as ``conductor`` or ``agent.web-1``."""
    encoded = name.encode()
    said = _HEAD.pack(int(expires_at.timestamp()), len(encoded)) + encoded
    signature = key.sign(_PURPOSE + said, _HASH)
    return _PREFIX + base64.urlsafe_b64encode(said + signature).decode().rstrip("=")


class Authority:
    """Knows the tokens that one authority has signed."""

    def __init__(self, certificate: Path) -> None:
        """Read the authority's certificate.  Raises InvalidRequest when that cannot be done."""
        try:
            key = load_pem_x509_certificate(certificate.read_bytes()).public_key()
        except (OSError, ValueError) as error:
            raise _unusable(certificate) from error
        if not isinstance(key, PublicKey):
            raise _unusable(certificate)
        self._key = key

    def read(self, token: str) -> SignedName | None:
        """Return what ``token`` says; None when this authority has not signed it."""
        if not token.startswith(_PREFIX) or len(token) > MAX_CHARS:
            return None
        text = token.removeprefix(_PREFIX)
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            end, size = _HEAD.unpack_from(raw)
            said, signature = raw[: _HEAD.size + size], raw[_HEAD.size + size :]
            self._key.verify(signature, _PURPOSE + said, _HASH)
            return SignedName(said[_HEAD.size :].decode(), datetime.fromtimestamp(end, UTC))
        except (binascii.Error, struct.error, ValueError, OverflowError, InvalidSignature):
            return None


def _unusable(certificate: Path) -> InvalidRequest:
    return InvalidRequest(
        f"{certificate} is no certificate of an installation's authority",
        code="invalid-credentials",
        hint="Make credentials with `vmctld credentials`.",
    )
