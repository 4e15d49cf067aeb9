"""``keypair-*``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.cli.conftest import Vmctl
from tests.cli.fake_cloud import FakeCloud
from vmctl.v1 import keypair_pb2

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMhBnh+ME9m5FUDEIZDkJQfT9b3dMVNKCgVdRmSAV7f0 ada"


@pytest.fixture(autouse=True)
def _keeps(cloud: FakeCloud) -> None:
    cloud.answers["ImportKeypair"] = lambda request: keypair_pb2.Keypair(
        name=request.name, kind="ssh", public_key=request.public_key, fingerprint="SHA256:x"
    )


def test_a_public_key_is_kept(vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(PUBLIC + "\n")

    assert vmctl("keypair-add", "--pub-key", str(file), "mine").code == 0
    assert vmctl("keypair-add", "--pub-key", "-", "mine", stdin=PUBLIC).code == 0

    kept = keypair_pb2.ImportKeypairRequest(name="mine", public_key=PUBLIC)
    assert cloud.requests == [kept, kept]


def test_without_a_key_one_is_made_here_and_only_its_public_part_travels(
    vmctl: Vmctl, cloud: FakeCloud
) -> None:
    result = vmctl("keypair-add", "mine")

    key = serialization.load_ssh_private_key(result.out.encode(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    assert cloud.last(keypair_pb2.ImportKeypairRequest).public_key == public.decode()
    assert "PRIVATE" not in cloud.last(keypair_pb2.ImportKeypairRequest).public_key


def test_as_json_the_private_key_is_one_of_the_fields(vmctl: Vmctl) -> None:
    made = json.loads(vmctl("keypair-add", "mine", "-f", "json").out)
    value = vmctl("keypair-add", "mine", "-f", "value", "-c", "private_key").out

    assert made["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert made["name"] == "mine"
    assert value.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")


def test_a_private_key_never_travels(vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(vmctl("keypair-add", "mine").out)
    before = len(cloud.calls)

    result = vmctl("keypair-add", "--pub-key", str(file), "mine")

    assert result.code == 2
    assert "holds a private key" in result.err
    assert len(cloud.calls) == before


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_is_no_key_is_refused(
    vmctl: Vmctl, cloud: FakeCloud, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "key.pub"
    if content is not None:
        file.write_bytes(content)

    assert vmctl("keypair-add", "--pub-key", str(file), "mine").code == 2
    assert cloud.calls == []


def test_another_kind_of_key_is_not_supported(vmctl: Vmctl) -> None:
    assert vmctl("keypair-add", "--key-type", "x509", "mine").code == 7


def test_keys_are_listed_shown_and_deleted(vmctl: Vmctl, cloud: FakeCloud) -> None:
    mine = keypair_pb2.Keypair(name="mine", kind="ssh", public_key=PUBLIC, fingerprint="SHA256:x")
    cloud.answers["ListKeypairs"] = keypair_pb2.ListKeypairsResponse(keypairs=[mine])
    cloud.answers["GetKeypair"] = mine

    assert "| mine | ssh  | SHA256:x    |" in vmctl("keypair-list").out
    assert vmctl("keypair-list", "--quiet").out == "mine\n"
    assert vmctl("keypair-show", "mine", "-f", "value", "-c", "public_key").out == PUBLIC + "\n"
    assert vmctl("keypair-delete", "mine").code == 0
    assert cloud.last(keypair_pb2.DeleteKeypairRequest).name == "mine"
