"""What an SSH public key is."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from vmctld.compute.public_keys import MAX_CHARS, parse_public_key
from vmctld.errors import InvalidRequest

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def line_of(private: object) -> str:
    public = private.public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.mark.parametrize(
    "private",
    [
        ED25519,
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
    ],
    ids=["ed25519", "rsa", "nistp256", "nistp384", "nistp521"],
)
def test_every_kind_of_key_that_sshd_takes_is_taken(private: object, tmp_path: Path) -> None:
    line = line_of(private)

    key = parse_public_key(f"  {line} alice@example.org\n")

    assert key.line == f"{line} alice@example.org"
    path = tmp_path / "key.pub"
    path.write_text(line)
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(path)], check=True, capture_output=True, text=True
    )
    assert key.fingerprint == printed.stdout.split()[1]


def test_a_comment_is_optional_and_made_harmless() -> None:
    line = line_of(ED25519)

    assert parse_public_key(line).line == line
    assert parse_public_key(f"{line} a\x1b[31m\x07b c\t").line == f"{line} a[31mb c"
    assert parse_public_key(f"{line} {'x' * 999}").line == f"{line} {'x' * 255}"


@pytest.mark.parametrize("form", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_private_key_is_refused_and_never_repeated(form: PrivateFormat) -> None:
    secret = ED25519.private_bytes(Encoding.PEM, form, NoEncryption()).decode()

    for given in (secret, "\n".join(secret.splitlines()[1:]) if "OPENSSH" in secret else secret):
        with pytest.raises(InvalidRequest) as refusal:
            parse_public_key(given)
        assert refusal.value.code == "private-key-given"
        told = f"{refusal.value.message}{refusal.value.hint}{refusal.value.facts}"
        assert not any(line in told for line in secret.splitlines())


def test_a_putty_private_key_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_public_key("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")

    assert refusal.value.code == "private-key-given"


def damaged() -> dict[str, str]:
    line = line_of(ED25519)
    kind, encoded = line.split()
    blob = base64.b64decode(encoded)
    return {
        "empty": "",
        "blank": " \n ",
        "kind alone": kind,
        "unknown kind": f"ssh-nonsense {encoded}",
        "certificate": f"ssh-ed25519-cert-v01@openssh.com {encoded}",
        "options before it": f'command="rm -rf /" {line}',
        "two keys": f"{line}\n{line}",
        "line break inside": f"{kind}\n{encoded}",
        "no base64": f"{kind} !!!!",
        "bytes missing": f"{kind} {base64.b64encode(blob[:-4]).decode()}",
        "bytes left over": f"{kind} {base64.b64encode(blob + b'x').decode()}",
        "another kind inside": f"ssh-rsa {encoded}",
        "not ASCII": f"{kind} {encoded[:-1]}\u00e9",
        "old kind": f"ssh-dss {encoded}",
        "too long": line + " " + "x" * MAX_CHARS,
        "another format": "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----",
    }


@pytest.mark.parametrize("case", damaged().keys())
def test_what_is_no_public_key_is_refused(case: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_public_key(damaged()[case])

    assert refusal.value.code == "invalid-public-key"


def test_an_rsa_key_too_short_for_sshd_is_refused() -> None:
    # 512 bits, made by hand: no library makes them any more
    modulus = (2**511 + 111).to_bytes(65, "big")
    blob = b"".join(
        len(part).to_bytes(4, "big") + part for part in (b"ssh-rsa", b"\x01\x00\x01", modulus)
    )

    with pytest.raises(InvalidRequest):
        parse_public_key(f"ssh-rsa {base64.b64encode(blob).decode()}")
