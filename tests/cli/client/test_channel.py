"""Where the daemon is, and what is said when it is not there."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.conftest import Vmctl
from vmctl_cli.client import channel


def test_without_a_socket_the_answer_comes_at_once_with_a_hint(
    vmctl: Vmctl, tmp_path: Path
) -> None:
    endpoint = f"unix://{tmp_path}/absent.sock"

    result = vmctl("--endpoint", endpoint, "list", "-f", "json")

    error = json.loads(result.err)["error"]
    assert result.code == 8
    assert (error["code"], error["facts"]) == ("no-daemon", {"endpoint": endpoint})
    assert "start vmctld" in error["hint"]
    assert error["retryable"] is True


def test_a_socket_that_nobody_serves_is_no_daemon(
    vmctl: Vmctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", (0.001,))
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    result = vmctl("--endpoint", f"unix://{path}", "list")

    assert result.code == 8
    assert result.err == (
        f"ERROR (Unavailable): no daemon answers at unix://{path}\n"
        "hint: start vmctld, or say with VMCTL_ENDPOINT where it is\n"
    )


@pytest.mark.parametrize("endpoint", ["nonsense", "host:", ":1", "http://host:1", "host:port"])
def test_what_is_no_endpoint_is_refused(vmctl: Vmctl, endpoint: str) -> None:
    result = vmctl("--endpoint", endpoint, "list")

    assert result.code == 2
    assert "unix:///path/to/socket or host:port" in result.err


def test_a_ca_file_that_cannot_be_read_is_named(vmctl: Vmctl) -> None:
    result = vmctl("--endpoint", "localhost:1", "--ca-file", "/absent", "list")

    assert result.code == 2
    assert "/absent" in result.err


def test_nobody_on_a_port_is_8(vmctl: Vmctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", ())

    assert vmctl("--endpoint", "127.0.0.1:1", "list").code == 8


def test_tls_trusts_the_ca_file_alone(
    vmctl: Vmctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmctl_cli.client.calls.RETRY_DELAYS_S", ())
    monkeypatch.setattr(channel, "SYSTEM_TRUST", tmp_path / "no-system-trust")
    key, certificate = _certificate()
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(certificate)
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    server.start()
    endpoint = f"127.0.0.1:{port}"

    trusted = vmctl("--endpoint", endpoint, "--ca-file", str(ca_file), "list")
    stranger = vmctl("--endpoint", endpoint, "list")
    server.stop(None).wait()

    assert trusted.code == 7  # it was reached, and serves nothing
    assert stranger.code == 8


def _certificate() -> tuple[bytes, bytes]:
    """Return a key and its own certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
