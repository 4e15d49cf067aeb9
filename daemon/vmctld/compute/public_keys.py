"""What an SSH public key is: one line that sshd would take, and nothing that must stay secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from vmctld.errors import InvalidRequest

MAX_CHARS = 16_384  # an RSA key of 16384 bits, OpenSSH's longest, has 2,800
MAX_COMMENT_CHARS = 255
RSA_BITS = range(1024, 16_385)  # what sshd takes (RequiredRSASize, OPENSSL_RSA_MAX_MODULUS_BITS)
KINDS = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
)

# PEM and OpenSSH, PuTTY, and what is left when somebody cuts the first dashes off
_PRIVATE_MARKS = ("PRIVATE KEY", "PuTTY-User-Key-File", "b3BlbnNzaC1rZXktdjE")
_OTHER_FORMAT_MARKS = ("BEGIN SSH2 PUBLIC KEY", "BEGIN PUBLIC KEY", "BEGIN RSA PUBLIC KEY")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key in OpenSSH's one-line form, and its fingerprint as ssh-keygen prints it."""

    line: str
    fingerprint: str


def parse_public_key(text: str) -> PublicKey:
    """Return the key in ``text``, its comment made harmless.

    Raises InvalidRequest: ``private-key-given`` for what must not leave its owner's machine
    (never shown again), else ``invalid-public-key``.
    """
    if any(mark in text for mark in _PRIVATE_MARKS):
        raise InvalidRequest(
            "this is a private key; it belongs to nobody but you",
            code="private-key-given",
            hint="give the file that ends in .pub; consider the private key seen, make a new one",
        )
    if len(text) > MAX_CHARS:
        raise _invalid(f"has {len(text)} characters, {MAX_CHARS} at most")
    if any(mark in text for mark in _OTHER_FORMAT_MARKS):
        raise _invalid("is not in OpenSSH's form", hint="convert it with: ssh-keygen -i -f FILE")
    lines = text.strip().splitlines()
    if len(lines) != 1:
        raise _invalid("is empty" if not lines else f"has {len(lines)} lines, one key is one line")
    kind, encoded, comment = (*lines[0].split(None, 2), "", "", "")[:3]
    _check_key(kind, encoded)
    blob = base64.b64decode(encoded)
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    line = " ".join(filter(None, (kind, encoded, _harmless(comment))))
    return PublicKey(line, f"SHA256:{digest}")


def _check_key(kind: str, encoded: str) -> None:
    # 8 MiB of memory that a daemon without key pairs never pays
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    if kind not in KINDS:
        raise _invalid(
            "begins with no kind of key that is known", hint="one of " + ", ".join(KINDS)
        )
    try:
        base64.b64decode(encoded, validate=True)
        key = load_ssh_public_key(f"{kind} {encoded}".encode("ascii"))
    except (ValueError, binascii.Error, UnsupportedAlgorithm, UnicodeEncodeError):
        raise _invalid(f"is damaged: it does not hold what {kind} keys hold") from None
    if isinstance(key, RSAPublicKey) and key.key_size not in RSA_BITS:
        raise _invalid(f"has {key.key_size} bits; sshd takes {RSA_BITS[0]} to {RSA_BITS[-1]}")


def _harmless(comment: str) -> str:
    printable = "".join(character for character in comment if character.isprintable())
    return printable.strip()[:MAX_COMMENT_CHARS]


def _invalid(why: str, hint: str = "") -> InvalidRequest:
    # The key itself is never repeated: it might be a secret that was pasted by mistake
    return InvalidRequest(
        f"the public key {why}",
        code="invalid-public-key",
        hint=hint or "give one line such as: ssh-ed25519 AAAA... you@example.org",
    )
